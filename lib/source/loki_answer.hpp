// Answers of Loki's HTTP API that hold log lines.
// https://grafana.com/docs/loki/latest/reference/loki-http-api/
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "source/json_reader.hpp"
#include "source/prometheus_answer.hpp"

namespace aiops::source {

// A page of lines. Texts are views into it: valid until the next read, with kPadding readable bytes behind.
class LokiPage {
 public:
  struct Stream {
    Labels labels;    // in the order of their names
    std::string key;  // {host="a", job="x"}: tells it from all others
  };
  struct Field {
    std::uint32_t name, name_length, value, value_length;
    bool parsed;  // by the query's pipeline; else it came with the line (structured metadata)
  };
  struct Entry {
    Nanos time = 0;
    std::uint32_t stream = 0;
    std::uint32_t line = 0, length = 0;
    std::uint32_t field = 0, fields = 0;  // the first one, and how many
    std::uint32_t ordinal = 0;            // among entries that are the same in everything
  };

  // Reads the whole answer to query_range, and puts the entries in the order of time, then of the streams.
  // Throws JsonError; TooMuch, when it is more than `memory` bytes.
  Answer read(JsonReader& reader, std::size_t memory);
  struct TooMuch {};

  const std::vector<Entry>& entries() const { return entries_; }
  const Stream& stream(const Entry& entry) const { return streams_[entry.stream]; }
  const std::vector<Stream>& streams() const { return streams_; }
  const Field& field(std::size_t i) const { return fields_[i]; }
  std::string_view line(const Entry& entry) const { return {text_.data() + entry.line, entry.length}; }
  std::string_view name(const Field& field) const { return {text_.data() + field.name, field.name_length}; }
  std::string_view value(const Field& field) const {
    return {text_.data() + field.value, field.value_length};
  }
  // Tells the entry from all others of the server, whichever query and page it came in.
  std::uint64_t hash(const Entry& entry);

  static constexpr std::size_t kPadding = 64;

 private:
  void read_stream(JsonReader& reader);
  void read_entry(JsonReader& reader, std::uint32_t stream);
  void read_fields(JsonReader& reader, bool parsed);
  std::uint32_t keep(std::string_view text);
  std::string_view metadata(const Entry& entry) const;
  void order();

  std::vector<Stream> streams_;
  std::vector<Entry> entries_;
  std::vector<Field> fields_;
  std::string text_, hashed_;
  std::size_t memory_ = 0;
};

// The answer to /series: a set of labels for each stream. Throws JsonError.
Answer read_streams(JsonReader& reader, std::vector<Labels>& streams);

// {host="a", job="x"}
std::string stream_text(const Labels& labels);

// Where the stream selector of a log query stands: [open, close], both braces included; {0, 0} if it has
// none.
struct SelectorPlace {
  std::size_t open = 0, close = 0;
};
SelectorPlace selector_of(std::string_view query);

}  // namespace aiops::source
