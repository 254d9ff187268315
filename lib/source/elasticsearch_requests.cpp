#include "source/elasticsearch_requests.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "source/elasticsearch_buckets.hpp"
#include "source/log_text.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kGroups = 1000;  // a page
// Medians of groups with fewer requests are exact, or nearly so; each costs the server some kilobytes.
constexpr int kCompression = 300;

// Requests that failed, as aiops-features tells them.
std::string failed_filter(const RequestFields& fields) {
  std::vector<std::string> either;
  if (!fields.status.empty()) {
    either.push_back(fmt::format(R"({{"range":{{{}:{{"gte":{}}}}}}})", json_string(fields.status),
                                 fields.status_is_text ? "\"500\"" : "500"));
  }
  if (!fields.severity.empty()) {
    std::string bad;
    if (fields.severity_is_number) {
      bad = fmt::format(R"({{"range":{{{}:{{"gte":17,"lte":24}}}}}})", json_string(fields.severity));
    } else {
      std::vector<std::string> spellings;
      for (const std::string& text : error_spellings()) spellings.push_back(json_string(text));
      bad = fmt::format(R"({{"terms":{{{}:[{}]}}}})", json_string(fields.severity), join(spellings, ","));
    }
    const std::string without =
        fields.status.empty()
            ? ""
            : fmt::format(R"("must_not":{{"exists":{{"field":{}}}}},)", json_string(fields.status));
    either.push_back(fmt::format(R"({{"bool":{{{}"filter":{}}}}})", without, bad));
  }
  if (either.empty()) return R"({"match_none":{}})";
  return fmt::format(R"({{"bool":{{"should":[{}],"minimum_should_match":1}}}})", join(either, ","));
}

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool is_number(const IndexField& field) {
  return std::all_of(field.types.begin(), field.types.end(), [](const std::string& type) {
    return is_one_of(type, {"long", "integer", "short", "byte", "double", "float", "half_float",
                            "scaled_float", "unsigned_long", "aggregate_metric_double"});
  });
}

struct Choice {
  std::string name;
  IndexField field;
  Slot slot;
};

constexpr std::string_view kKeyword = ".keyword";

// The field that fills the target: the first by rank; of a text the keyword beside it.
std::optional<Choice> choose(const std::map<std::string, IndexField>& fields, Mapping& mapping,
                             Target target) {
  std::optional<Choice> best;
  for (const auto& [name, field] : fields) {
    if (field.types.count("object") != 0 || field.types.count("nested") != 0) continue;
    if (mapping.target(name) != target) continue;
    const Slot& slot = mapping.slot(name);
    if (best && best->slot.rank <= slot.rank) continue;
    best = Choice{name, field, slot};
  }
  if (!best || best->field.aggregatable) return best;
  const auto keyword = fields.find(best->name + std::string(kKeyword));
  if (keyword != fields.end() && keyword->second.aggregatable) {
    best->name = keyword->first;
    best->field = keyword->second;
  }
  return best;
}

std::string types_of(const IndexField& field) {
  return join({field.types.begin(), field.types.end()}, " and ");
}

}  // namespace

RequestFields choose_request_fields(const std::map<std::string, IndexField>& fields, Mapping& mapping,
                                    const std::string& time_field) {
  RequestFields chosen;
  chosen.time = time_field;
  const auto found = [&](Target target, std::string& name) {
    std::optional<Choice> choice = choose(fields, mapping, target);
    if (!choice) return choice;
    if (!choice->field.aggregatable) {
      throw BackendError(
          fmt::format("the field {} is of type {} and cannot be aggregated; --map {}=PATH names another",
                      printable(choice->name), types_of(choice->field), name_of(target)));
    }
    name = choice->name;
    return choice;
  };
  const auto duration = found(Target::duration_ms, chosen.duration);
  if (!duration) {
    throw BackendError(
        "no field is known for a duration; --map duration_ms=PATH names it, and --duration-unit its unit");
  }
  if (!is_number(duration->field)) {
    throw BackendError(
        fmt::format("the durations in {} are of type {}, expected numbers; --map duration_ms=PATH names "
                    "another field",
                    printable(chosen.duration), types_of(duration->field)));
  }
  switch (duration->slot.unit) {
    case TimeUnit::nanoseconds:
      chosen.to_milliseconds = 1e-6;
      break;
    case TimeUnit::microseconds:
      chosen.to_milliseconds = 1e-3;
      break;
    case TimeUnit::seconds:
      chosen.to_milliseconds = 1e3;
      break;
    case TimeUnit::milliseconds:
      break;
    case TimeUnit::automatic:
      throw BackendError(
          fmt::format("the name of {} does not tell the unit of its durations; --duration-unit does",
                      printable(chosen.duration)));
  }
  if (const auto status = found(Target::status_code, chosen.status))
    chosen.status_is_text = !is_number(status->field);
  if (const auto severity = found(Target::severity_text, chosen.severity)) {
    chosen.severity_is_number = severity->slot.reading == Reading::number;
  }
  found(Target::service, chosen.service);
  found(Target::method, chosen.method);
  found(Target::endpoint, chosen.endpoint);
  return chosen;
}

