#include <fmt/core.h>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "source/json_reader.hpp"
#include "source/kafka.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kSource = "kafka", kFormat = "1";

std::int64_t integer(std::string_view text) {
  const auto value = parse_int(text);
  if (!value || *value < 0) throw JsonError(fmt::format("{} is no count", printable(text)), false);
  return *value;
}

void read_positions(JsonReader& reader, net::KafkaPositions& positions) {
  reader.enter_array();
  while (reader.next_item()) {
    net::KafkaPartition partition;
    std::int64_t offset = -1;
    std::string key;
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "topic") {
        partition.topic = reader.string();
      } else if (key == "partition") {
        partition.number = static_cast<std::int32_t>(integer(reader.number()));
      } else if (key == "next") {
        offset = integer(reader.number());
      } else {
        reader.skip();
      }
    }
    if (offset < 0) throw JsonError("a position without an offset", false);
    positions[std::move(partition)] = offset;
  }
}

}  // namespace

std::optional<KafkaCheckpoint> KafkaCheckpoint::load(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  const std::string text = read_file(path);
  KafkaCheckpoint found;
  std::string source, format, key;
  try {
    JsonReader reader([&text, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(text);
    });
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "source") {
        source = reader.string();
      } else if (key == "format") {
        format = reader.scalar();
      } else if (key == "asked") {
        found.asked = reader.string();
      } else if (key == "output") {
        found.output = reader.string();
      } else if (key == "length") {
        found.length = static_cast<std::uint64_t>(integer(reader.number()));
      } else if (key == "positions") {
        read_positions(reader, found.positions);
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
        fmt::format("{} is no checkpoint of aiops-collect kafka that this version can read; choose "
                    "another file, or remove it to begin anew",
                    path.string()));
  }
  return found;
}

void KafkaCheckpoint::save(const std::filesystem::path& path) const {
  std::string text =
      fmt::format("{{\"format\": {}, \"source\": {}, \"asked\": {}, \"output\": {}, \"length\": {}", kFormat,
                  json_string(kSource), json_string(asked), json_string(output), length);
  text += ",\n \"positions\": [";
  bool first = true;
  for (const auto& [partition, offset] : positions) {
    text += fmt::format("{}\n  {{\"topic\": {}, \"partition\": {}, \"next\": {}}}", first ? "" : ",",
                        json_string(partition.topic), partition.number, offset);
    first = false;
  }
  write_file(path, text + "]}\n");
}

}  // namespace aiops::source
