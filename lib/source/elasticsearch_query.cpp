#include "source/elasticsearch_query.hpp"

#include <fmt/core.h>

#include <array>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {
namespace {

constexpr std::array<std::string_view, 3> kPassedOn = {"runtime_mappings", "_source", "post_filter"};
constexpr std::array<std::string_view, 12> kOurs = {
    "size", "sort",  "from",         "search_after",     "aggs",    "aggregations",
    "pit",  "slice", "track_scores", "track_total_hits", "timeout", "collapse"};

template <class List>
bool has(const List& list, std::string_view name) {
  for (const std::string_view one : list) {
    if (one == name) return true;
  }
  return false;
}

}  // namespace

SearchBody::SearchBody(const SearchQuery& query, std::string time_field, const std::string& file)
    : time_field_(std::move(time_field)) {
  if (!query.text.empty() && !query.body.empty()) throw UsageError("--query and --body exclude each other");
  if (time_field_.empty()) throw UsageError("--time-field: expected the name of a field of dates");
  if (!query.body.empty()) read(query.body, file);
  if (!query.text.empty()) {
    query_ =
        fmt::format(R"({{"query_string":{{"query":{},"analyze_wildcard":true}}}})", json_string(query.text));
  }
}

void SearchBody::read(const std::string& body, const std::string& file) {
  const auto fail = [&file](std::string_view what) {
    throw UsageError(fmt::format("{}: {}; expected {{\"query\": {{…}}}} or a query alone", file, what));
  };
  std::string key, alone;
  std::size_t keys = 0;
  try {
    JsonReader reader([&body, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(body);
    });
    if (reader.peek() != '{') fail("no JSON object");
    reader.enter_object();
    for (; reader.next_key(key); ++keys) {
      if (has(kOurs, key)) {
        fail(fmt::format("{} is decided by aiops-collect", json_string(key)));
      }
      if (key == "query") {
        query_ = reader.raw();
      } else if (has(kPassedOn, key)) {
        beside_ += fmt::format(",{}:{}", json_string(key), reader.raw());
      } else {
        alone = key;
        reader.skip();
      }
    }
    reader.finish();
  } catch (const JsonError& error) {
    fail(fmt::format("not valid JSON: {}", error.what()));
  }
  if (alone.empty()) return;
  if (keys != 1) fail(fmt::format("{} is not known beside others", json_string(alone)));
  query_ = body;
}

std::string SearchBody::members(Nanos from, Nanos to, std::string_view also) const {
  // Most indices keep milliseconds: what stands in a cut one is asked for, and looked at when it is here.
  const auto floor = [](Nanos time) { return time / kMillisecond - (time % kMillisecond < 0 ? 1 : 0); };
  std::string text = fmt::format(
      R"("query":{{"bool":{{"filter":[{{"range":{{{}:{{"gte":{},"lt":{},"format":"epoch_millis"}}}}}})",
      json_string(time_field_), floor(from), floor(to - 1) + 1);
  if (!query_.empty()) text += "," + query_;
  if (!also.empty()) (text += ',') += also;
  return text + "]}}" + beside_;
}

std::string index_path(std::string_view index) {
  std::string path;
  for (const char c : index) {
    if (c == ',' || c == '*') {
      path += c;
    } else {
      net::append_encoded(path, {&c, 1});
    }
  }
  return path;
}

}  // namespace aiops::source
