// The account of a run over files, and where the next one goes on.
#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "source/files.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kSource = "files", kFormat = "1";

std::string_view name_of_kind(RecordKind kind) {
  return kind == RecordKind::log ? "log" : kind == RecordKind::sample ? "sample" : "";
}

std::string time_json(Nanos time) { return time == kNoTime ? "null" : json_string(format_time(time)); }

std::string counts_json(const FilesAccount::File& file) {
  return fmt::format("\"lines\": {}, \"records\": {}, \"rejected\": {}, \"first\": {}, \"last\": {}",
                     file.lines, file.records, file.rejected, time_json(file.first), time_json(file.last));
}

std::uint64_t integer(std::string_view text) {
  // 64-bit checksums do not fit parse_int: they are written in hexadecimal.
  const auto value = parse_int(text);
  if (!value || *value < 0) throw JsonError(fmt::format("{} is no count", printable(text)), false);
  return static_cast<std::uint64_t>(*value);
}

TailPosition read_position(JsonReader& reader) {
  TailPosition position;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "path") {
      position.path = reader.string();
    } else if (key == "inode") {
      position.inode = integer(reader.number());
    } else if (key == "offset") {
      position.offset = integer(reader.number());
    } else if (key == "line") {
      position.line = integer(reader.number());
    } else if (key == "head") {
      position.head = std::strtoull(std::string(reader.string()).c_str(), nullptr, 16);
    } else if (key == "rotated") {
      position.rotated = reader.scalar() == "true";
    } else if (key == "state") {
      position.state = reader.string();
    } else {
      reader.skip();
    }
  }
  return position;
}

}  // namespace

FilesAccount::File FilesAccount::total() const {
  File sum;
  for (const File& file : files) {
    sum.lines += file.lines;
    sum.records += file.records;
    sum.rejected += file.rejected;
    if (file.records == 0) continue;
    if (sum.first == kNoTime || file.first < sum.first) sum.first = file.first;
    sum.last = std::max(sum.last, file.last);
  }
  return sum;
}

std::string FilesAccount::summary() const {
  const File sum = total();
  std::string text = fmt::format("files: {}, {}, {}", count(files.size(), "file"), count(sum.lines, "line"),
                                 count(sum.records, kind == RecordKind::sample ? "sample" : "log record"));
  if (sum.rejected != 0) text += fmt::format(", {} rejected", thousands(sum.rejected));
  if (sum.records != 0) text += fmt::format(", {} to {}", format_time(sum.first), format_time(sum.last));
  return text;
}

std::string FilesAccount::json() const {
  std::string text = fmt::format(
      "{{\n  \"source\": {},\n  \"record\": {},\n  \"started\": {},\n  \"finished\": {},\n",
      json_string(kSource), json_string(name_of_kind(kind)), time_json(started), time_json(finished));
  text += "  \"parts\": [";
  for (std::size_t i = 0; i < files.size(); ++i) {
    text +=
        fmt::format("{}\n    {{\"name\": {}, \"format\": {}, {}}}", i == 0 ? "" : ",",
                    json_string(files[i].name), json_string(name_of(files[i].format)), counts_json(files[i]));
  }
  text += fmt::format("{}],\n  {},\n  \"left_out\": {{", files.empty() ? "" : "\n  ", counts_json(total()));
  for (std::size_t i = 0; i < left_out.size(); ++i) {
    text += fmt::format("{}{}: {}", i == 0 ? "" : ", ", json_string(left_out[i].first), left_out[i].second);
  }
  text += "},\n  \"warnings\": [";
  for (std::size_t i = 0; i < warnings.size(); ++i) text += (i == 0 ? "" : ", ") + json_string(warnings[i]);
  return text + fmt::format("],\n  \"complete\": {}\n}}\n", total().rejected == 0);
}

std::optional<FilesCheckpoint> FilesCheckpoint::load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const std::string text = read_file(path);
  FilesCheckpoint checkpoint;
  std::string key, source, format;
  try {
    bool given = false;
    JsonReader reader(
        [&] { return std::exchange(given, true) ? std::string_view() : std::string_view(text); });
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "source") {
        source = reader.string();
      } else if (key == "format") {
        format = reader.scalar();
      } else if (key == "output") {
        checkpoint.output = reader.string();
      } else if (key == "length") {
        checkpoint.length = integer(reader.number());
      } else if (key == "record") {
        const std::string_view kind = reader.string();
        checkpoint.kind = kind == "log"      ? RecordKind::log
                          : kind == "sample" ? RecordKind::sample
                                             : RecordKind::automatic;
      } else if (key == "files") {
        reader.enter_array();
        while (reader.next_item()) checkpoint.positions.push_back(read_position(reader));
      } else {
        reader.skip();
      }
    }
    reader.finish();
  } catch (const JsonError& error) {
    throw InputError(fmt::format("{} is no checkpoint: {}", path.string(), error.what()));
  }
  if (source != kSource || format != kFormat) {
    throw InputError(
        fmt::format("{} is no checkpoint of aiops-collect files that this version can read; choose "
                    "another file, or remove it to begin anew",
                    path.string()));
  }
  return checkpoint;
}

void FilesCheckpoint::save(const std::filesystem::path& path) const {
  std::string text = fmt::format(
      "{{\"format\": {}, \"source\": {}, \"output\": {}, \"length\": {}, \"record\": {}, "
      "\"files\": [",
      kFormat, json_string(kSource), json_string(output), length, json_string(name_of_kind(kind)));
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const TailPosition& position = positions[i];
    text += fmt::format(
        "{}\n  {{\"path\": {}, \"inode\": {}, \"offset\": {}, \"line\": {}, \"head\": \"{:016x}\", "
        "\"rotated\": {}, \"state\": {}}}",
        i == 0 ? "" : ",", json_string(position.path), position.inode, position.offset, position.line,
        position.head, position.rotated, json_string(position.state));
  }
  write_file(path, text + "]}\n");
}

}  // namespace aiops::source
