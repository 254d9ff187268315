#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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
  if (buffer_.empty() || fd_ < 0) return;
  write_all(fd_, buffer_, name_);
  buffer_.clear();
}

void Sink::close() {
  flush();
  if (file_) file_->commit();
}

}  // namespace aiops::record
