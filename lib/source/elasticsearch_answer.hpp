// The answers of Elasticsearch and OpenSearch to a search, read as they arrive.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {

// One document. It all points into what the next one overwrites.
struct SearchHit {
  std::string_view index, id;
  std::string_view
      source;  // the document's JSON, with JsonLog::kPadding readable bytes behind it; "": not kept
  std::string_view sort;  // its place in the order, a JSON array; "": none
};

// What an answer says beside its documents.
struct SearchAnswer {
  bool timed_out = false;
  std::uint64_t shards = 0, failed_shards = 0;
  std::string failure;  // why the first of those failed
  std::uint64_t hits = 0;
  std::optional<std::uint64_t> total;  // how many there are in all
  bool total_exact = true;             // false: at least so many
  std::string pit_id, scroll_id;
  std::string last_sort;  // of the last document
  std::string error;      // an error within an answer that has the status 200

  // "" if it is all that was asked for, else why it is not.
  std::string what_is_missing() const;
};

struct SearchHandler {
  std::function<void(const SearchHit&)> hit;
  // At the value of "aggregations", to be read or skipped.
  std::function<void(JsonReader&)> aggregations;
};

// Reads an answer of _search, of scrolling, or of _msearch (then all answers in it, one after another).
// Throws JsonError for anything else.
SearchAnswer read_search_answer(JsonReader& reader, const SearchHandler& handler);

// What the body of an error says: "index_not_found_exception: no such index [x]"; "" if it is no error of
// these servers.
std::string search_error_text(const std::string& body);

// The time in a place of the order, [1767225600000000001,…]: its first value.
std::optional<std::int64_t> first_number(std::string_view sort);

}  // namespace aiops::source