Nanos next_window(Nanos time, Nanos window) {
  const Nanos behind = ((time % window) + window) % window;
  return behind == 0 ? time : time - behind + window;
}

ElasticsearchRequests::ElasticsearchRequests(const ElasticsearchOptions& options, SearchBody body,
                                             Nanos window, Manifest& manifest, Diagnostics& diagnostics)
    : options_(options),
      body_(std::move(body)),
      window_(window),
      manifest_(manifest),
      diagnostics_(diagnostics),
      part_(manifest.parts.size()),
      api_(options.server, search_error_text, manifest, diagnostics),
      mapping_(with_time(options.mapping, options.time_field)),
      size_(options.page != 0 ? options.page : kGroups) {
  if (window_ <= 0 || window_ % kMillisecond != 0) {
    throw UsageError("--window: expected whole milliseconds, such as 1m");
  }
  Manifest::Part part;
  part.name = options.index;
  part.environment = options.server.environment;
  manifest.parts.push_back(std::move(part));
  options_.index = index_path(options.index);
}

void ElasticsearchRequests::ask_fields() {
  std::map<std::string, IndexField> fields;
  net::Request request;
  request.url = fmt::format("/{}/_field_caps?fields=*", options_.index);
  api_.ask(part_, request, "fields", [&](JsonReader& reader) {
    std::string key;
    fields.clear();
    reader.enter_object();
    while (reader.next_key(key)) {
      if (key != "fields") {
        reader.skip();
        continue;
      }
      reader.enter_object();
      while (reader.next_key(key)) {
        IndexField& field = fields[key];
        reader.enter_object();
        while (reader.next_key(key)) {
          if (key != "unmapped") field.types.insert(key);
          const bool counts = key != "unmapped";
          reader.enter_object();
          while (reader.next_key(key)) {
            if (key == "aggregatable" && counts) {
              field.aggregatable = reader.scalar() == "true" && field.aggregatable;
            } else {
              reader.skip();
            }
          }
        }
      }
    }
  });
  try {
    fields_ = choose_request_fields(fields, mapping_, options_.time_field);
  } catch (const BackendError& error) {
    throw net::HttpError(
        fmt::format("{}: {}: {}", api_.url(), printable(manifest_.parts[part_].name), error.what()), 200,
        false);
  }
  std::string used;
  for (const std::string* name : {&fields_.duration, &fields_.status, &fields_.severity, &fields_.service,
                                  &fields_.method, &fields_.endpoint}) {
    if (!name->empty()) used += (used.empty() ? "" : ", ") + printable(*name);
  }
  diagnostics_.info(
      fmt::format("requests of {} by the fields {}", printable(manifest_.parts[part_].name), used));
}

