#include "record/block_input.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/process.hpp"
#include "base/stop.hpp"

namespace aiops::record {
namespace {

constexpr std::size_t kPadding = 64;
// A writer that gives so much at once is busy: what follows is waited for, so many milliseconds, as long as
// each time there comes so much again.
constexpr std::size_t kBusy = 64 * 1024, kBusyStill = 4 * 1024;
constexpr int kBusyWait = 1;

bool readable(int fd, int milliseconds) {
  pollfd p{fd, POLLIN, 0};
  return poll(&p, 1, milliseconds) > 0;
}

}  // namespace

BlockInput::BlockInput(std::vector<std::string> files, std::size_t block)
    : files_(std::move(files)), block_(block), buffer_(block + kPadding) {
  if (files_.empty()) files_.emplace_back("-");
  buffer_[0] = '\n';
}

bool BlockInput::next_file() {
  if (file_ == files_.size() || stop_requested()) return false;
  const std::string& path = files_[file_++];
  if (path == "-") {
    name_ = "standard input";
    fd_ = STDIN_FILENO;
  } else {
    name_ = path;
    owned_ = Fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!owned_) throw InputError(fmt::format("cannot open {}: {}", path, std::strerror(errno)));
    fd_ = owned_.get();
  }
  struct stat status {};
  if (fstat(fd_, &status) != 0)
    throw InputError(fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
  if (S_ISDIR(status.st_mode)) throw InputError(fmt::format("cannot read {}: it is a directory", name_));
  waits_ = !S_ISREG(status.st_mode);
#ifdef F_SETPIPE_SZ
  if (S_ISFIFO(status.st_mode))
    fcntl(fd_, F_SETPIPE_SZ, 1 << 20);  // fewer, larger reads; a refusal does no harm
#endif
  first_ = last_ = 0;
  at_end_ = false;
  return true;
}

void BlockInput::wait() const {
  if (!waits_ || readable(fd_, 0)) return;
  do {
    if (on_block) on_block();
  } while (!wait_readable(fd_, patience ? patience() : -1) && !stop_requested());
}

// A pipe holds a part of a block. Behind one whose writer is busy, the rest comes while it is read; where
// reading ends or fails, the next call says so.
void BlockInput::fill_up(std::size_t most) {
  while (last_ < most && readable(fd_, kBusyWait) && !stop_requested()) {
    const ssize_t got = read(fd_, buffer_.data() + last_, most - last_);
    if (got <= 0) return;
    last_ += static_cast<std::size_t>(got);
    if (static_cast<std::size_t>(got) < kBusyStill) return;
  }
}

void BlockInput::gather_up(std::size_t most) {
  const Nanos until = steady() + gather;
  for (Nanos left = gather; last_ < most && left > 0 && !stop_requested(); left = until - steady()) {
    if (!readable(fd_, static_cast<int>(std::max(left, kMillisecond) / kMillisecond))) continue;
    const ssize_t got = read(fd_, buffer_.data() + last_, most - last_);
    if (got <= 0) return;
    last_ += static_cast<std::size_t>(got);
  }
}

bool BlockInput::more() {
  if (at_end_) return false;
  const std::size_t kept = last_ - first_;
  if (first_ > 0 && kept > 0) std::memmove(buffer_.data(), buffer_.data() + first_, kept);
  first_ = 0;
  last_ = kept;
  if (buffer_.size() < kept + block_ + kPadding) buffer_.resize(std::max(2 * kept, kept + block_) + kPadding);
  ssize_t got;
  do {
    wait();
    if (stop_requested()) {  // the line that is not complete yet is nobody's mistake: leave it
      const void* newline = kept ? memrchr(buffer_.data(), '\n', kept) : nullptr;
      last_ = newline ? static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_.data()) + 1 : 0;
      got = 0;
      break;
    }
    got = read(fd_, buffer_.data() + last_, block_);
  } while (got < 0 && (errno == EINTR || errno == EAGAIN));
  if (got < 0) throw InputError(fmt::format("cannot read {}: {}", name_, std::strerror(errno)));
  last_ += static_cast<std::size_t>(got);
  if (waits_ && got > 0 && gather > 0) {
    gather_up(kept + block_);
  } else if (waits_ && got >= static_cast<ssize_t>(kBusy)) {
    fill_up(kept + block_);
  }
  buffer_[last_] = '\n';
  at_end_ = got == 0;
  return got > 0;
}

}  // namespace aiops::record
