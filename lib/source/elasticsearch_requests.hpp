// The ten features of requests, computed by Elasticsearch or OpenSearch: one row comes for each window and
// key, however many documents there are.
//
// The server's aggregation is paged (composite), within a view of the index that does not change meanwhile.
// It uses one field of the index for each field of a record, the first that the index has of those by which
// documents are read; what a document alone could tell (two names for one thing, a query behind the path) it
// cannot tell.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/diagnostics.hpp"
#include "source/elasticsearch.hpp"
#include "source/elasticsearch_buckets.hpp"

namespace aiops::source {

// What the aggregation is made of.
struct RequestFields {
  std::string time, duration;                               // always
  std::string status, severity, service, method, endpoint;  // "": the index has none
  double to_milliseconds = 1;                               // times a duration
  bool status_is_text = false, severity_is_number = false;
};

// A field of an index with the types that it has, and whether terms can be made of it.
struct IndexField {
  std::set<std::string> types;
  bool aggregatable = true;
};

// Chooses the fields. Throws BackendError that says what is missing: a field of durations, or one that cannot
// be aggregated.
RequestFields choose_request_fields(const std::map<std::string, IndexField>& fields, Mapping& mapping,
                                    const std::string& time_field);

// The first beginning of a window that is not before the time.
Nanos next_window(Nanos time, Nanos window);

class ElasticsearchRequests {
 public:
  using Emit = std::function<void(const RequestGroup&)>;

  // Enters its part into the manifest. window: whole milliseconds. Throws UsageError.
  ElasticsearchRequests(const ElasticsearchOptions& options, SearchBody body, Nanos window,
                        Manifest& manifest, Diagnostics& diagnostics);

  std::size_t part() const { return part_; }
  const std::string& url() const { return api_.url(); }

  // The windows of [from, to), which begins and ends with one, in the order of time. Throws net::HttpError.
  void fetch(Nanos from, Nanos to, const Emit& emit);

 private:
  void ask_fields();
  std::string body(Nanos from, Nanos to, bool first) const;
  void finish(RequestBucket& bucket);

  ElasticsearchOptions options_;
  SearchBody body_;
  Nanos window_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  std::size_t part_;
  JsonApi api_;
  Mapping mapping_;
  RequestFields fields_;
  std::string after_;  // the last key of the page before, JSON; "": the first page is next
  std::size_t size_;
  bool said_paths_ = false;
};

}  // namespace aiops::source
