#include "source/tail.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/stop.hpp"
#include "source/tail_file.hpp"

namespace aiops::source {

bool Tail::next(TailLine& line) {
  for (;;) {
    if (active_ == files_.size()) {
      if (!next_round()) return false;
      continue;
    }
    File& file = *files_[active_];
    line.file = active_;
    if (!file.closed) {
      if (take_line(file, line)) return true;
      if (stop_requested()) return false;
      if (fill(file)) {
        any_ = true;
        continue;
      }
      if (cut_long_line(file, line)) return true;
      if (stop_requested()) return false;
      if (is_over(file)) {
        if (take_rest(file, line)) return true;
        close(file);
        line.what = TailLine::What::end;
        line.number = 0;
        line.text = {};
        return true;
      }
      look_for_rotation(file);
      if (file.ended) continue;  // cut: what is left of it, then the end
    }
    leave(file);
    ++active_;
  }
}

// All files were looked at once. False when there is nothing to wait for, or a stop was requested.
bool Tail::next_round() {
  const bool waiting = options_.follow && std::any_of(files_.begin(), files_.end(),
                                                      [](const auto& file) { return !file->closed; });
  if (!waiting && !(options_.follow && patterns_)) return false;
  active_ = 0;
  if (any_) {
    any_ = false;
    return true;
  }
  if (on_block_) on_block_();
  if (!sleep_unless_stopped(options_.poll)) return false;
  find_files(false);
  return true;
}

bool Tail::is_over(const File& file) const {
  if (file.ended || !options_.follow) return true;
  return file.retired && now() - file.quiet_since > kRetired;
}

void Tail::close(File& file) {
  if (file.fd >= 0 && !file.stream) file.head = checksum_of_head(file.fd, file.offset);
  file.owned.reset();
  file.fd = -1;
  file.closed = true;
}

// Says what is wrong with a file: for good, unless following, where the file is given up and the others go
// on.
void Tail::fail(File& file, std::string_view what) {
  file.ended = file.dropped = true;
  const std::string text = fmt::format("{}: {}", file.name, what);
  if (!options_.follow) throw InputError(text);
  diagnostics_.warn(text + "; it is left out");
}

// False: not there yet (when following), or given up.
bool Tail::open(File& file) {
  if (file.path == "-") {
    file.fd = STDIN_FILENO;
  } else {
    file.owned = Fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
    file.fd = file.owned.get();
  }
  struct stat status {};
  if (file.fd < 0 || fstat(file.fd, &status) != 0) {
    if (options_.follow && errno == ENOENT) {
      if (!std::exchange(file.waiting_said, true))
        diagnostics_.info(fmt::format("waiting for {}", file.path));
    } else {
      fail(file, std::strerror(errno));
    }
    return false;
  }
  if (S_ISDIR(status.st_mode)) {
    fail(file, "is a directory; name its files, as in 'DIR/*.log'");
    return false;
  }
  file.stream = !S_ISREG(status.st_mode);
  file.device = status.st_dev;
  file.inode = status.st_ino;
  if (file.stream) return true;
  if (is_compressed(file.fd)) return open_compressed(file);
  if (file.from_end && status.st_size > 0) {
    file.offset = static_cast<std::uint64_t>(status.st_size);
    file.numbered = false;
    char last = '\n';
    file.skipping = pread(file.fd, &last, 1, status.st_size - 1) == 1 && last != '\n';
  }
  lseek(file.fd, static_cast<off_t>(file.offset), SEEK_SET);
  return true;
}

// Before reading a pipe. False: nothing is there now, and others are to be looked at; or a stop was
// requested.
bool Tail::wait(File& file) {
  if (!file.stream || !file.carry_in.empty() || wait_readable(file.fd, 0)) return true;
  if (stop_requested() || (options_.follow && files_.size() > 1)) return false;
  // What waits for further lines is given up after a second or so; then there is nothing to wake up for.
  for (int i = 0; i < 6; ++i) {
    if (on_block_) on_block_();
    if (wait_readable(file.fd, options_.poll)) return true;
    if (stop_requested()) return false;
  }
  return wait_readable(file.fd, -1);
}

// Room for a block behind what is there of the file. False when its line is too long for it.
bool Tail::make_room(File& file) {
  const std::size_t kept = end_ - begin_;
  const std::size_t needed = kept + file.carry.size() + std::max<std::size_t>(options_.block, 1) + kPadding;
  if (begin_ > 0 && (kept == 0 || end_ + needed - kept > buffer_.size())) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
    scanned_ -= begin_;
    begin_ = 0;
    end_ = kept;
  }
  if (needed > buffer_.size()) buffer_.resize(2 * needed);
  if (!file.carry.empty()) {
    std::memcpy(buffer_.data() + end_, file.carry.data(), file.carry.size());
    end_ += file.carry.size();
    file.carry.clear();
  }
  return end_ - begin_ <= options_.max_line;
}

