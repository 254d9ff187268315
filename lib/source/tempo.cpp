#include "source/tempo.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/url.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kFirstSlice = 15 * kMinute;

// Tempo's errors are lines of text.
std::string error_text(const std::string& body) {
  return body.starts_with('<') || body.starts_with('{') ? "" : std::string(trim(body));
}

Nanos time_of(std::string_view text) {
  const auto time = parse_int(text);
  return time && *time > 0 ? *time : kNoTime;
}

TempoFound::Trace read_found(JsonReader& answer) {
  TempoFound::Trace trace;
  std::string key;
  answer.enter_object();
  while (answer.next_key(key)) {
    if (key == "traceID" || key == "traceId") {
      const std::string id(answer.string());  // leading zeros may be missing
      const std::string whole = std::string(id.size() < 32 ? 32 - id.size() : 0, '0') + id;
      if (!append_id(trace.id, whole)) throw JsonError(printable(id) + " is no id of a trace", false);
    } else if (key == "startTimeUnixNano") {
      trace.start = time_of(answer.scalar());
    } else if (key == "durationMs") {
      trace.duration = parse_int(answer.scalar()).value_or(0) * kMillisecond;
    } else {
      answer.skip();
    }
  }
  return trace;
}

net::Request get(std::string path) {
  net::Request request;
  request.url = std::move(path);
  return request;
}

}  // namespace

TempoFound read_tempo_search(JsonReader& answer) {
  TempoFound found;
  std::string key;
  bool any = false;
  answer.enter_object();
  while (answer.next_key(key)) {
    any = any || key == "traces" || key == "metrics";
    if (key == "traces" && answer.peek() == '[') {
      answer.enter_array();
      while (answer.next_item()) found.traces.push_back(read_found(answer));
    } else if (key == "metrics" && answer.peek() == '{') {
      answer.enter_object();
      while (answer.next_key(key)) {
        if (key == "completedJobs" || key == "totalJobs") {
          const bool done = key == "completedJobs";
          const auto number = static_cast<std::uint64_t>(parse_int(answer.scalar()).value_or(0));
          (done ? found.done : found.jobs) = number;
        } else {
          answer.skip();
        }
      }
    } else {
      answer.skip();
    }
  }
  answer.finish();
  if (!any) throw JsonError("expected an object with \"traces\": no answer of Tempo's search", false);
  return found;
}

TempoSource::TempoSource(const TempoOptions& options, const Keep& keep, Manifest& manifest,
                         Diagnostics& diagnostics)
    : options_(options),
      manifest_(manifest),
      part_(manifest.parts.size()),
      api_(options.server, error_text, manifest, diagnostics),
      reader_(keep),
      walk_(kFirstSlice, kSecond) {
  Manifest::Part& part = manifest.parts.emplace_back();
  part.name = "spans";
  part.environment = options.server.environment;
  if (part.environment.empty()) manifest.url = api_.url();
  part.what = options.tags.empty() ? options.query : options.tags;
}

// ---- Searching.

// Adds what a search of whole seconds finds; returns how much that is.
std::size_t TempoSource::search(Nanos from, Nanos to, std::set<std::string>& found) {
  if (stop_requested()) throw Error(Status::interrupted, "interrupted");
  net::Parameters query;
  options_.tags.empty() ? query.add("q", options_.query) : query.add("tags", options_.tags);
  query.add("start", std::to_string(from / kSecond));
  query.add("end", std::to_string((to + kSecond - 1) / kSecond));
  query.add("limit", std::to_string(options_.limit));
  query.add("spss", "1");  // the spans that matched are not needed: each trace is asked for
  TempoFound answer;
  api_.ask(part_, get("/api/search?" + query.text()), "search",
           [&](JsonReader& reader) { answer = read_tempo_search(reader); });
  manifest_.parts[part_].pages += !answer.traces.empty();
  if (answer.traces.size() < options_.limit && answer.done < answer.jobs) {
    manifest_.problems.push_back(fmt::format("Tempo searched {} of {} parts of its data between {} and {}",
                                             answer.done, answer.jobs, format_time(from), format_time(to)));
  }
  for (TempoFound::Trace& trace : answer.traces) found.insert(std::move(trace.id));
  return answer.traces.size();
}

