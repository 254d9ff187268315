#include "source/elasticsearch_answer.hpp"

#include <fmt/core.h>

#include <utility>

#include "base/number.hpp"
#include "base/text.hpp"
#include "source/json_log.hpp"

namespace aiops::source {
namespace {

std::uint64_t whole(JsonReader& reader) {
  const std::string_view text = reader.number();
  const auto number = parse_int(text);
  if (!number || *number < 0)
    throw JsonError(fmt::format("expected a count, found {}", printable(text)), false);
  return static_cast<std::uint64_t>(*number);
}

// A text, or nothing where something else stands.
std::string text_or_skip(JsonReader& reader) {
  const char c = reader.peek();
  if (c == '"') return std::string(reader.string());
  reader.skip();
  return {};
}

// {"type":…,"reason":…,"root_cause":[…],"caused_by":{…},"failed_shards":[…]}, or a text alone.
struct Cause {
  std::string type, reason, deeper;

  void read(JsonReader& reader, int depth = 0);
  void read_deeper(JsonReader& reader, int depth);
  std::string text() const;
};

void Cause::read_deeper(JsonReader& reader, int depth) {
  Cause cause;
  cause.read(reader, depth + 1);
  if (const std::string said = cause.text(); !said.empty()) deeper = said;
}

void Cause::read(JsonReader& reader, int depth) {
  if (reader.peek() != '{' || depth > 8) {
    reason = text_or_skip(reader);
    return;
  }
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "type") {
      type = text_or_skip(reader);
    } else if (key == "reason") {
      // In the entry of a shard the reason is an error of its own.
      reader.peek() == '{' ? read_deeper(reader, depth) : void(reason = text_or_skip(reader));
    } else if (key == "caused_by") {
      read_deeper(reader, depth);
    } else if ((key == "root_cause" || key == "failed_shards" || key == "failures") && reader.peek() == '[') {
      reader.enter_array();
      while (reader.next_item()) deeper.empty() ? read_deeper(reader, depth) : reader.skip();
    } else {
      reader.skip();
    }
  }
}

std::string Cause::text() const {
  std::string text = type;
  if (!reason.empty()) text += (text.empty() ? "" : ": ") + reason;
  // An error often repeats what it was caused by.
  if (deeper.empty() || deeper == text) return text;
  if (text.empty() || deeper.find(text) != std::string::npos) return deeper;
  return fmt::format("{} ({})", text, deeper);
}

class Search {
 public:
  Search(JsonReader& reader, const SearchHandler& handler) : reader_(reader), handler_(handler) {}

  void body();
  SearchAnswer answer;

 private:
  void shards();
  void hits();
  void total();
  void hit();
  void keep(std::string& text, std::string_view value) { text.assign(value); }

  JsonReader& reader_;
  const SearchHandler& handler_;
  std::string index_, id_, source_, sort_;
};

void Search::body() {
  std::string key;
  reader_.enter_object();
  while (reader_.next_key(key)) {
    if (key == "hits") {
      hits();
    } else if (key == "_shards") {
      shards();
    } else if (key == "timed_out") {
      answer.timed_out = reader_.scalar() == "true" || answer.timed_out;
    } else if (key == "pit_id") {
      answer.pit_id = reader_.string();
    } else if (key == "_scroll_id") {
      answer.scroll_id = reader_.string();
    } else if (key == "aggregations" && handler_.aggregations) {
      handler_.aggregations(reader_);
    } else if (key == "responses" && reader_.peek() == '[') {
      reader_.enter_array();
      while (reader_.next_item()) body();
    } else if (key == "error") {
      Cause cause;
      cause.read(reader_);
      answer.error = cause.text().empty() ? "an error without a text" : cause.text();
    } else {
      reader_.skip();
    }
  }
}

void Search::shards() {
  std::string key;
  reader_.enter_object();
  while (reader_.next_key(key)) {
    if (key == "total") {
      answer.shards += whole(reader_);
    } else if (key == "failed") {
      answer.failed_shards += whole(reader_);
    } else if (key == "failures" && reader_.peek() == '[') {
      reader_.enter_array();
      while (reader_.next_item()) {
        Cause cause;
        cause.read(reader_);
        if (answer.failure.empty()) answer.failure = cause.text();
      }
    } else {
      reader_.skip();
    }
  }
}

void Search::hits() {
  std::string key;
  reader_.enter_object();
  while (reader_.next_key(key)) {
    if (key == "total") {
      total();
    } else if (key == "hits") {
      reader_.enter_array();
      while (reader_.next_item()) hit();
    } else {
      reader_.skip();
    }
  }
}

// {"value":12,"relation":"eq"}, and before version 7 a number.
void Search::total() {
  std::string key;
  std::uint64_t value = 0;
  if (reader_.peek() == '{') {
    reader_.enter_object();
    while (reader_.next_key(key)) {
      if (key == "value") {
        value = whole(reader_);
      } else if (key == "relation") {
        answer.total_exact = reader_.string() == "eq" && answer.total_exact;
      } else {
        reader_.skip();
      }
    }
  } else {
    value = whole(reader_);
  }
  answer.total = answer.total.value_or(0) + value;
}

void Search::hit() {
  std::string key;
  index_.clear(), id_.clear(), source_.clear(), sort_.clear();
  reader_.enter_object();
  while (reader_.next_key(key)) {
    if (key == "_source") {
      keep(source_, reader_.raw());
    } else if (key == "_id") {
      keep(id_, reader_.string());
    } else if (key == "_index") {
      keep(index_, reader_.string());
    } else if (key == "sort") {
      keep(sort_, reader_.raw());
    } else {
      reader_.skip();
    }
  }
  ++answer.hits;
  answer.last_sort = sort_;
  const std::size_t size = source_.size();
  source_.append(JsonLog::kPadding, '\0');
  if (handler_.hit) handler_.hit({index_, id_, std::string_view(source_).substr(0, size), sort_});
}

}  // namespace

std::string SearchAnswer::what_is_missing() const {
  if (!error.empty()) return "the server says: " + printable(error, 500);
  if (timed_out) return "the search timed out at the server, its answer is partial";
  if (failed_shards != 0) {
    return fmt::format("{} of {} failed, the answer is partial{}", failed_shards, count(shards, "shard"),
                       failure.empty() ? "" : ": " + printable(failure, 500));
  }
  return {};
}

SearchAnswer read_search_answer(JsonReader& reader, const SearchHandler& handler) {
  Search search(reader, handler);
  search.body();
  reader.finish();
  return std::move(search.answer);
}

std::string search_error_text(const std::string& body) {
  try {
    JsonReader reader([&body, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(body);
    });
    std::string key, text;
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key == "error") {
        Cause cause;
        cause.read(reader);
        text = cause.text();
      } else if (key == "message" && text.empty()) {
        text = text_or_skip(reader);
      } else {
        reader.skip();
      }
    }
    return text;
  } catch (const JsonError&) {
    return {};
  }
}

std::optional<std::int64_t> first_number(std::string_view sort) {
  if (!sort.starts_with('[')) return std::nullopt;
  sort.remove_prefix(1);
  const std::size_t end = sort.find_first_of(",]");
  return end == std::string_view::npos ? std::nullopt : parse_int(trim(sort.substr(0, end)));
}

}  // namespace aiops::source
