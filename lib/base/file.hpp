// Files: whole reads, atomic writes, and the descriptor that closes itself.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace aiops {

// Owns a file descriptor; closes it when it goes. Movable, not copyable.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset();
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_ = -1;
};

// The whole content. Throws InputError with the path and the reason.
std::string read_file(const std::filesystem::path& path);

// Writes all bytes, waiting where fd would block, or throws OutputError naming `name`; ClosedPipe on EPIPE.
void write_all(int fd, std::string_view bytes, std::string_view name);

// A file that appears under its name only when it is complete: bytes go to a temporary file in the same
// folder, commit() flushes them to the disk and renames. Without commit() the temporary file is removed and
// what stood under the name before stays as it was. A symbolic link stays, and the file that it leads to is
// replaced, with the mode that it had. What is no file (/dev/null, /dev/stdout, a FIFO) is written to
// directly. Throws OutputError.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();
  int fd() const { return fd_.get(); }
  const std::filesystem::path& path() const { return path_; }
  void write(std::string_view bytes);
  void commit();

 private:
  std::filesystem::path path_;       // as it was given, for messages
  std::filesystem::path target_;     // what commit() replaces
  std::filesystem::path temporary_;  // empty when written directly, and after commit()
  Fd fd_;
};

// AtomicFile, written and committed.
void write_file(const std::filesystem::path& path, std::string_view bytes);

// Makes names in a directory durable (fsync of the directory).
void sync_directory(const std::filesystem::path& directory);

// 64-bit checksum of bytes (XXH64, seed 0; https://github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
std::uint64_t checksum(std::string_view bytes);

}  // namespace aiops
