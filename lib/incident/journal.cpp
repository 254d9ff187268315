#include "incident/journal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <simdjson.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/error.hpp"
#include "base/line_journal.hpp"
#include "base/text.hpp"

namespace aiops::incident {
namespace {

constexpr std::size_t kLongestLine = 64 * 1024 * 1024;
constexpr std::size_t kBlock = 256 * 1024;
constexpr std::uint64_t kMostShown = 5;  // damaged lines

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw OutputError(fmt::format("{}: {}: {}", path, what, std::strerror(errno)));
}

std::optional<Event> event_of(std::string_view name) {
  for (const Event one : {Event::opened, Event::updated, Event::acknowledged, Event::resolved,
                          Event::reopened, Event::merged}) {
    if (name == event_name(one)) return one;
  }
  return std::nullopt;
}

// By its beginning, however little of it is there.
bool is_line(std::string_view line) {
  constexpr std::string_view kBegin = R"({"at":")";
  return line.starts_with(kBegin) || kBegin.starts_with(line);
}

JournalEntry parse(std::string_view line) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  std::string_view at, event;
  simdjson::dom::element incident;
  if (parser.parse(line.data(), line.size()).get(root) || root["at"].get(at) || root["event"].get(event) ||
      root["incident"].get(incident)) {
    throw InputError("no line of a journal: it has not at, event and incident");
  }
  JournalEntry entry;
  entry.at = parse_time(at).value_or(kNoTime);
  const auto known = event_of(event);
  if (!known) throw InputError(fmt::format("event \"{}\" is not known", printable(event, 40)));
  entry.event = *known;
  entry.incident = read_incident(simdjson::minify(incident));
  return entry;
}

}  // namespace

// Held while somebody writes; within exclusively() it is held already.
class Journal::Lock {
 public:
  Lock(Journal& journal, int how) : journal_(journal), ours_(!journal.locked_) {
    if (!ours_) return;
    while (flock(journal.fd_.get(), how) != 0) {
      if (errno != EINTR) fail(journal.path_, "cannot be locked");
    }
    journal.locked_ = true;
  }
  ~Lock() {
    if (!ours_) return;
    flock(journal_.fd_.get(), LOCK_UN);
    journal_.locked_ = false;
  }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  Journal& journal_;
  bool ours_;
};

