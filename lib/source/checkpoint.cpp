#include "source/checkpoint.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {
namespace {

constexpr int kFormat = 1;

JsonReader reader_of(std::string_view text) {
  return JsonReader(
      [text, given = false]() mutable { return std::exchange(given, true) ? std::string_view() : text; });
}

std::uint64_t length_of(std::string_view text) {
  const auto value = parse_int(text);
  if (!value || *value < 0) throw JsonError(fmt::format("{} is no length", printable(text)), false);
  return static_cast<std::uint64_t>(*value);
}

Checkpoint::Position read_position(JsonReader& reader) {
  Checkpoint::Position position;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "feed") {
      position.feed = reader.string();
    } else if (key == "next") {
      position.next = parse_time(reader.string()).value_or(kNoTime);
    } else if (key == "known") {
      reader.enter_array();
      while (reader.next_item()) position.known.emplace_back(reader.string());
    } else {
      reader.skip();
    }
  }
  return position;
}

// Enters one member; unknown ones are passed over.
void read_member(JsonReader& reader, const std::string& key, Checkpoint& checkpoint, int& format) {
  if (key == "format") {
    format = reader.scalar() == std::to_string(kFormat) ? kFormat : -1;
  } else if (key == "source") {
    checkpoint.source = reader.string();
  } else if (key == "asked") {
    checkpoint.asked = reader.string();
  } else if (key == "step") {
    checkpoint.step = parse_duration(reader.string()).value_or(0);
  } else if (key == "next") {
    checkpoint.next = parse_time(reader.string()).value_or(kNoTime);
  } else if (key == "output") {
    checkpoint.output = reader.string();
  } else if (key == "length") {
    checkpoint.length = length_of(reader.number());
  } else if (key == "columns") {
    checkpoint.header = true;
    reader.enter_array();
    while (reader.next_item()) checkpoint.columns.emplace_back(reader.string());
  } else if (key == "positions") {
    reader.enter_array();
    while (reader.next_item()) checkpoint.positions.push_back(read_position(reader));
  } else {
    reader.skip();
  }
}

std::string position_json(const Checkpoint::Position& position) {
  std::string text = fmt::format("{{\"feed\": {}, \"next\": {}, \"known\": [", json_string(position.feed),
                                 json_string(format_time(position.next)));
  for (std::size_t i = 0; i < position.known.size(); ++i) {
    text += (i == 0 ? "" : ", ") + json_string(position.known[i]);
  }
  return text + "]}";
}

[[noreturn]] void fail(const std::filesystem::path& path, std::string_view what) {
  throw OutputError(fmt::format("{}: {}: {}", path.string(), what, std::strerror(errno)));
}

}  // namespace

std::optional<Checkpoint> Checkpoint::load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const std::string text = read_file(path);
  Checkpoint checkpoint;
  int format = 0;
  try {
    JsonReader reader = reader_of(text);
    reader.enter_object();
    std::string key;
    while (reader.next_key(key)) read_member(reader, key, checkpoint, format);
    reader.finish();
  } catch (const JsonError& error) {
    throw InputError(fmt::format("{} is no checkpoint: {}", path.string(), error.what()));
  }
  if (format != kFormat || checkpoint.next == kNoTime) {
    throw InputError(
        fmt::format("{} is no checkpoint that this version can read; choose another file, or remove it "
                    "to begin anew",
                    path.string()));
  }
  return checkpoint;
}

void Checkpoint::save(const std::filesystem::path& path) const {
  std::string text = fmt::format(
      "{{\"format\": {}, \"source\": {}, \"asked\": {}, \"step\": {}, \"next\": {}, \"output\": {}, "
      "\"length\": {}",
      kFormat, json_string(source), json_string(asked), json_string(format_duration(step)),
      json_string(format_time(next)), json_string(output), length);
  if (header) {
    text += ", \"columns\": [";
    for (std::size_t i = 0; i < columns.size(); ++i) text += (i == 0 ? "" : ", ") + json_string(columns[i]);
    text += ']';
  }
  if (!positions.empty()) {
    text += ", \"positions\": [";
    for (std::size_t i = 0; i < positions.size(); ++i) {
      text += (i == 0 ? "" : ", ") + position_json(positions[i]);
    }
    text += ']';
  }
  write_file(path, text + "}\n");
}