// Reads more of a file behind what is there. False: nothing now, or no room for a line this long.
bool Tail::fill(File& file) {
  if (file.ended || (file.fd < 0 && !open(file))) return false;
  if (!make_room(file)) return false;
  if (!wait(file)) return false;
  ssize_t got = 0;
  try {
    got = read_some(file);
  } catch (const UnpackError& error) {
    fail(file, error.what());
    return false;
  }
  if (got < 0) {
    if (errno == EINTR || errno == EAGAIN) return false;
    fail(file, std::strerror(errno));
    return false;
  }
  if (got == 0) {
    const bool whole = !file.unpacker || file.unpacker->complete();
    if (!whole && (file.stream || !options_.follow)) {
      fail(file, "ends in the middle of its compressed content");
      return false;
    }
    file.ended = file.stream || !options_.follow || (file.unpacker && whole);
    return false;
  }
  end_ += static_cast<std::size_t>(got);
  file.quiet_since = file.retired ? now() : 0;
  return true;
}

// Reads behind what is there: what ::read says, of the content where it is compressed. Throws UnpackError.
ssize_t Tail::read_some(File& file) {
  if (file.unpacker) return read_unpacked(file);
  ssize_t got;
  do {
    got = read(file.fd, buffer_.data() + end_, std::min(options_.block, buffer_.size() - kPadding - end_));
  } while (got < 0 && errno == EINTR && !stop_requested());
  if (got <= 0 || !file.stream || file.line != 0 || file.offset != 0 || begin_ != end_) return got;
  // A pipe shows what it is with its first bytes.
  std::string first(buffer_.data() + end_, static_cast<std::size_t>(got));
  file.unpacker = Unpacker::of(first);
  if (!file.unpacker) return got;
  file.compressed = true;
  file.carry_in = std::move(first);
  return read_unpacked(file);
}

ssize_t Tail::read_unpacked(File& file) {
  const auto more = [&](char* data, std::size_t room) -> std::size_t {
    if (!file.carry_in.empty()) {
      const std::size_t size = std::min(room, file.carry_in.size());
      std::memcpy(data, file.carry_in.data(), size);
      file.carry_in.erase(0, size);
      return size;
    }
    ssize_t got;
    do {
      got = read(file.fd, data, room);
    } while (got < 0 && errno == EINTR && !stop_requested());
    return got > 0 ? static_cast<std::size_t>(got) : 0;
  };
  for (;;) {
    const std::size_t room = std::min(options_.block, buffer_.size() - kPadding - end_);
    const std::size_t got = file.unpacker->read(buffer_.data() + end_, room, more);
    if (got == 0 || file.pass_over == 0) return static_cast<ssize_t>(got);
    const std::size_t passed = static_cast<std::size_t>(std::min<std::uint64_t>(got, file.pass_over));
    file.pass_over -= passed;
    if (passed == got) continue;
    std::memmove(buffer_.data() + end_, buffer_.data() + end_ + passed, got - passed);
    return static_cast<ssize_t>(got - passed);
  }
}

