#include "source/jaeger.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kFirstSlice = 15 * kMinute;
constexpr Nanos kSmallest = kMicrosecond;  // what both versions' times can tell apart

// What an answer that is an error says.
std::string error_text(const std::string& body) {
  std::string text;
  try {
    JsonReader reader([&, given = false]() mutable {
      return std::exchange(given, true) ? std::string_view() : std::string_view(body);
    });
    std::string key;
    const auto object = [&](auto&& self) -> void {
      reader.enter_object();
      while (reader.next_key(key)) {
        if ((key == "msg" || key == "message") && reader.peek() == '"') {
          text = reader.string();
        } else if (reader.peek() == '{') {
          self(self);
        } else if (key == "errors" && reader.peek() == '[') {
          reader.enter_array();
          while (reader.next_item()) self(self);
        } else {
          reader.skip();
        }
      }
    };
    object(object);
  } catch (const JsonError&) {
    return "";
  }
  return text;
}

std::string milliseconds(Nanos duration) {
  return fmt::format("{}ms", std::max<Nanos>(1, duration / kMillisecond));
}

// {"a":"b"}
std::string tags_json(const std::vector<std::string>& tags) {
  std::string json;
  for (const std::string& tag : tags) {
    const std::size_t equals = tag.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw UsageError(fmt::format("--tag {}: expected NAME=VALUE, such as error=true", printable(tag)));
    json += json.empty() ? '{' : ',';
    append_json_string(json, tag.substr(0, equals));
    append_json_string(json += ':', tag.substr(equals + 1));
  }
  return json + '}';
}

// An answer without the member that it is about is something else, such as an error with status 200.
void require(bool there, std::string_view name) {
  if (!there)
    throw JsonError(fmt::format("expected an object with \"{}\": no answer of Jaeger's", name), false);
}

net::Request get(std::string path) {
  net::Request request;
  request.url = std::move(path);
  return request;
}

}  // namespace

std::string JaegerOptions::text() const {
  std::string text;
  const auto add = [&text](std::string_view name, const std::string& value) {
    if (!value.empty()) text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
  };
  add("service", join(services, ","));
  add("operation", operation);
  for (const std::string& tag : tags) add("tag", tag);
  if (min_duration > 0) add("min_duration", format_duration(min_duration));
  if (max_duration > 0) add("max_duration", format_duration(max_duration));
  return text;
}

// The traces of a slice: which services have spans in it, and whose searches found it.
struct JaegerSource::Seen {
  struct Trace {
    std::set<std::string, std::less<>> has, found_by;
  };
  std::unordered_map<std::string, Trace> traces;
  std::unordered_set<std::string> answer;  // traces of the answer that is being read
  std::string service;                     // that is searched for
};

JaegerSource::JaegerSource(const JaegerOptions& options, const Keep& keep, Manifest& manifest,
                           Diagnostics& diagnostics)
    : options_(options),
      manifest_(manifest),
      part_(manifest.parts.size()),
      api_(options.server, error_text, manifest, diagnostics),
      reader_(keep),
      walk_(kFirstSlice, options.filtered() ? std::max(kSmallest, options.margin / 8) : kSmallest),
      seen_(std::make_unique<Seen>()) {
  Manifest::Part& part = manifest.parts.emplace_back();
  part.name = "spans";
  part.environment = options.server.environment;
  if (part.environment.empty()) manifest.url = api_.url();
  part.what = options.text();
  tags_json(options.tags);  // refuses what is none
  // Version 3 passes over tags without a word.
  if (options.api == JaegerOptions::Api::v1 || !options.tags.empty()) version_ = 1;
  if (options.api == JaegerOptions::Api::v3) version_ = 3;
  if (version_ == 3 && !options.tags.empty())
    throw UsageError("--tag is for --api v1: version 3 does not search by tags");
}

JaegerSource::~JaegerSource() = default;

// Old servers have version 1 alone.
bool JaegerSource::v3() {
  if (version_ == 0) {
    try {
      api_.ask(part_, get("/api/v3/services"), "services", [](JsonReader& answer) { answer.skip(); });
      version_ = 3;
    } catch (const net::HttpError& error) {
      if (error.code != 404 && error.code != 400 && error.code != 405 && error.code != 501) throw;
      version_ = 1;
    }
  }
  return version_ == 3;
}