Journal::Journal(const std::string& path, Access access, Diagnostics& diagnostics)
    : path_(journal_file(path, "incidents.journal")), access_(access), diagnostics_(diagnostics) {
  const std::filesystem::path folder = std::filesystem::path(path_).parent_path();
  if (access == Access::read) {
    fd_ = Fd(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd_) {
      throw InputError(fmt::format("{}: cannot be read: {}; aiops-report incidents --journal writes one",
                                   path_, std::strerror(errno)));
    }
  } else {
    std::error_code error;
    if (!folder.empty()) std::filesystem::create_directories(folder, error);
    fd_ = Fd(open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
    if (!fd_) fail(path_, "cannot be opened for writing");
    if (access == Access::stream) lock_stream();
  }
  struct stat status {};
  if (fstat(fd_.get(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw UsageError(fmt::format("{}: no file; a journal is a file or a folder", path_));
  }
  if (!may_be_journal(fd_.get(), path_, is_line)) {
    throw UsageError(
        fmt::format("{}: is no journal of incidents, and is left as it is; name another file", path_));
  }
  if (access == Access::read) return;
  if (status.st_size == 0) sync_directory(folder.empty() ? "." : folder);  // it was made just now
  Lock lock(*this, LOCK_EX);
  remove_torn();
}

Journal::~Journal() = default;

void Journal::lock_stream() {
  const std::string name = path_ + ".lock";
  stream_lock_ = Fd(open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!stream_lock_) fail(name, "cannot be opened for writing");
  if (flock(stream_lock_.get(), LOCK_EX | LOCK_NB) == 0) return;
  if (errno != EWOULDBLOCK) fail(name, "cannot be locked");
  throw UsageError(fmt::format(
      "{}: another aiops-report incidents is writing it; end that, or give this one a journal of its own",
      path_));
}

// A last line without its end was never reported as written.
void Journal::remove_torn() {
  struct stat status {};
  if (fstat(fd_.get(), &status) != 0) fail(path_, "cannot be examined");
  const auto size = static_cast<std::uint64_t>(status.st_size);
  std::string block(64 * 1024, '\0');
  std::uint64_t keep = size;
  while (keep > 0) {
    const std::uint64_t begin = keep > block.size() ? keep - block.size() : 0;
    const ssize_t n = pread(fd_.get(), block.data(), keep - begin, static_cast<off_t>(begin));
    if (n != static_cast<ssize_t>(keep - begin)) fail(path_, "cannot be read");
    const auto newline = std::string_view(block).substr(0, keep - begin).rfind('\n');
    keep = newline == std::string_view::npos ? begin : begin + newline + 1;
    if (newline != std::string_view::npos) break;
  }
  if (keep == size) return;
  diagnostics_.warn(fmt::format("{}: its last line was cut off by a crash: {} of it removed", path_,
                                count(size - keep, "byte")));
  if (ftruncate(fd_.get(), static_cast<off_t>(keep)) != 0) fail(path_, "cannot be cut");
}

void Journal::take_line(std::string_view line) {
  ++line_;
  if (line.empty()) return;
  try {
    news_.push_back(parse(line));
  } catch (const InputError& error) {
    if (++damaged_ > kMostShown) return;
    diagnostics_.warn(fmt::format("{}:{}: {}: left out{}", path_, line_, error.what(),
                                  damaged_ == kMostShown ? "; further ones are not shown" : ""));
  }
}

void Journal::catch_up() {
  std::string buffer;
  std::size_t used = 0;
  while (true) {
    buffer.resize(used + kBlock);
    const ssize_t n = pread(fd_.get(), buffer.data() + used, kBlock, static_cast<off_t>(offset_ + used));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw InputError(fmt::format("{}: cannot be read: {}", path_, std::strerror(errno)));
    used += static_cast<std::size_t>(n);
    std::string_view rest(buffer.data(), used);
    while (true) {
      const std::size_t end = rest.find('\n');
      if (end == std::string_view::npos) break;
      take_line(rest.substr(0, end));
      offset_ += end + 1;
      rest.remove_prefix(end + 1);
    }
    buffer.erase(0, used - rest.size());
    used = rest.size();
    if (used > kLongestLine)
      throw InputError(fmt::format("{}:{}: no journal: a line has no end", path_, line_ + 1));
    if (n == 0) break;
  }
  if (used > 0 && access_ == Access::read && !told_torn_) {
    told_torn_ = true;
    diagnostics_.warn(
        fmt::format("{}:{}: was cut off by a crash: {} left out", path_, line_ + 1, count(used, "byte")));
  }
}

void Journal::read(const std::function<void(JournalEntry)>& take) {
  struct stat status {};
  if (fstat(fd_.get(), &status) == 0 && static_cast<std::uint64_t>(status.st_size) != offset_) {
    Lock lock(*this, LOCK_SH);
    catch_up();
  }
  std::vector<JournalEntry> news = std::exchange(news_, {});
  for (JournalEntry& entry : news) take(std::move(entry));
}

bool Journal::append(Event event, const Incident& incident) {
  Lock lock(*this, LOCK_EX);
  catch_up();
  const bool changed = std::any_of(news_.begin(), news_.end(),
                                   [&](const JournalEntry& one) { return one.incident.id == incident.id; });
  if (changed) return false;
  remove_torn();  // of another process that was killed meanwhile
  std::string line =
      fmt::format(R"({{"at":"{}","event":"{}","incident":)", format_time(aiops::now()), event_name(event));
  append_json(line, incident);
  line += "}\n";
  write_all(fd_.get(), line, path_);
  if (fdatasync(fd_.get()) != 0 && errno != EINVAL && errno != EROFS)
    fail(path_, "cannot be written to the disk");
  offset_ += line.size();
  ++line_;
  return true;
}

void Journal::exclusively(const std::function<void()>& work) {
  Lock lock(*this, LOCK_EX);
  work();
}

void JournalState::add(JournalEntry entry) {
  const auto found = std::find_if(entries_.rbegin(), entries_.rend(), [&](const JournalEntry& one) {
    return one.incident.id == entry.incident.id;
  });
  if (found != entries_.rend()) {
    *found = std::move(entry);
    return;
  }
  entries_.push_back(std::move(entry));
  if (most_ == 0 || entries_.size() <= most_) return;
  const auto over = std::find_if(entries_.begin(), entries_.end(),
                                 [](const JournalEntry& one) { return !one.incident.lasts(); });
  entries_.erase(over == entries_.end() ? entries_.begin() : over);
}

const JournalEntry* JournalState::find(std::string_view id) const {
  const JournalEntry* match = nullptr;
  for (const JournalEntry& one : entries_) {
    if (one.incident.id == id) return &one;
    if (!std::string_view(one.incident.id).starts_with(id)) continue;
    if (match != nullptr) {
      throw UsageError(fmt::format("\"{}\" begins several ids: {} and {}", printable(id), match->incident.id,
                                   one.incident.id));
    }
    match = &one;
  }
  return match;
}

}  // namespace aiops::incident
