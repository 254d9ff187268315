#include "source/loki_answer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

void read_labels(JsonReader& reader, Labels& labels) {
  labels.clear();
  std::string name;
  reader.enter_object();
  while (reader.next_key(name)) labels.emplace_back(name, reader.scalar());
  std::sort(labels.begin(), labels.end());
}

void read_list(JsonReader& reader, std::vector<std::string>& list) {
  if (reader.peek() == 'n') return reader.skip();
  reader.enter_array();
  while (reader.next_item()) list.emplace_back(reader.string());
}

// The members around the data.
template <class Data>
Answer read_envelope(JsonReader& reader, Data&& data) {
  Answer answer;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "status") {
      answer.status = reader.scalar();
    } else if (key == "data") {
      data();
    } else if (key == "error" || key == "message") {
      answer.error = reader.scalar();
    } else if (key == "warnings") {
      read_list(reader, answer.warnings);
    } else {
      reader.skip();
    }
  }
  if (answer.status.empty()) throw JsonError("there is no member \"status\" as in an answer of Loki", false);
  return answer;
}

}  // namespace

std::string stream_text(const Labels& labels) {
  std::string text = "{";
  for (const auto& [name, value] : labels) {
    if (text.size() > 1) text += ", ";
    text += name;
    text += '=';
    append_json_string(text, value);
  }
  return text + "}";
}

Answer LokiPage::read(JsonReader& reader, std::size_t memory) {
  streams_.clear();
  entries_.clear();
  fields_.clear();
  text_.clear();
  memory_ = memory;
  Answer answer = read_envelope(reader, [&] {
    if (reader.peek() != '{') return reader.skip();
    std::string key;
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "resultType") {
        if (const std::string_view type = reader.string(); type != "streams") {
          throw JsonError(
              fmt::format("the query gives a {}, not lines; ask for it with --metric-query", printable(type)),
              false);
        }
      } else if (key == "result" && reader.peek() == '[') {
        reader.enter_array();
        while (reader.next_item()) read_stream(reader);
      } else {
        reader.skip();
      }
    }
  });
  text_.append(kPadding, '\0');
  order();
  return answer;
}

void LokiPage::read_stream(JsonReader& reader) {
  const auto index = static_cast<std::uint32_t>(streams_.size());
  bool named = false;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "stream") {
      Stream& stream = streams_.emplace_back();
      read_labels(reader, stream.labels);
      stream.key = stream_text(stream.labels);
      named = true;
    } else if (key == "values") {
      if (!named) throw JsonError("a stream's lines come before its labels", false);
      reader.enter_array();
      while (reader.next_item()) read_entry(reader, index);
    } else {
      reader.skip();
    }
  }
}

std::uint32_t LokiPage::keep(std::string_view text) {
  if (text_.size() + text.size() > memory_) throw TooMuch{};
  const auto place = static_cast<std::uint32_t>(text_.size());
  text_ += text;
  return place;
}

// ["1700000000000000000", "line"] or with {"structuredMetadata": {…}, "parsed": {…}} behind
void LokiPage::read_entry(JsonReader& reader, std::uint32_t stream) {
  Entry entry;
  entry.stream = stream;
  reader.enter_array();
  if (!reader.next_item()) throw JsonError("an entry without time and line", false);
  const std::string_view time = reader.string();
  const auto nanoseconds = parse_int(time);
  if (!nanoseconds) throw JsonError(fmt::format("{} is no time in nanoseconds", printable(time)), false);
  entry.time = *nanoseconds;
  if (!reader.next_item()) throw JsonError("an entry without a line", false);
  const std::string_view line = reader.string();
  entry.length = static_cast<std::uint32_t>(line.size());
  entry.line = keep(line);
  entry.field = static_cast<std::uint32_t>(fields_.size());
  while (reader.next_item()) {
    if (reader.peek() != '{') {
      reader.skip();
      continue;
    }
    std::string key;
    reader.enter_object();
    while (reader.next_key(key)) {
      if ((key == "structuredMetadata" || key == "parsed") && reader.peek() == '{') {
        read_fields(reader, key == "parsed");
      } else {
        reader.skip();
      }
    }
  }
  entry.fields = static_cast<std::uint32_t>(fields_.size()) - entry.field;
  entries_.push_back(entry);
}

