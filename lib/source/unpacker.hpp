// Compressed files read as if they were not: gzip (zlib) and zstd, several members one behind the other too.
#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aiops::source {

// What is wrong with the compressed bytes.
struct UnpackError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One thread.
class Unpacker {
 public:
  virtual ~Unpacker() = default;

  // For what begins with these bytes; nullptr if that is not compressed.
  static std::unique_ptr<Unpacker> of(std::string_view head);

  // Gives further compressed bytes: reads up to n into data, and returns how many; 0: there are none now.
  using More = std::function<std::size_t(char* data, std::size_t n)>;
  // Reads up to n bytes of the content; 0: nothing more is there now. Throws UnpackError.
  virtual std::size_t read(char* out, std::size_t n, const More& more) = 0;
  // The content came to its end, and not in the middle.
  virtual bool complete() const = 0;

 protected:
  // Compressed bytes that were read and not taken yet.
  std::string input_;
  std::size_t used_ = 0;
  bool refill(const More& more);
};

// The first bytes of a compressed file's content, at most n; "" if it is not compressed, or damaged. whole:
// what is shorter than n is all there is.
std::string unpacked_head(int fd, std::size_t n, bool& whole);

// True if an open file that can be read at any place is compressed.
bool is_compressed(int fd);

}  // namespace aiops::source