// ---- Lists.

std::vector<std::string> JaegerSource::services() {
  std::vector<std::string> names;
  const bool third = v3();
  api_.ask(part_, get(third ? "/api/v3/services" : "/api/services"), "services", [&](JsonReader& answer) {
    names.clear();
    bool found = false;
    std::string key;
    answer.enter_object();
    while (answer.next_key(key)) {
      found = found || key == (third ? "services" : "data");
      if (key != (third ? "services" : "data") || answer.peek() != '[') {
        answer.skip();
        continue;
      }
      answer.enter_array();
      while (answer.next_item()) names.emplace_back(answer.string());
    }
    answer.finish();
    require(found, third ? "services" : "data");
  });
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> JaegerSource::operations(const std::string& service) {
  std::vector<std::string> names;
  const bool third = v3();
  const std::string path = fmt::format("/api/{}operations?{}", third ? "v3/" : "",
                                       net::Parameters().add("service", service).text());
  api_.ask(part_, get(path), "operations",
           [&](JsonReader& answer) { names = read_names(answer, third ? "operations" : "data", "name"); });
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

// ---- Searching.

std::string JaegerSource::search_path(const std::string& service, Nanos from, Nanos to) {
  const Nanos first = from / kMicrosecond, last = (to - 1) / kMicrosecond;  // both included
  const bool third = v3();
  net::Parameters query;
  query.add(third ? "query.service_name" : "service", service);
  if (!options_.operation.empty())
    query.add(third ? "query.operation_name" : "operation", options_.operation);
  query.add(third ? "query.start_time_min" : "start",
            third ? format_time(first * kMicrosecond) : std::to_string(first));
  query.add(third ? "query.start_time_max" : "end",
            third ? format_time((last + 1) * kMicrosecond - 1) : std::to_string(last));
  query.add(third ? "query.num_traces" : "limit", std::to_string(options_.limit));
  if (!options_.tags.empty()) query.add("tags", tags_json(options_.tags));
  if (options_.min_duration > 0)
    query.add(third ? "query.duration_min" : "minDuration", milliseconds(options_.min_duration));
  if (options_.max_duration > 0)
    query.add(third ? "query.duration_max" : "maxDuration", milliseconds(options_.max_duration));
  return (third ? "/api/v3/traces?" : "/api/traces?") + query.text();
}

void JaegerSource::take(const SpanRecord& span) {
  std::string trace(span.trace_id);
  seen_->answer.insert(trace);
  Seen::Trace& seen = seen_->traces[std::move(trace)];
  if (!seen_->service.empty()) seen.found_by.insert(seen_->service);
  if (span.time < from_ || span.time >= to_) return;
  seen.has.emplace(span.service);
  spans_.add(span);
}

// {"data": [trace, …], "errors": …}
void JaegerSource::read_v1(JsonReader& answer) {
  std::string key, trace;
  bool found = false;
  answer.enter_object();
  while (answer.next_key(key)) {
    found = found || key == "data";
    if (key == "data" && answer.peek() == '[') {
      answer.enter_array();
      while (answer.next_item()) {
        trace.assign(answer.raw());
        reader_.read(trace, [this](const SpanRecord& span) { take(span); });
      }
    } else if (key == "errors" && answer.peek() == '[') {
      const std::string errors(answer.raw());
      const std::string what = error_text("{\"errors\":" + errors + "}");
      if (!what.empty()) api_.fail("search", what, false);
    } else {
      answer.skip();
    }
  }
  answer.finish();
  require(found, "data");
}

// {"result": {"resourceSpans": [...]}}, one such object or several.
void JaegerSource::read_v3(JsonReader& answer) {
  std::string key, spans;
  bool found = false;
  answer.enter_object();
  while (answer.next_key(key)) {
    if (key == "error") {
      const std::string error(answer.raw());
      api_.fail("search", error_text(error), false);
    }
    found = found || key == "result";
    if (key != "result" || answer.peek() != '{') {
      answer.skip();
      continue;
    }
    answer.enter_object();
    while (answer.next_key(key)) {
      if (key != "resourceSpans" || answer.peek() != '[') {
        answer.skip();
        continue;
      }
      answer.enter_array();
      while (answer.next_item()) {
        spans.assign("{\"resourceSpans\":[").append(answer.raw()).append("]}");
        reader_.read(spans, [this](const SpanRecord& span) { take(span); });
      }
    }
  }
  answer.finish();
  require(found, "result");
}

std::size_t JaegerSource::search(const std::string& service, Nanos from, Nanos to) {
  if (stop_requested()) throw Error(Status::interrupted, "interrupted");
  const Nanos margin = options_.filtered() ? options_.margin : 0;
  seen_->service = service;
  const std::string path = search_path(service, std::max<Nanos>(0, from - margin), to + margin);
  try {
    api_.ask(part_, get(path), fmt::format("traces of {}", printable(service)), [this](JsonReader& answer) {
      seen_->answer.clear();
      try {
        v3() ? read_v3(answer) : read_v1(answer);
      } catch (const OtlpError& error) {
        throw JsonError(error.what(), false);
      }
    });
  } catch (const net::HttpError& error) {
    if (!v3() || error.code != 404) throw;  // version 3 answers so when there are none
    seen_->answer.clear();
  }
  manifest_.parts[part_].pages += !seen_->answer.empty();
  return seen_->answer.size();
}

// One slice, all services.
void JaegerSource::slice(const std::vector<std::string>& services, Nanos from, Nanos to) {
  from_ = from;
  to_ = to;
  seen_->traces.clear();
  std::size_t most = 0;
  for (const std::string& service : services) {
    const std::size_t found = search(service, from, to);
    most = std::max(most, found);
    if (found < options_.limit) continue;
    if (walk_.halve(from, to)) throw SliceTooLarge();
    manifest_.cut(fmt::format("Jaeger gives {} at most (--limit), and {} has more between {} and {}",
                              count(options_.limit, "trace"), printable(service), format_time(from),
                              format_time(to)));
  }
  // Whose spans came with other services' traces, and did its own search find these?
  for (const std::string& service : services) {
    std::uint64_t own = 0, others = 0, both = 0;
    for (const auto& [id, trace] : seen_->traces) {
      const bool by_own = trace.found_by.contains(service);
      const bool by_others = trace.has.contains(service) && trace.found_by.size() > (by_own ? 1u : 0u);
      own += by_own;
      others += by_others;
      both += by_own && by_others;
    }
    if (others != 0) recapture_.add(own, others, both);
  }
  walk_.adapt(most, options_.limit);
}

void JaegerSource::fetch(std::size_t, Nanos from, Nanos to, RecordOut& out) {
  const std::vector<std::string> services = options_.services.empty() ? this->services() : options_.services;
  while (from < to) {
    const Nanos end = walk_.end_of_slice(from, to);
    try {
      slice(services, from, end);
    } catch (const SliceTooLarge&) {
      if (spans_.full() && !walk_.halve(from, end)) {
        throw BackendError(fmt::format("{}: the spans that begin at {} do not fit into memory", api_.url(),
                                       format_time(from)));
      }
      spans_.clear();
      continue;
    }
    spans_.flush(out);
    out.commit(end);
    from = end;
  }
  estimate();
}

void JaegerSource::estimate() {
  Manifest::Part& part = manifest_.parts[part_];
  part.estimate = recapture_.share();
  part.estimated_how =
      "by capture and recapture: of the traces that came with other services, how many each service's own "
      "search found";
  if (reader_.refused() != 0 && !std::exchange(told_refused_, true)) {
    manifest_.problems.push_back(fmt::format("spans could not be read: {}", reader_.reason()));
  }
}

bool JaegerSource::fetch_trace(const std::string& id, const TraceReader::Take& take) {
  const bool third = v3();
  std::string document;
  try {
    std::string path = third ? "/api/v3/traces/" : "/api/traces/";
    net::append_encoded(path, id);
    api_.ask(part_, get(path), fmt::format("trace {}", printable(id)), [&](JsonReader& answer) {
      document.assign(answer.raw());
      answer.finish();
    });
  } catch (const net::HttpError& error) {
    if (error.code == 404) return false;
    throw;
  }
  bool any = false;
  try {
    reader_.read(document, [&](const SpanRecord& span) {
      any = true;
      take(span);
    });
  } catch (const OtlpError& error) {
    throw BackendError(fmt::format("{}: trace {}: {}", api_.url(), printable(id), error.what()));
  }
  return any;
}

}  // namespace aiops::source