void LokiPage::read_fields(JsonReader& reader, bool parsed) {
  std::string name;
  reader.enter_object();
  while (reader.next_key(name)) {
    Field field{};
    field.parsed = parsed;
    field.name_length = static_cast<std::uint32_t>(name.size());
    field.name = keep(name);
    const std::string_view value = reader.scalar();
    field.value_length = static_cast<std::uint32_t>(value.size());
    field.value = keep(value);
    fields_.push_back(field);
  }
}

// What came with the line, as it stands in the text: its fields were read one behind the other.
std::string_view LokiPage::metadata(const Entry& entry) const {
  std::size_t begin = 0, end = 0;
  for (std::size_t i = entry.field; i < entry.field + entry.fields; ++i) {
    if (fields_[i].parsed) continue;
    if (end == 0) begin = fields_[i].name;
    end = fields_[i].value + fields_[i].value_length;
  }
  return std::string_view(text_).substr(begin, end - begin);
}

std::uint64_t LokiPage::hash(const Entry& entry) {
  hashed_.assign(stream(entry).key);
  const auto add = [this](std::uint64_t number) {
    hashed_.append(reinterpret_cast<const char*>(&number), sizeof number);
  };
  add(static_cast<std::uint64_t>(entry.time));
  add(entry.ordinal);
  add(entry.length);
  return checksum(hashed_.append(metadata(entry)).append(line(entry)));
}

void LokiPage::order() {
  std::vector<std::uint32_t> rank(streams_.size()), by_key(streams_.size());
  for (std::uint32_t i = 0; i < by_key.size(); ++i) by_key[i] = i;
  std::sort(by_key.begin(), by_key.end(),
            [&](std::uint32_t a, std::uint32_t b) { return streams_[a].key < streams_[b].key; });
  for (std::uint32_t i = 0; i < by_key.size(); ++i) {
    const bool same = i > 0 && streams_[by_key[i]].key == streams_[by_key[i - 1]].key;
    rank[by_key[i]] = same ? rank[by_key[i - 1]] : i;
  }
  // Of an instant of a stream, Loki gives lines with different metadata in any order, another each time;
  // those with the same metadata come in the order in which they were written.
  std::stable_sort(entries_.begin(), entries_.end(), [&](const Entry& a, const Entry& b) {
    if (a.time != b.time) return a.time < b.time;
    if (rank[a.stream] != rank[b.stream]) return rank[a.stream] < rank[b.stream];
    return a.fields + b.fields != 0 && metadata(a) < metadata(b);
  });
  // Loki drops repeats of a line itself; those that come nevertheless get different ids.
  std::unordered_map<std::string_view, std::uint32_t> times;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    const Entry& before = entries_[i - 1];
    Entry& entry = entries_[i];
    if (before.time != entry.time || rank[before.stream] != rank[entry.stream] ||
        metadata(before) != metadata(entry)) {
      times.clear();
      continue;
    }
    if (times.empty()) times.emplace(line(before), 0);
    const auto [place, first] = times.emplace(line(entry), 0);
    if (!first) entry.ordinal = ++place->second;
  }
}

Answer read_streams(JsonReader& reader, std::vector<Labels>& streams) {
  return read_envelope(reader, [&] {
    if (reader.peek() != '[') return reader.skip();
    reader.enter_array();
    while (reader.next_item()) read_labels(reader, streams.emplace_back());
  });
}

SelectorPlace selector_of(std::string_view query) {
  SelectorPlace place;
  bool open = false;
  char quote = 0;
  for (std::size_t i = 0; i < query.size(); ++i) {
    const char c = query[i];
    if (quote != 0) {
      if (c == '\\' && quote == '"') {
        ++i;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '"' || c == '`') {
      quote = c;
    } else if (c == '{' && !open) {
      open = true;
      place.open = i;
    } else if (c == '}' && open) {
      place.close = i;
      return place;
    }
  }
  return {};
}

}  // namespace aiops::source
