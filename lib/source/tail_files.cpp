// Tail: which files there are, where to go on in them, and what became of them.
#include <fcntl.h>
#include <fmt/core.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"
#include "source/file_names.hpp"
#include "source/tail_file.hpp"

namespace aiops::source {
namespace {

namespace fs = std::filesystem;

// True if the file begins as the one that the position tells of did, and is as long at least.
bool is_same(const std::string& path, const TailPosition& position) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  const bool long_enough =
      static_cast<std::uint64_t>(status.st_size) >= position.offset || is_compressed(fd.get());
  return status.st_ino == position.inode && long_enough &&
         checksum_of_head(fd.get(), position.offset) == position.head;
}

// A file of the same folder that is the one the position tells of: renamed; "" if there is none.
std::string renamed(const TailPosition& position) {
  fs::path folder = fs::path(position.path).parent_path();
  if (folder.empty()) folder = ".";
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    if (ignored) break;
    struct stat status {};
    if (stat(entry->path().c_str(), &status) == 0 && status.st_ino == position.inode &&
        is_same(entry->path().string(), position)) {
      return entry->path().string();
    }
  }
  return {};
}

// A file of the same folder whose compressed content is what the position tells of; "" if there is none.
std::string compressed_copy(const TailPosition& position) {
  if (position.offset == 0) return {};
  fs::path folder = fs::path(position.path).parent_path();
  if (folder.empty()) folder = ".";
  const std::size_t limit = static_cast<std::size_t>(std::min(position.offset, TailPosition::kHead));
  std::error_code ignored;
  for (fs::directory_iterator entry(folder, ignored), end; entry != end; entry.increment(ignored)) {
    if (ignored) break;
    const Fd fd(::open(entry->path().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!fd || fstat(fd.get(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    bool whole = false;
    const std::string head = unpacked_head(fd.get(), limit, whole);
    if (head.size() == limit && checksum(head) == position.head) {
      // As it was given by the pattern: without the folder's "./".
      return position.path.find('/') == std::string::npos ? entry->path().filename().string()
                                                          : entry->path().string();
    }
  }
  return {};
}

}  // namespace

std::uint64_t checksum_of_head(int fd, std::uint64_t limit) {
  std::string head(static_cast<std::size_t>(std::min(limit, TailPosition::kHead)), '\0');
  const ssize_t got = pread(fd, head.data(), head.size(), 0);
  head.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return checksum(head);
}

Tail::Tail(TailOptions options, Diagnostics& diagnostics)
    : options_(std::move(options)), diagnostics_(diagnostics) {
  if (options_.paths.empty()) options_.paths.emplace_back("-");
  find_files(true);
}

Tail::~Tail() = default;

const std::string& Tail::name(std::size_t file) const { return files_[file]->name; }
std::size_t Tail::files() const { return files_.size(); }
std::string& Tail::state(std::size_t file) { return files_[file]->state; }

void Tail::drop(std::size_t file) {
  files_[file]->ended = files_[file]->dropped = files_[file]->skipping = true;
  files_[file]->carry.clear();
  if (file == active_) begin_ = end_ = scanned_ = 0;
}

void Tail::find_files(bool first) {
  if (!first && !patterns_) return;
  for (const auto& file : files_) file->present = false;
  for (const std::string& path : options_.paths) {
    struct stat status {};
    if (path == "-" || !is_pattern(path) || stat(path.c_str(), &status) == 0) {
      if (!first) continue;
      if (path != "-" && !options_.follow && stat(path.c_str(), &status) != 0) {
        throw InputError(fmt::format("{}: {}", path, std::strerror(errno)));
      }
      see(path, true);
      continue;
    }
    patterns_ = true;
    const std::vector<std::string> found = expand_pattern(path);
    if (found.empty() && first) {
      if (!options_.follow) throw InputError(fmt::format("{}: no file matches", path));
      diagnostics_.info(fmt::format("waiting for a file that matches {}", path));
    }
    for (const std::string& match : found) see(match, first);
  }
  for (const auto& file : files_) {
    if (file->closed && !file->present)
      file->inode = 0;  // it was removed: there is nothing to recognise any more
  }
}

// A name that is to be read: takes it up unless its file is known, under this name or another.
void Tail::see(const std::string& path, bool first) {
  for (const auto& file : files_) {
    if (file->path == path && file->live()) return;
  }
  struct stat status {};
  if (path != "-" && stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
    if (File* known = file_of(status.st_dev, status.st_ino)) {
      known->present = true;
      if (known->compressed) return;
      const auto size = static_cast<std::uint64_t>(status.st_size);
      if (!known->closed || known->dropped || size == known->offset) return;
      const TailPosition position = position_of(*known);
      if (is_same(path, position)) {  // it was written to again after it had been given up
        File& again = add(path);
        again.offset = known->offset;
        again.line = known->line;
        again.numbered = known->numbered;
        again.state = known->state;
        known->inode = 0;
        return;
      }
      known->inode = 0;  // the number was given to another file
    }
  }
  File& file = add(path);
  file.from_end = first && options_.new_only && path != "-";
  file.appeared = !first;
}

Tail::File& Tail::add(const std::string& path) {
  auto file = std::make_unique<File>();
  file->path = path;
  file->name = path == "-" ? "standard input" : path;
  struct stat status {};
  if (path != "-" && stat(path.c_str(), &status) == 0) {
    file->device = status.st_dev;
    file->inode = status.st_ino;
  }
  files_.push_back(std::move(file));
  return *files_.back();
}

Tail::File* Tail::file_of(std::uint64_t device, std::uint64_t inode) {
  for (const auto& file : files_) {
    if (file->inode == inode && file->device == device) return file.get();
  }
  return nullptr;
}

// At the present end of a file that is followed: was it renamed away, or cut?
void Tail::look_for_rotation(File& file) {
  struct stat mine {
  }, named{};
  if (file.fd < 0 || file.stream || file.retired || fstat(file.fd, &mine) != 0) return;
  if (mine.st_size < lseek(file.fd, 0, SEEK_CUR)) {
    diagnostics_.debug(fmt::format("{} was cut; reading it from its beginning", file.name));
    file.ended = true;
    file.inode = 0;
    add(file.path);
    return;
  }
  if (stat(file.path.c_str(), &named) != 0) return;  // between the renaming and the new file
  if (named.st_ino == mine.st_ino && named.st_dev == mine.st_dev) return;
  file.retired = true;
  file.quiet_since = now();
  diagnostics_.debug(fmt::format("{} was rotated", file.name));
  see(file.path, false);
}

void Tail::resume(const std::vector<TailPosition>& positions) {
  for (const TailPosition& position : positions) resume_one(position);
}

void Tail::resume_one(const TailPosition& position) {
  const auto place = [&](File& file) {
    file.offset = position.offset;
    file.line = position.line;
    file.numbered = position.line != 0 || position.offset == 0;
    file.state = position.state;
    file.head = position.head;
    file.from_end = false;
  };
  for (const auto& file : files_) {  // under its name, or renamed to another that is read too
    if (file->inode == position.inode && is_same(file->path, position)) return place(*file);
  }
  const bool asked = std::any_of(options_.paths.begin(), options_.paths.end(), [&](const std::string& path) {
    return path == position.path ||
           (is_pattern(path) && fnmatch(path.c_str(), position.path.c_str(), 0) == 0);
  });
  if (!asked) return;
  std::string now_named = renamed(position);
  if (now_named.empty()) {
    now_named = compressed_copy(position);
    for (const auto& file : files_) {
      if (!now_named.empty() && file->path == now_named) return place(*file);
    }
  }
  if (now_named.empty()) {
    if (position.rotated) return;  // read to its end, and removed since
    diagnostics_.warn(
        fmt::format("{}: the file that had been read up to line {} is gone, or was cut; what was added to "
                    "it since is lost",
                    position.path, thousands(position.line)));
    return;
  }
  // It is older than the file that has its name now: it is read first.
  File& file = add(now_named);
  place(file);
  file.retired = true;
  file.quiet_since = now();
  std::rotate(files_.begin(), files_.end() - 1, files_.end());
}

TailPosition Tail::position_of(const File& file) {
  TailPosition made;
  made.path = file.path;
  made.inode = file.inode;
  made.offset = file.offset;
  made.line = file.numbered ? file.line : 0;
  made.head = file.fd >= 0 ? checksum_of_head(file.fd, file.offset) : file.head;
  made.rotated = file.retired;
  made.state = file.state;
  return made;
}

std::vector<TailPosition> Tail::positions() const {
  std::vector<TailPosition> made;
  for (const auto& file : files_) {
    if (file->stream || file->path == "-" || file->inode == 0) continue;
    // A file that was given up is found again by patterns alone.
    if (file->closed && options_.follow && !patterns_) continue;
    if (file->fd < 0 && !file->closed && file->offset == 0) continue;  // not begun
    made.push_back(position_of(*file));
  }
  return made;
}

}  // namespace aiops::source
