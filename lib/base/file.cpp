#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <system_error>

#include "base/error.hpp"
#include "base/number.hpp"

namespace aiops {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void cannot_read(const std::filesystem::path& path, int error) {
  throw InputError(fmt::format("cannot read {}: {}", path.string(), reason(error)));
}

[[noreturn]] void cannot_write(std::string_view name, int error) {
  throw OutputError(fmt::format("cannot write {}: {}", name, reason(error)));
}

[[noreturn]] void cannot_write(const std::filesystem::path& path, int error) {
  cannot_write(std::string_view(path.native()), error);
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

// The number of one of our own descriptors that the path stands for: /dev/stdout, /dev/stderr, /dev/fd/N,
// /proc/self/fd/N. To open these anew would write over the start of what the shell appends to.
std::optional<int> own_descriptor(const std::filesystem::path& path) {
  const std::string text = path.lexically_normal().string();
  if (text == "/dev/stdout") return STDOUT_FILENO;
  if (text == "/dev/stderr") return STDERR_FILENO;
  for (const std::string_view folder : {"/dev/fd/", "/proc/self/fd/"}) {
    if (!text.starts_with(folder)) continue;
    const auto number = parse_int(std::string_view(text).substr(folder.size()));
    if (number && *number >= 0 && *number < 1'000'000) return static_cast<int>(*number);
  }
  return std::nullopt;
}

// The path behind symbolic links, the last of which may lead to a file that does not exist yet.
std::filesystem::path follow_links(std::filesystem::path path) {
  constexpr int kMostLinks = 40;  // as the kernel
  for (int i = 0; i < kMostLinks; ++i) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) return path;
    path = target.is_absolute() ? target : folder_of(path) / target;
  }
  cannot_write(path, ELOOP);
}

std::string random_suffix() {
  std::uint64_t bits = 0;
  if (::getrandom(&bits, sizeof bits, 0) != sizeof bits) bits = static_cast<std::uint64_t>(::getpid());
  return fmt::format("{:016x}", bits);
}

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() { reset(); }

void Fd::reset() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

std::string read_file(const std::filesystem::path& path) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) cannot_read(path, errno);
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) cannot_read(path, errno);
  // The size is a hint: a FIFO or a file of /proc says 0, and a log grows while it is read.
  constexpr std::size_t kStep = 64 * 1024;
  std::string content;
  std::size_t used = 0;
  content.resize(static_cast<std::size_t>(status.st_size) + kStep);
  for (;;) {
    if (used == content.size()) content.resize(2 * content.size());
    const ssize_t got = ::read(fd.get(), content.data() + used, content.size() - used);
    if (got == 0) break;
    if (got > 0) {
      used += static_cast<std::size_t>(got);
    } else if (errno != EINTR) {
      cannot_read(path, errno);
    }
  }
  content.resize(used);
  return content;
}

void write_all(int fd, std::string_view bytes, std::string_view name) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd ready{fd, POLLOUT, 0};
      if (::poll(&ready, 1, -1) < 0 && errno != EINTR) cannot_write(name, errno);
    } else if (errno == EPIPE) {
      throw ClosedPipe();
    } else if (errno != EINTR) {
      cannot_write(name, errno);
    }
  }
}

AtomicFile::AtomicFile(std::filesystem::path path) : path_(std::move(path)) {
  if (const auto number = own_descriptor(path_)) {
    fd_ = Fd(::fcntl(*number, F_DUPFD_CLOEXEC, 0));
    if (!fd_) cannot_write(path_, errno);
    return;
  }
  struct stat status {};
  const bool exists = ::stat(path_.c_str(), &status) == 0;
  if (exists && !S_ISREG(status.st_mode)) {
    // A device or a FIFO is written to; renaming a file over it would replace it.
    fd_ = Fd(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd_) cannot_write(path_, errno);
    return;
  }
  target_ = follow_links(path_);
  if (!target_.has_filename()) cannot_write(path_, EISDIR);
  // File systems take names of 255 bytes at most.
  const std::string stem = target_.filename().string().substr(0, 200);
  for (int attempt = 0; attempt < 100 && !fd_; ++attempt) {
    temporary_ = folder_of(target_) / fmt::format(".{}.{}.tmp", stem, random_suffix());
    fd_ = Fd(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    if (!fd_ && errno != EEXIST) break;
  }
  if (!fd_) {
    const int error = errno;
    temporary_.clear();
    throw OutputError(fmt::format("cannot write {}: no file can be made in folder {}: {}", path_.string(),
                                  folder_of(target_).string(), reason(error)));
  }
  if (exists) ::fchmod(fd_.get(), status.st_mode & 07777);  // best effort: what was private stays private
}

AtomicFile::~AtomicFile() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view bytes) { write_all(fd_.get(), bytes, path_.string()); }

void AtomicFile::commit() {
  if (!fd_) return;
  if (temporary_.empty()) {
    if (::close(fd_.release()) != 0 && errno != EINTR) cannot_write(path_, errno);
    return;
  }
  if (::fsync(fd_.get()) != 0) cannot_write(path_, errno);
  if (::close(fd_.release()) != 0 && errno != EINTR) cannot_write(path_, errno);
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) cannot_write(path_, errno);
  temporary_.clear();
  sync_directory(folder_of(target_));
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void sync_directory(const std::filesystem::path& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) cannot_write(directory, errno);
  // Some file systems have nothing to flush for a directory and say EINVAL.
  if (::fsync(fd.get()) != 0 && errno != EINVAL && errno != ENOTSUP) cannot_write(directory, errno);
}

}  // namespace aiops
