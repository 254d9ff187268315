#include "source/unpacker.hpp"

#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace aiops::source {
namespace {

constexpr std::size_t kInput = 128 * 1024;
constexpr std::string_view kGzip = "\x1F\x8B", kZstd = "\x28\xB5\x2F\xFD";

class Gunzip : public Unpacker {
 public:
  Gunzip() {
    if (inflateInit2(&stream_, 16 + MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() override { inflateEnd(&stream_); }

  std::size_t read(char* out, std::size_t n, const More& more) override {
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(n);
    while (stream_.avail_out == n) {
      if (used_ == input_.size() && !refill(more)) break;
      if (ended_ && !next_member()) continue;
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data() + used_);
      stream_.avail_in = static_cast<uInt>(input_.size() - used_);
      const int result = inflate(&stream_, Z_NO_FLUSH);
      used_ = input_.size() - stream_.avail_in;
      begun_ = true;
      ended_ = result == Z_STREAM_END;
      if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        throw UnpackError("the gzip data is damaged");
    }
    return n - stream_.avail_out;
  }

  bool complete() const override { return !begun_ || ended_; }

 private:
  // Behind the end of a member: another one, or what pads the file.
  bool next_member() {
    if (static_cast<unsigned char>(input_[used_]) != 0x1F) {
      used_ = input_.size();  // whatever it is, no gzip reads it
      return false;
    }
    inflateReset(&stream_);
    ended_ = false;
    return true;
  }

  z_stream stream_{};
  bool begun_ = false, ended_ = false;
};

class Unzstd : public Unpacker {
 public:
  Unzstd() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  Unzstd(const Unzstd&) = delete;
  Unzstd& operator=(const Unzstd&) = delete;
  ~Unzstd() override { ZSTD_freeDStream(stream_); }

  std::size_t read(char* out, std::size_t n, const More& more) override {
    ZSTD_outBuffer output{out, n, 0};
    while (output.pos == 0) {
      // What does not fit into the output waits within the stream: it comes without further input.
      if (used_ == input_.size() && !waiting_ && !refill(more)) break;
      ZSTD_inBuffer input{input_.data(), input_.size(), used_};
      const std::size_t result = ZSTD_decompressStream(stream_, &output, &input);
      if (ZSTD_isError(result)) throw UnpackError("the zstd data is damaged");
      // Behind the end of a frame, a call without input tells of the next frame.
      if (input.pos != used_ || output.pos != 0) complete_ = result == 0;
      used_ = input.pos;
      waiting_ = output.pos == output.size;
    }
    return output.pos;
  }

  bool complete() const override { return complete_; }

 private:
  ZSTD_DStream* stream_;
  bool complete_ = true, waiting_ = false;
};

}  // namespace

bool Unpacker::refill(const More& more) {
  input_.resize(kInput);
  input_.resize(more(input_.data(), kInput));
  used_ = 0;
  return !input_.empty();
}

std::unique_ptr<Unpacker> Unpacker::of(std::string_view head) {
  if (head.starts_with(kGzip)) return std::make_unique<Gunzip>();
  if (head.starts_with(kZstd)) return std::make_unique<Unzstd>();
  return nullptr;
}

bool is_compressed(int fd) {
  char head[4];
  const ssize_t got = pread(fd, head, sizeof head, 0);
  return got > 0 && Unpacker::of({head, static_cast<std::size_t>(got)}) != nullptr;
}

std::string unpacked_head(int fd, std::size_t n, bool& whole) {
  char magic[4];
  whole = false;
  const ssize_t got = pread(fd, magic, sizeof magic, 0);
  const auto unpacker = Unpacker::of({magic, got > 0 ? static_cast<std::size_t>(got) : 0});
  std::string head(n, '\0');
  std::size_t size = 0;
  off_t place = 0;
  try {
    while (unpacker && size < n) {
      const std::size_t part =
          unpacker->read(head.data() + size, n - size, [&](char* data, std::size_t room) {
            const ssize_t bytes = pread(fd, data, room, place);
            place += bytes > 0 ? bytes : 0;
            return bytes > 0 ? static_cast<std::size_t>(bytes) : std::size_t{0};
          });
      if (part == 0) break;
      size += part;
    }
  } catch (const UnpackError&) {
    size = 0;
  }
  whole = unpacker && unpacker->complete();
  head.resize(size);
  return head;
}

}  // namespace aiops::source
