#include "base/line_journal.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "base/error.hpp"

namespace aiops {
namespace {

constexpr std::size_t kStep = 256 * 1024;

// Bytes of the file that stand for the locks; nothing has to be there.
enum Lock : off_t { kWork = 0, kAppend = 1 };

// An open file's lock (fcntl(2), F_OFD_SETLK): gone when the process is.
bool lock(int fd, Lock which, short type, bool wait) {
  struct flock how {};
  how.l_type = type;
  how.l_whence = SEEK_SET;
  how.l_start = which;
  how.l_len = 1;
  while (::fcntl(fd, wait ? F_OFD_SETLKW : F_OFD_SETLK, &how) != 0) {
    if (errno == EINTR) continue;
    // A file system without locks: the lines are written with O_APPEND all the same.
    return errno != EAGAIN && errno != EACCES;
  }
  return true;
}

class AppendLock {
 public:
  explicit AppendLock(int fd) : fd_(fd) { lock(fd_, kAppend, F_WRLCK, true); }
  AppendLock(const AppendLock&) = delete;
  AppendLock& operator=(const AppendLock&) = delete;
  ~AppendLock() { lock(fd_, kAppend, F_UNLCK, false); }

 private:
  int fd_;
};

}  // namespace

std::string journal_file(const std::string& path, const std::string& name) {
  std::error_code ignored;
  const bool folder = path.ends_with('/') || std::filesystem::is_directory(path, ignored);
  return folder ? (std::filesystem::path(path) / name).string() : path;
}

bool may_be_journal(int fd, const std::string& path,
                    const std::function<bool(std::string_view line)>& is_one) {
  std::string begin(64 * 1024, '\0');
  const ssize_t got = ::pread(fd, begin.data(), begin.size(), 0);
  if (got < 0) throw InputError(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  std::string_view rest(begin.data(), static_cast<std::size_t>(got));
  if (rest.empty()) return true;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    if (end > 0 && is_one(rest.substr(0, end))) return true;
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return false;
}

LineJournal::LineJournal(std::filesystem::path path) : path_(std::move(path)) { open(); }

void LineJournal::open() {
  fd_ = Fd(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  if (!fd_) {
    throw OutputError(fmt::format("cannot open the journal {}: {}", path_.string(), std::strerror(errno)));
  }
  struct stat status {};
  regular_ = ::fstat(fd_.get(), &status) == 0 && S_ISREG(status.st_mode);
  read_ = number_ = 0;
}

// Whether who has claimed it put a new file in the place of the one that is open here.
bool LineJournal::was_replaced() const {
  struct stat ours {
  }, there{};
  return !claimed_ && regular_ && ::fstat(fd_.get(), &ours) == 0 && ::stat(path_.c_str(), &there) == 0 &&
         (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev);
}

bool LineJournal::may_hold(const std::function<bool(std::string_view line)>& is_one) const {
  return !regular_ || may_be_journal(fd_.get(), path_.string(), is_one);
}

bool LineJournal::claim() {
  while (lock(fd_.get(), kWork, F_WRLCK, false)) {
    if (!was_replaced()) return claimed_ = true;
    open();
  }
  return false;
}

void LineJournal::append(std::string_view lines) {
  if (lines.empty()) return;
  std::optional<AppendLock> locked(std::in_place, fd_.get());
  while (was_replaced()) {
    locked.reset();
    open();
    locked.emplace(fd_.get());
  }
  struct stat status {};
  char last = '\n';
  if (regular_ && ::fstat(fd_.get(), &status) == 0 && status.st_size > 0) {
    if (::pread(fd_.get(), &last, 1, status.st_size - 1) != 1) last = '\n';
  }
  const std::string name = "the journal " + path_.string();
  write_all(fd_.get(), last == '\n' ? std::string(lines) : "\n" + std::string(lines), name);
  if (regular_ && ::fdatasync(fd_.get()) != 0) {
    throw OutputError(fmt::format("cannot write to {}: {}", name, std::strerror(errno)));
  }
}

void LineJournal::replace(const Take& take, const std::function<std::string()>& content) {
  if (!regular_) return;
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path_, error);
  const std::filesystem::path target = error ? path_ : real, fresh = target.string() + ".new";
  Fd next;
  std::string text;
  try {
    const AppendLock locked(fd_.get());
    read(take);
    text = content();
    next = Fd(::open(fresh.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600));
    const auto check = [&](bool good) {
      if (good) return;
      throw OutputError(fmt::format("cannot write {}: {}", fresh.string(), std::strerror(errno)));
    };
    check(static_cast<bool>(next));
    struct stat status {};
    check(::fstat(fd_.get(), &status) == 0 && ::fchmod(next.get(), status.st_mode & 07777) == 0);
    lock(next.get(), kWork, F_WRLCK, false);
    write_all(next.get(), text, fresh.string());
    check(::fsync(next.get()) == 0);
    check(::rename(fresh.c_str(), target.c_str()) == 0);
  } catch (...) {
    ::unlink(fresh.c_str());
    throw;
  }
  fd_ = std::move(next);
  read_ = text.size();
  number_ = static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  sync_directory(target.has_parent_path() ? target.parent_path() : ".");
}

std::uint64_t LineJournal::size() const {
  struct stat status {};
  return regular_ && ::fstat(fd_.get(), &status) == 0 ? static_cast<std::uint64_t>(status.st_size) : 0;
}

void LineJournal::read(const Take& take) {
  if (!regular_) return;
  std::string bytes;
  for (;;) {
    const std::size_t had = bytes.size();
    bytes.resize(had + kStep);
    const ssize_t got = ::pread(fd_.get(), bytes.data() + had, kStep, static_cast<off_t>(read_ + had));
    if (got < 0 && errno != EINTR) {
      throw InputError(fmt::format("cannot read the journal {}: {}", path_.string(), std::strerror(errno)));
    }
    bytes.resize(had + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    std::size_t begin = 0;
    for (std::size_t end; (end = bytes.find('\n', begin)) != std::string::npos; begin = end + 1) {
      take(std::string_view(bytes).substr(begin, end - begin), ++number_);
    }
    read_ += begin;
    bytes.erase(0, begin);
    if (got == 0) return;
  }
}

}  // namespace aiops