// False: nothing of it is to be read, now or at all.
bool Tail::open_compressed(File& file) {
  bool whole = false;
  const std::string head = unpacked_head(file.fd, TailPosition::kHead, whole);
  if (file.appeared && file.offset == 0) {
    if (head.size() < TailPosition::kHead && !whole) {  // it is being written
      file.owned.reset();
      file.fd = -1;
      return false;
    }
    if (is_copy(file, head)) {
      diagnostics_.debug(fmt::format("{} is a compressed copy of what was read", file.name));
      file.ended = file.compressed = true;
      return false;
    }
  }
  file.compressed = true;
  file.pass_over = file.offset;
  char magic[4];
  const ssize_t got = pread(file.fd, magic, sizeof magic, 0);
  file.unpacker = Unpacker::of({magic, got > 0 ? static_cast<std::size_t>(got) : 0});
  if (file.from_end) file.ended = true;
  return !file.ended;
}

bool Tail::is_copy(const File& file, std::string_view head) const {
  for (const auto& other : files_) {
    if (other.get() == &file || other->offset == 0 || other->compressed) continue;
    const std::size_t limit = static_cast<std::size_t>(std::min(other->offset, TailPosition::kHead));
    const std::uint64_t sum = other->fd >= 0 ? checksum_of_head(other->fd, other->offset) : other->head;
    if (head.size() >= limit && checksum(head.substr(0, limit)) == sum) return true;
  }
  return false;
}

bool Tail::take_line(File& file, TailLine& line) {
  while (scanned_ < end_) {
    const char* data = buffer_.data();
    const void* found = std::memchr(data + scanned_, '\n', end_ - scanned_);
    if (!found) {
      scanned_ = end_;
      if (file.skipping) {  // nobody wants it
        file.offset += end_ - begin_;
        begin_ = end_;
      }
      return false;
    }
    const std::size_t newline = static_cast<std::size_t>(static_cast<const char*>(found) - data);
    const std::size_t begin = begin_;
    file.offset += newline + 1 - begin;
    begin_ = scanned_ = newline + 1;
    if (std::exchange(file.skipping, false)) continue;
    ++file.line;
    line.what = TailLine::What::line;
    line.number = file.numbered ? file.line : 0;
    line.text = {data + begin, newline - begin};
    if (line.text.ends_with('\r')) line.text.remove_suffix(1);
    if (file.line == 1 && file.numbered && line.text.starts_with("\xEF\xBB\xBF")) line.text.remove_prefix(3);
    return true;
  }
  return false;
}

// The last line of a file that does not end with a newline.
bool Tail::take_rest(File& file, TailLine& line) {
  if (!file.carry.empty()) {  // fill() did not get to it
    if (buffer_.size() < file.carry.size() + kPadding) buffer_.resize(file.carry.size() + kPadding);
    std::memcpy(buffer_.data(), file.carry.data(), file.carry.size());
    begin_ = 0;
    end_ = file.carry.size();
    file.carry.clear();
  }
  if (begin_ == end_) return false;
  line.what = TailLine::What::line;
  buffer_[end_] = '\n';  // into the padding: as behind any other line
  line.text = {buffer_.data() + begin_, end_ - begin_};
  file.offset += end_ - begin_;
  begin_ = scanned_ = end_;
  if (file.skipping) return false;
  ++file.line;
  line.number = file.numbered ? file.line : 0;
  if (line.text.ends_with('\r')) line.text.remove_suffix(1);
  if (file.line == 1 && file.numbered && line.text.starts_with("\xEF\xBB\xBF")) line.text.remove_prefix(3);
  return true;
}

// A line that is longer than what memory is given to it: its beginning is told, the rest passed over.
bool Tail::cut_long_line(File& file, TailLine& line) {
  if (end_ - begin_ <= options_.max_line) return false;
  line.what = TailLine::What::too_long;
  line.text = {buffer_.data() + begin_, end_ - begin_};
  ++file.line;
  line.number = file.numbered ? file.line : 0;
  file.offset += end_ - begin_;
  begin_ = scanned_ = end_;
  file.skipping = true;
  return true;
}

void Tail::leave(File& file) {
  if (begin_ != end_) file.carry.insert(0, buffer_.data() + begin_, end_ - begin_);
  begin_ = end_ = scanned_ = 0;
}

}  // namespace aiops::source
