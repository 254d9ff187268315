// Elasticsearch (7 and 8) and OpenSearch: documents as log records.
//
// A fetch takes a view of the index that does not change meanwhile (elasticsearch_pages.hpp) and goes through
// it in the order of time. What came is compared with what the server counted.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "record/rejects.hpp"
#include "source/elasticsearch_pages.hpp"
#include "source/elasticsearch_query.hpp"
#include "source/json_api.hpp"
#include "source/json_log.hpp"
#include "source/mapping.hpp"
#include "source/record_source.hpp"

namespace aiops::source {

struct ElasticsearchOptions {
  ServerOptions server;
  std::string index;  // names and patterns, separated by commas
  std::string time_field = "@timestamp";
  Paging paging = Paging::automatic;
  bool partial = false;  // take what is there where shards fail
  std::size_t page = 0;  // documents; 0: by their size
  MappingOptions mapping;
  std::string service;              // of documents that name none
  std::vector<std::string> labels;  // NAME=TEXT, for each record
};

// How the index keeps the field of the time.
struct TimeField {
  bool known = false;                              // the server told
  bool milliseconds = false, nanoseconds = false;  // dates of this resolution are there
};

// Asks with _field_caps. Throws net::HttpError, for a field that is there and no date as well.
TimeField ask_time_field(JsonApi& api, std::size_t part, const std::string& index, const std::string& field);

// What the options mean for the mapping: the record's time is that of the order.
MappingOptions with_time(MappingOptions options, const std::string& time_field);

// Documents to records.
class DocumentReader {
 public:
  // Throws UsageError.
  explicit DocumentReader(const ElasticsearchOptions& options);

  // The names of the labels, in the order of LogRecord::labels.
  const std::vector<std::string>& labels() const { return names_; }
  Mapping& mapping() { return mapping_; }

  // time: as the index has it. "" or why this is no record. It all points into the document until the next
  // one.
  const std::string& read(const SearchHit& hit, Nanos time, bool exact, LogRecord& record);

 private:
  const std::string& parse(const SearchHit& hit, LogRecord& record);

  std::string service_;
  std::vector<std::string> names_, texts_;
  Mapping mapping_;
  JsonLog json_;
  RecordBuilder builder_;
  std::string error_;
};

class ElasticsearchSource : public RecordSource {
 public:
  // Enters its part into the manifest. The references must outlive it. Throws UsageError.
  ElasticsearchSource(const ElasticsearchOptions& options, SearchBody body, Manifest& manifest,
                      record::Rejects& rejects, Diagnostics& diagnostics);

  const std::vector<std::string>& labels() const { return documents_.labels(); }
  bool any_label() { return documents_.mapping().any_label(); }
  std::size_t part() const { return part_; }
  const std::string& url() const { return api_.url(); }

  void fetch(std::size_t part, Nanos from, Nanos to, RecordOut& out) override;

  // Once, at the end: says which fields were left out, and enters in the manifest that there was no such
  // index.
  void finish();

 private:
  struct Walk;
  void prepare();
  void walk(Walk& walk);
  void take(Walk& walk, const SearchHit& hit);
  void account(const Walk& walk);
  Nanos time_of(const SearchHit& hit) const;

  ElasticsearchOptions options_;
  SearchBody body_;
  Manifest& manifest_;
  record::Rejects& rejects_;
  Diagnostics& diagnostics_;
  std::size_t part_;
  JsonApi api_;
  DocumentReader documents_;
  std::optional<TimeField> time_;
  std::optional<SearchPages> pages_;
  bool one_index_;           // the name of the index says which one
  bool index_seen_ = false;  // there is one of that name
  LogRecord record_;
  std::string id_;
};

}  // namespace aiops::source
