#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "record/writer.hpp"

namespace aiops::record {

Sink::Sink(const std::string& path)
    : name_(path.empty() || path == "-" ? "standard output" : path), fd_(STDOUT_FILENO) {
  if (name_ == path) {
    file_ = std::make_unique<AtomicFile>(path);
    fd_ = file_->fd();
  }
#ifdef F_SETPIPE_SZ
  struct stat status {};
  if (fstat(fd_, &status) == 0 && S_ISFIFO(status.st_mode)) fcntl(fd_, F_SETPIPE_SZ, 1 << 20);
#endif
  buffer_.reserve(2 * kFlush);
}

Sink::Sink(Fd file, std::string name)
    : name_(std::move(name)), growing_(std::move(file)), fd_(growing_.get()) {
  buffer_.reserve(2 * kFlush);
}

Sink::~Sink() = default;

void Sink::flush() {
  if (fd_ < 0) return;
  if (rows_used_ > 0) write_all(fd_, {rows_.data(), std::exchange(rows_used_, 0)}, name_);
  if (!buffer_.empty()) write_all(fd_, buffer_, name_);
  buffer_.clear();
}

char* Sink::new_room(std::size_t bytes) {
  if (fd_ < 0 && rows_used_ > 0) return more_room(rows_.data() + rows_used_, bytes);
  if (rows_used_ > 0) flush();
  // What was appended as text goes first, and is written together with what follows.
  const std::size_t needed = buffer_.size() + bytes;
  if (rows_.size() < needed) rows_.resize(2 * std::max(needed, kFlush));
  std::copy(buffer_.begin(), buffer_.end(), rows_.begin());
  rows_used_ = buffer_.size();
  buffer_.clear();
  return rows_.data() + rows_used_;
}

char* Sink::more_room(char* at, std::size_t bytes) {
  const auto used = static_cast<std::size_t>(at - rows_.data());
  if (rows_.size() - used < bytes) rows_.resize(2 * (used + bytes));
  return rows_.data() + used;
}

void Sink::close() {
  flush();
  if (file_) file_->commit();
}

}  // namespace aiops::record
