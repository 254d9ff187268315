// What is sent to Elasticsearch and OpenSearch: the bodies of searches, made of what the user asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace aiops::source {

// Which documents, as the user says it. At most one of the two.
struct SearchQuery {
  std::string text;  // in the language of query strings: status:>=500 AND service:cart; "": all
  std::string body;  // JSON: {"query":{…}} as of _search, or a query alone; "": none
};

// Reads a body and takes from it what a search may have. Throws UsageError that names the file: it is no JSON
// object, or it asks for what is decided here (size, sort, aggregations …).
class SearchBody {
 public:
  SearchBody(const SearchQuery& query, std::string time_field, const std::string& file);

  // The members "query" (with from <= time < to) and those that the user's body has beside it: no braces.
  // also: one more clause that documents have to meet, "": none.
  std::string members(Nanos from, Nanos to, std::string_view also = {}) const;

  const std::string& time_field() const { return time_field_; }

 private:
  void read(const std::string& body, const std::string& file);

  std::string time_field_;
  std::string query_;   // JSON; "": all
  std::string beside_;  // ,"runtime_mappings":{…}
};

// A path of an address: commas and * stay, as they have a meaning in names of indices.
std::string index_path(std::string_view index);

}  // namespace aiops::source
