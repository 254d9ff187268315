#include "inject/repeatable.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/error.hpp"
#include "base/stop.hpp"

namespace aiops::inject {
namespace {

std::string temporary_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder && *folder ? folder : "/tmp";
}

Fd unnamed_file() {
  const auto folder = temporary_folder();
  auto path = folder + "/aiops-inject.XXXXXX";
  Fd file(mkostemp(path.data(), O_CLOEXEC));
  if (!file) {
    throw OutputError(
        fmt::format("{}: cannot keep a copy of the input there ({}); name another folder in TMPDIR", folder,
                    std::strerror(errno)));
  }
  unlink(path.c_str());
  return file;
}

bool is_regular(int fd) {
  struct stat status {};
  return fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

// Copies to the end, or until a stop is requested.
Fd copy(int from, const std::string& name, std::uint64_t limit) {
  auto file = unnamed_file();
  const auto file_name = "the copy of the input in " + temporary_folder();
  std::string buffer(256 * 1024, '\0');
  std::uint64_t total = 0;
  while (!stop_requested()) {
    const auto got = read(from, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw InputError(fmt::format("{}: {}", name, std::strerror(errno)));
    if (got == 0) break;
    total += static_cast<std::uint64_t>(got);
    if (total > limit) {
      throw InputError(
          fmt::format("{}: longer than the {} MiB that are copied to {} at most; write it to a file and "
                      "name that, or raise --max-spool",
                      name, limit >> 20, temporary_folder()));
    }
    write_all(file.get(), std::string_view(buffer.data(), static_cast<std::size_t>(got)), file_name);
  }
  lseek(file.get(), 0, SEEK_SET);
  return file;
}

}  // namespace

RepeatableInput::RepeatableInput(std::vector<std::string> files, std::uint64_t limit)
    : files_(std::move(files)) {
  if (files_.empty()) files_.emplace_back("-");
  for (auto& file : files_) {
    if (file == "-") {
      if (!is_regular(0)) {
        const auto kept = copy(0, "standard input", limit);
        if (dup2(kept.get(), 0) < 0)
          throw InputError(fmt::format("standard input: {}", std::strerror(errno)));
      }
      standard_input_ = true;
      start_ = lseek(0, 0, SEEK_CUR);
      continue;
    }
    const Fd opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened) throw InputError(fmt::format("{}: cannot be opened: {}", file, std::strerror(errno)));
    struct stat status {};
    if (fstat(opened.get(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
      copies_.push_back(copy(opened.get(), file, limit));
      file = fmt::format("/proc/self/fd/{}", copies_.back().get());
    }
  }
}

void RepeatableInput::rewind() {
  if (standard_input_) lseek(0, start_, SEEK_SET);
}

}  // namespace aiops::inject
