#include "model/store.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kCurrent = "current";
// Its first line: the highest number ever given, so that none comes back. Its second: who holds the lock, pid
// and host; it stays where one died, and means nothing without the lock.
constexpr const char* kLockFile = ".lock";

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// Not atomic, and need not be: a number lost here is found again from the versions that are there.
bool write_lock(int fd, const std::string& text) {
  return ::ftruncate(fd, 0) == 0 &&
         ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

// " (pid 4711 on host)" of a holder that is alive as far as can be told; "" if it is not known.
std::string holder(const fs::path& lock) {
  const std::vector<std::string> lines = split(read_file(lock), '\n');
  const std::vector<std::string> who = lines.size() > 1 ? split(lines[1], ' ') : std::vector<std::string>();
  if (who.size() != 2) return "";
  const auto pid = parse_int(who[0]);
  if (!pid || *pid <= 0) return "";
  if (who[1] == host_name() && ::kill(static_cast<pid_t>(*pid), 0) != 0 && errno == ESRCH) return "";
  return fmt::format(" (pid {} on {})", *pid, printable(who[1]));
}

[[noreturn]] void fail(const fs::path& path, std::string_view what, const std::string& why) {
  throw OutputError(fmt::format("{}: cannot {}: {}", path.string(), what, why));
}

void check(const std::error_code& error, const fs::path& path, std::string_view what) {
  if (error) fail(path, what, error.message());
}

// 12 for "v0012", 0 for any other name.
int number_of(const std::string& name) {
  if (name.size() < 5 || name.size() > 9 || name[0] != 'v') return 0;
  if (name.find_first_not_of("0123456789", 1) != std::string::npos) return 0;
  const int number = static_cast<int>(parse_int(name.substr(1)).value_or(0));
  return Store::version_name(number) == name ? number : 0;
}

bool complete(const fs::path& version) {
  std::error_code ignored;
  return fs::is_regular_file(version / kBundleFile, ignored);
}

// What a trainer left that died: temporary versions and those half removed.
void clean(const fs::path& directory) {
  std::error_code ignored;
  std::vector<fs::path> stale;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".new-") || name.starts_with(".old-")) stale.push_back(entry.path());
  }
  for (const fs::path& path : stale) fs::remove_all(path, ignored);
}

}  // namespace

std::string Store::version_name(int version) { return fmt::format("v{:04}", version); }

fs::path Store::path(int version) const { return directory_ / version_name(version); }

std::vector<int> Store::versions() const {
  std::vector<int> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory_, error)) {
    const int number = number_of(entry.path().filename().string());
    if (number > 0 && complete(entry.path())) found.push_back(number);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw InputError(fmt::format("{}: cannot be read: {}", directory_.string(), error.message()));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<int> Store::current() const {
  std::error_code error;
  const fs::path target = fs::read_symlink(directory_ / kCurrent, error);
  const int number = error ? 0 : number_of(target.filename().string());
  if (number == 0) return std::nullopt;
  return number;
}

std::string Store::card(int version) const { return read_file(path(version) / kCardFile); }

Store::Lock Store::lock() {
  std::error_code error;
  fs::create_directories(directory_, error);
  check(error, directory_, "make the folder");
  const fs::path path = directory_ / kLockFile;
  Lock lock;
  lock.fd_ = Fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!lock.fd_) fail(path, "open it", std::strerror(errno));
  if (::flock(lock.fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) fail(path, "lock it", std::strerror(errno));
    throw OutputError(fmt::format("{}: another aiops-train{} is writing here; wait until it has ended",
                                  directory_.string(), holder(path)));
  }
  if (!write_lock(lock.fd_.get(),
                  fmt::format("{}\n{} {}\n", first_line(read_file(path)), ::getpid(), host_name()))) {
    fail(path, "write to it", std::strerror(errno));
  }
  clean(directory_);
  return lock;
}

Store::Lock::~Lock() {
  if (!fd_) return;
  char text[32];
  const ssize_t length = ::pread(fd_.get(), text, sizeof text, 0);
  if (length > 0)
    write_lock(fd_.get(), first_line(std::string(text, static_cast<std::size_t>(length))) + '\n');
}