std::string ElasticsearchRequests::body(Nanos from, Nanos to, bool first) const {
  const auto source = [](std::string_view name, const std::string& field) {
    if (field.empty()) return std::string();
    return fmt::format(R"(,{{"{}":{{"terms":{{"field":{},"missing_bucket":true}}}}}})", name,
                       json_string(field));
  };
  const std::string duration = json_string(fields_.duration);
  std::string text = fmt::format(
      R"("size":0,"track_total_hits":{},"aggs":{{"groups":{{"composite":{{"size":{}{},"sources":[)"
      R"({{"time":{{"date_histogram":{{"field":{},"fixed_interval":"{}ms"}}}}}}{}{}{}]}},"aggs":{{)",
      first, size_, after_.empty() ? "" : R"(,"after":)" + after_, json_string(fields_.time),
      window_ / kMillisecond, source("service", fields_.service), source("method", fields_.method),
      source("endpoint", fields_.endpoint));
  text += fmt::format(
      R"("durations":{{"extended_stats":{{"field":{}}}}},)"
      R"("median":{{"percentiles":{{"field":{},"percents":[50],"keyed":false,"tdigest":{{"compression":{}}}}}}},)",
      duration, duration, kCompression);
  if (!fields_.status.empty()) {
    text += fmt::format(R"("statuses":{{"cardinality":{{"field":{},"precision_threshold":1000}}}},)",
                        json_string(fields_.status));
  }
  text += fmt::format(R"("failed":{{"filter":{}}}}}}}}},)", failed_filter(fields_));
  // A record without a duration is no request.
  return text + body_.members(from, to, fmt::format(R"({{"range":{{{}:{{"gte":0}}}}}})", duration));
}

void ElasticsearchRequests::fetch(Nanos from, Nanos to, const Emit& emit) {
  if (fields_.duration.empty()) ask_fields();
  SearchPageOptions pages;
  pages.index = options_.index;
  pages.time_field = options_.time_field;
  pages.paging = options_.paging;
  pages.partial = options_.partial;
  SearchPages view(pages, api_, part_, manifest_);
  view.open("");
  after_.clear();
  std::optional<std::uint64_t> expected;
  std::uint64_t came = 0;
  for (bool first = true;;) {
    RequestBuckets page;
    SearchHandler handler;
    handler.aggregations = [&](JsonReader& reader) { page.read(reader); };
    SearchAnswer answer;
    try {
      answer = view.ask(body(from, to, first), "requests", handler);
    } catch (const SearchPages::Lost&) {
      view.open("");  // keys are values: the next page is the same in a new view
      continue;
    } catch (const net::HttpError& error) {
      const std::string_view what = error.what();
      const bool too_many = what.find("too_many_buckets") != std::string_view::npos ||
                            what.find("circuit_breaking") != std::string_view::npos;
      if (!too_many || size_ <= 10) throw;
      size_ /= 2;
      continue;
    }
    if (first && answer.total && answer.total_exact) expected = answer.total;
    first = false;
    if (const std::string missing = answer.what_is_missing(); !missing.empty()) manifest_.cut(missing);
    after_ = page.after;
    ++manifest_.parts[part_].pages;
    for (RequestBucket& bucket : page.buckets) {
      came += bucket.documents;
      finish(bucket);
      emit(bucket.group);
    }
    if (page.buckets.size() < size_ || after_.empty()) break;
  }
  if (expected && *expected != came) {
    manifest_.problems.push_back(fmt::format("{}: the server counted {} and has {} of them in its groups",
                                             printable(manifest_.parts[part_].name),
                                             count(*expected, "request"), thousands(came)));
  }
}

// The numbers of a bucket to the features, in milliseconds; and the names as records have them.
void ElasticsearchRequests::finish(RequestBucket& bucket) {
  RequestGroup& group = bucket.group;
  const double count = static_cast<double>(bucket.documents), factor = fields_.to_milliseconds;
  const bool constant = bucket.documents < 2 || bucket.min == bucket.max;
  const double failed = static_cast<double>(bucket.failed);
  group.features = {count,
                    bucket.mean * factor,
                    constant ? 0 : std::sqrt(std::max(0.0, bucket.variance)) * factor,
                    bucket.min * factor,
                    bucket.max * factor,
                    bucket.median * factor,
                    failed,
                    failed / count,
                    static_cast<double>(bucket.statuses),
                    count * static_cast<double>(kMinute) / static_cast<double>(window_)};
  if (group.service.empty()) group.service = options_.service;
  if (endpoint_of(group.endpoint) == group.endpoint) return;
  const std::string text = fmt::format(
      "{}: the field {} has more than paths ({}): aiops-features counts {} of all of them as one, the server "
      "does not; "
      "map another field, or collect the documents",
      printable(manifest_.parts[part_].name), printable(fields_.endpoint), printable(group.endpoint, 60),
      printable(endpoint_of(group.endpoint), 60));
  if (!said_paths_) manifest_.problems.push_back(text);
  said_paths_ = true;
}

}  // namespace aiops::source
