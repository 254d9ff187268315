#include "model/huge_memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <new>

namespace aiops::model {
namespace {

constexpr std::size_t kPage = std::size_t{2} << 20, kChunk = 8 * kPage, kLine = 64;

std::size_t round_up(std::size_t size, std::size_t unit) { return (size + unit - 1) / unit * unit; }

struct Chunks {
  std::mutex mutex;
  // Weak: what nobody uses any more is not kept for those to come.
  std::weak_ptr<std::byte> newest;
  std::size_t size = 0, used = 0;
};

std::shared_ptr<std::byte> make_chunk(std::size_t size) {
  auto* memory = static_cast<std::byte*>(std::aligned_alloc(kPage, size));
  if (memory == nullptr) throw std::bad_alloc();
#if defined(MADV_HUGEPAGE)
  madvise(memory, size, MADV_HUGEPAGE);  // a wish: without it all works, slower
#endif
  return {memory, [](std::byte* chunk) { std::free(chunk); }};
}

}  // namespace

std::shared_ptr<std::byte> take_huge(std::size_t size) {
  static Chunks chunks;
  size = round_up(std::max<std::size_t>(size, 1), kLine);
  const std::lock_guard lock(chunks.mutex);
  std::shared_ptr<std::byte> chunk = chunks.newest.lock();
  if (!chunk || chunks.size - chunks.used < size) {
    chunks.size = std::max(kChunk, round_up(size, kPage));
    chunks.used = 0;
    chunk = make_chunk(chunks.size);
    chunks.newest = chunk;
  }
  std::byte* const piece = chunk.get() + chunks.used;
  chunks.used += size;
  return {std::move(chunk), piece};
}

}  // namespace aiops::model