int Store::add(const Lock& lock, std::string_view bundle, std::string_view card, bool use_it) {
  const std::vector<int> present = versions();
  const std::string given = read_file(directory_ / kLockFile);
  int number = static_cast<int>(std::min<std::int64_t>(parse_int(first_line(given)).value_or(0), 99'999'998));
  if (!present.empty()) number = std::max(number, present.back());
  ++number;

  const fs::path target = path(number), temporary = directory_ / (".new-" + version_name(number));
  std::error_code error;
  fs::create_directory(temporary, error);
  check(error, temporary, "make the folder");
  write_file(temporary / kBundleFile, bundle);
  write_file(temporary / kCardFile, card);
  sync_directory(temporary);
  fs::remove_all(target, error);  // an incomplete one of this number, put there by hand
  fs::rename(temporary, target, error);
  check(error, target, "put the version in place");
  sync_directory(directory_);
  note(lock, number);
  if (use_it) use(lock, number);
  return number;
}

void Store::note(const Lock& lock, int version) {
  const fs::path path = directory_ / kLockFile;
  const std::string held = read_file(path);
  if (!write_lock(lock.fd_.get(),
                  std::to_string(version) + held.substr(std::min(held.size(), held.find('\n'))))) {
    fail(path, "write to it", std::strerror(errno));
  }
}

void Store::use(const Lock&, int version) {
  if (!complete(path(version))) {
    throw InputError(fmt::format("{}: there is no such version", path(version).string()));
  }
  const fs::path temporary = directory_ / ".new-current", link = directory_ / kCurrent;
  std::error_code error;
  fs::remove(temporary, error);
  fs::create_symlink(version_name(version), temporary, error);
  check(error, temporary, "make the link");
  fs::rename(temporary, link, error);
  check(error, link, "switch the link");
  sync_directory(directory_);
}

void Store::remove(const Lock&, int version) {
  if (!complete(path(version))) {
    throw InputError(fmt::format("{}: there is no such version", path(version).string()));
  }
  if (current() == version) {
    throw InputError(
        fmt::format("{}: is in use; roll back to another version first", path(version).string()));
  }
  const fs::path old = directory_ / (".old-" + version_name(version));
  std::error_code error;
  fs::rename(path(version), old, error);
  check(error, path(version), "remove the version");
  fs::remove_all(old, error);
  check(error, old, "remove the version");
}

LoadedModel open_model(const fs::path& path) {
  FoundModel found = find_model(path);
  Bundle bundle = Bundle::open(found.path);
  return {std::move(bundle), std::move(found.name), std::move(found.path)};
}

FoundModel find_model(const fs::path& path) {
  const auto open = [](fs::path file, std::string name) {
    return FoundModel{std::move(name), std::move(file)};
  };
  std::error_code ignored;
  // "models/shop/" and "models/shop/." are models/shop; "." has a name too.
  fs::path tidy = fs::absolute(path, ignored).lexically_normal();
  if (tidy.filename().empty()) tidy = tidy.parent_path();
  const std::string name = tidy.filename().string();
  if (fs::is_regular_file(path, ignored)) return open(path, name);
  if (complete(path)) {
    // DIR/current is cited by the version behind it.
    const fs::path real = fs::canonical(path, ignored);
    return open(path / kBundleFile, real.parent_path().filename().string() + "/" + real.filename().string());
  }
  const Store store(path);
  const std::optional<int> version = store.current();
  if (version && complete(store.path(*version))) {
    return open(store.path(*version) / kBundleFile, name + "/" + Store::version_name(*version));
  }
  if (version) {
    throw InputError(
        fmt::format("{}: points to {}, which is not there; choose another with `aiops-train rollback`",
                    (path / kCurrent).string(), Store::version_name(*version)));
  }
  throw InputError(fmt::format("{}: there is no model; make one with `aiops-train --models {}`",
                               path.string(), path.string()));
}

}  // namespace aiops::model