std::set<std::string> TempoSource::search_slice(Nanos from, Nanos to) {
  std::set<std::string> passes[2];
  std::size_t most = 0;
  for (int pass = 0; pass < options_.passes; ++pass) {
    const std::size_t count_of_pass = search(from, to, passes[pass]);
    most = std::max(most, count_of_pass);
    if (count_of_pass < options_.limit) continue;
    if (walk_.halve(from, to)) throw SliceTooLarge();
    manifest_.cut(fmt::format("Tempo gives {} at most (--limit), and has more between {} and {}",
                              count(options_.limit, "trace"), format_time(from), format_time(to)));
  }
  if (options_.passes > 1) {
    const auto both = static_cast<std::uint64_t>(std::count_if(
        passes[0].begin(), passes[0].end(), [&](const std::string& id) { return passes[1].contains(id); }));
    if (!passes[0].empty() || !passes[1].empty()) recapture_.add(passes[0].size(), passes[1].size(), both);
    passes[0].merge(passes[1]);
  }
  walk_.adapt(most, options_.limit);
  return std::move(passes[0]);
}

// Fetches the traces of a slice; returns those that go on behind it.
std::set<std::string> TempoSource::fetch_slice(Nanos from, Nanos to) {
  std::set<std::string> wanted = search_slice(from, to), going_on;
  wanted.insert(carried_.begin(), carried_.end());
  for (const std::string& id : wanted) {
    if (stop_requested()) throw Error(Status::interrupted, "interrupted");
    const bool there = fetch_trace(id, [&](const SpanRecord& span) {
      if (span.time >= to) going_on.insert(id);
      if (span.time >= from && span.time < to) spans_.add(span);
    });
    if (!there) manifest_.cut(fmt::format("trace {} was found, but Tempo does not have it", id));
  }
  return going_on;
}

void TempoSource::fetch(std::size_t, Nanos from, Nanos to, RecordOut& out) {
  while (from < to) {
    const Nanos end = walk_.end_of_slice(from, to);
    std::set<std::string> going_on;
    try {
      going_on = fetch_slice(from, end);
    } catch (const SliceTooLarge&) {
      if (spans_.full() && !walk_.halve(from, end)) {
        throw BackendError(
            fmt::format("{}: the spans of the second {} do not fit into memory; ask for less with --query",
                        api_.url(), format_time(from)));
      }
      spans_.clear();
      continue;
    }
    spans_.flush(out);
    out.commit(end);
    carried_ = std::move(going_on);
    from = end;
  }
  Manifest::Part& part = manifest_.parts[part_];
  part.estimate = recapture_.share();
  part.estimated_how =
      "by capture and recapture: of the traces that one search found, how many a second one did";
  if (reader_.refused() != 0 && !std::exchange(told_refused_, true)) {
    manifest_.problems.push_back(fmt::format("spans could not be read: {}", reader_.reason()));
  }
}

// ---- Traces.

// {"trace": {"resourceSpans": […]}, "status": "PARTIAL", "message": …} or {"batches": […]}
bool TempoSource::read_trace(const std::string& path, const std::string& id, const TraceReader::Take& take) {
  std::string document;
  net::Request request;
  request.url = path + id;
  request.headers = {"Accept: application/json"};
  api_.ask(part_, std::move(request), fmt::format("trace {}", printable(id)), [&](JsonReader& answer) {
    document.assign(answer.raw());
    answer.finish();
  });
  // By itself, not within an attribute, this stands only where Tempo says it.
  if (document.find("\"status\":\"PARTIAL\"") != std::string::npos) {
    manifest_.cut(fmt::format("Tempo gave trace {} in part alone: it is larger than the server's limit", id));
  }
  bool any = false;
  try {
    reader_.read(document, [&](const SpanRecord& span) {
      any = true;
      take(span);
    });
  } catch (const OtlpError& error) {
    api_.fail(fmt::format("trace {}", printable(id)), error.what(), false);
  }
  return any;
}

bool TempoSource::fetch_trace(const std::string& id, const TraceReader::Take& take) {
  std::string encoded;
  net::append_encoded(encoded, id);
  if (v2_) {
    try {
      return read_trace("/api/v2/traces/", encoded, take);
    } catch (const net::HttpError& error) {
      if (error.code != 404) throw;
    }
  }
  try {
    const bool there = read_trace("/api/traces/", encoded, take);
    v2_ = v2_ && !there;  // an old server, which has no second version
    return there;
  } catch (const net::HttpError& error) {
    if (error.code != 404) throw;
    return false;
  }
}

std::vector<std::string> TempoSource::services() {
  std::vector<std::string> names;
  const std::string path = "/api/v2/search/tag/resource.service.name/values";
  api_.ask(part_, get(path), "services",
           [&](JsonReader& answer) { names = read_names(answer, "tagValues", "value"); });
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace aiops::source