std::optional<Checkpoint> take_up(const std::filesystem::path& path, const Checkpoint& expected) {
  auto found = Checkpoint::load(path);
  if (!found) return found;
  const auto refuse = [&path](std::string_view what) {
    throw UsageError(
        fmt::format("{}: the run that left this checkpoint {}; use another checkpoint, or remove it to "
                    "begin anew",
                    path.string(), what));
  };
  if (found->source != expected.source) refuse(fmt::format("collected from {}", printable(found->source)));
  if (found->step != expected.step) refuse(fmt::format("had the step {}", format_duration(found->step)));
  if (found->asked != expected.asked) {
    refuse("asked for something else (queries, labels or format differ)");
  }
  if (found->output != expected.output) {
    refuse(fmt::format("wrote to {}", found->output.empty() ? "standard output" : printable(found->output)));
  }
  return found;
}

void refuse_unknown_content(const std::string& output, const std::string& checkpoint) {
  throw UsageError(
      fmt::format("{} is there, but its checkpoint {} is not: what it holds cannot be told; move it away, or "
                  "bring the checkpoint back",
                  output, checkpoint));
}

std::string fingerprint(const std::vector<std::string>& parts) {
  std::string all;
  for (const std::string& part : parts) all += std::to_string(part.size()) + ':' + part;
  return fmt::format("{:016x}", checksum(all));
}

GrowingFile::GrowingFile(const std::filesystem::path& path) : path_(path) {
  fd_ = Fd(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  if (!fd_) fail(path, "cannot be opened for writing");
  if (flock(fd_.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      throw OutputError(fmt::format("{}: another process is writing it", path.string()));
    fail(path, "cannot be locked");
  }
  lseek(fd_.get(), 0, SEEK_END);
}

std::uint64_t GrowingFile::length() const {
  struct stat status {};
  if (fstat(fd_.get(), &status) != 0) fail(path_, "cannot be examined");
  return static_cast<std::uint64_t>(status.st_size);
}

void GrowingFile::cut(std::uint64_t length) {
  if (this->length() < length) {
    throw OutputError(
        fmt::format("{} has {}, but the checkpoint says {}: it is not the file that was written; "
                    "bring it back, or remove the checkpoint to begin anew",
                    path_.string(), count(this->length(), "byte"), thousands(length)));
  }
  if (this->length() > length && ftruncate(fd_.get(), static_cast<off_t>(length)) != 0)
    fail(path_, "cannot be cut");
  lseek(fd_.get(), 0, SEEK_END);
}

void GrowingFile::cut_half_line() {
  std::string block(64 * 1024, '\0');
  for (std::uint64_t end = length(); end > 0;) {
    const std::uint64_t begin = end > block.size() ? end - block.size() : 0;
    const ssize_t n = pread(fd_.get(), block.data(), end - begin, static_cast<off_t>(begin));
    if (n != static_cast<ssize_t>(end - begin)) fail(path_, "cannot be read");
    const auto newline = std::string_view(block).substr(0, end - begin).rfind('\n');
    if (newline != std::string_view::npos) return cut(begin + newline + 1);
    end = begin;
  }
  cut(0);
}

void GrowingFile::sync() const {
  if (fdatasync(fd_.get()) != 0 && errno != EINVAL && errno != EROFS)
    fail(path_, "cannot be written to the disk");
}

Fd GrowingFile::writer() const {
  Fd copy(fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0));
  if (!copy) fail(path_, "cannot be opened for writing");
  return copy;
}

std::string GrowingFile::first_line() const {
  std::string line(64 * 1024, '\0');
  const ssize_t n = pread(fd_.get(), line.data(), line.size(), 0);
  line.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  const auto end = line.find('\n');
  return end == std::string::npos ? std::string() : line.substr(0, end);
}

}  // namespace aiops::source
