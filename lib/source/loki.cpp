#include "source/loki.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "source/loki_metrics.hpp"
#include "source/record_labels.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kLongestUrl = 4000;              // longer questions go by POST
constexpr std::size_t kUsualPage = 5000;               // lines that Loki allows unless it is configured
constexpr std::size_t kPageMemory = 16 * 1024 * 1024;  // bytes of a page's lines
constexpr Nanos kSlice = kDay;                         // is counted at once; Loki takes 30 days and an hour

bool says(const net::HttpError& error, std::string_view text) {
  return std::string_view(error.what()).find(text) != std::string_view::npos;
}

// The range is too long for the server, or too much is in it.
bool is_too_large(const net::HttpError& error) {
  return says(error, "query time range exceeds the limit") || says(error, "would read too many bytes");
}

// "… limit > max_entries_limit_per_query (5000 > 1000)" says how many lines the server gives at once; 0: it
// does not.
std::size_t most_lines(std::string_view error) {
  constexpr std::string_view kLimit = "max_entries_limit_per_query (";
  const std::size_t at = error.find(kLimit);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = error.substr(at + kLimit.size());
  const std::size_t sign = rest.find("> "), end = rest.find(')');
  if (sign == std::string_view::npos || end == std::string_view::npos || end < sign) return 0;
  return static_cast<std::size_t>(parse_int(rest.substr(sign + 2, end - sign - 2)).value_or(0));
}

net::Request request(std::string_view path, const std::string& parameters) {
  net::Request made;
  made.url = path;
  if (path.size() + parameters.size() < kLongestUrl) {
    made.url += '?' + parameters;
  } else {
    made.method = "POST";
    made.body = parameters;
  }
  return made;
}

}  // namespace

NamedQuery parse_log_query(std::string_view text) {
  const std::size_t equals = text.find('='), brace = text.find('{');
  if (brace == std::string_view::npos) {
    throw UsageError(
        fmt::format("--query {}: expected NAME=LOGQL or LOGQL, such as '{{job=\"shop\"}} |= \"error\"'",
                    printable(text)));
  }
  if (equals == std::string_view::npos || equals > brace) return {"logs", std::string(trim(text))};
  return parse_query(text);
}

LokiSource::LokiSource(const ServerOptions& server, LokiOptions options, Mapping& mapping, Manifest& manifest,
                       Diagnostics& diagnostics)
    : server_(server),
      options_(std::move(options)),
      mapping_(mapping),
      manifest_(manifest),
      diagnostics_(diagnostics),
      api_(server, loki_error_text, manifest, diagnostics),
      first_part_(manifest.parts.size()),
      unpacker_(mapping, options_.duration_unit),
      builder_(mapping, RecordKind::log),
      message_(&mapping.slot("message")),
      level_(&mapping.slot("level")),
      limit_(options_.page),
      longest_(kSlice) {
  check_names(options_.queries);
  for (const std::string& label : options_.labels) label_texts_.push_back(label_of(label).second);
  manifest_.source = "loki";
  manifest_.records = "log record";
  if (manifest_.url.empty()) manifest_.url = api_.url();
  for (const NamedQuery& query : options_.queries) {
    if (selector_of(query.text).close == 0) {
      throw UsageError(fmt::format("query {}: expected a stream selector such as {{job=\"shop\"}} in {}",
                                   query.name, printable(query.text)));
    }
    Manifest::Part part;
    part.name = query.name;
    part.environment = server.environment;
    part.what = query.text;
    manifest_.parts.push_back(std::move(part));
  }
}

std::string LokiSource::about(std::size_t part) const {
  const std::string& name = options_.queries[part].name;
  return server_.environment.empty() ? "query " + name : server_.environment + ": query " + name;
}

void LokiSource::problem(std::string text) {
  diagnostics_.warn(text);
  manifest_.problems.push_back(std::move(text));
}

void LokiSource::note(std::size_t part, const Answer& answer) {
  for (const std::string& text : answer.warnings) {
    const std::string said = fmt::format("{}: {}", about(part), printable(text, 500));
    if (manifest_.warn(said)) diagnostics_.warn("the server warns: " + said);
    if (said.find("partial") != std::string::npos) manifest_.cut(said);
  }
}

void LokiSource::fetch(std::size_t part, Nanos from, Nanos to, RecordOut& out) {
  while (from < to) {
    Slice slice{};
    slice.part = part;
    slice.begin = slice.at = from;
    slice.to = std::min(to, from + longest_);
    slice.counted_to = slice.begin + (slice.to - slice.begin) / kMillisecond * kMillisecond;
    slice.last = kNoTime;
    try {
      fetch_slice(slice, out);
    } catch (const net::HttpError& error) {
      if (!is_too_large(error) || longest_ <= kMinute) throw;
      longest_ = std::max(kMinute, std::min(longest_, slice.to - slice.at) / 2);
      diagnostics_.debug(fmt::format("{}: asking for {} at once from here on: {}", about(part),
                                     format_duration(longest_), error.what()));
      from = slice.at;
      continue;
    }
    compare_count(slice);
    out.commit(slice.to);
    from = slice.to;
  }
}

// True if the page may be all there is; false if it was cut at its limit, or does not fit into memory.
bool LokiSource::read_page(std::size_t part, const std::string& query, Nanos from, Nanos to) {
  for (;;) {
    net::Parameters parameters;
    parameters.add("query", query)
        .add("start", fmt::format("{}", from))
        .add("end", fmt::format("{}", to))
        .add("limit", fmt::format("{}", limit_))
        .add("direction", "forward");
    net::Request asked = request("/loki/api/v1/query_range", parameters.text());
    // Labels of the stream apart from what came with the line.
    asked.headers.emplace_back("X-Loki-Response-Encoding-Flags: categorize-labels");
    try {
      Answer answer;
      api_.ask(first_part_ + part, asked, about(part), [&](JsonReader& reader) {
        answer = page_.read(reader, kPageMemory);
        if (answer.status != "success") api_.fail(about(part), answer.error, false);
      });
      note(part, answer);
    } catch (const net::HttpError& error) {
      const std::size_t allowed = most_lines(error.what());
      if (allowed == 0 || allowed >= limit_) throw;
      limit_ = most_ = allowed;
      continue;
    } catch (const LokiPage::TooMuch&) {
      if (limit_ == 1) throw net::HttpError(about(part) + ": a line of more than 16 MB", 200, false);
      limit_ = std::max<std::size_t>(1, limit_ / 4);  // lines are long here
      continue;
    }
    if (!page_.entries().empty()) ++manifest_.parts[first_part_ + part].pages;
    for (const LokiPage::Entry& entry : page_.entries()) {
      if (entry.time < from || entry.time >= to) {
        throw net::HttpError(fmt::format("{}: {}: a line at {} was not asked for", api_.url(), about(part),
                                         format_time(entry.time)),
                             200, false);
      }
    }
    return page_.entries().size() < limit_;
  }
}

void LokiSource::fetch_slice(Slice& slice, RecordOut& out) {
  ask_reach();
  const std::string& query = options_.queries[slice.part].text;
  while (slice.at < slice.to) {
    if (stop_requested()) throw Error(Status::interrupted, "interrupted");
    const Nanos asked = now();
    const bool whole = read_page(slice.part, query, slice.at, slice.to);
    look_at_edge(slice, asked, now());
    const auto& entries = page_.entries();
    // Of the last instant more may follow: it is left for the next page, which begins with it.
    const Nanos edge = whole ? slice.to : entries.back().time;
    if (!whole && entries.front().time == edge) {
      slice.at = edge;
      fetch_instant(slice, edge, out);
      slice.at = edge + 1;
    } else {
      for (const LokiPage::Entry& entry : entries) {
        if (entry.time < edge) give(entry, slice, out);
      }
      slice.at = edge;
    }
    out.commit(slice.at);
    limit_ = std::min({options_.page, most_, limit_ * 2});
  }
}

// An instant that has as many lines as a page, or more: stream by stream.
void LokiSource::fetch_instant(Slice& slice, Nanos time, RecordOut& out) {
  const std::string& query = options_.queries[slice.part].text;
  const SelectorPlace place = selector_of(query);
  limit_ = std::min(most_, std::max(options_.page, kUsualPage));
  if (read_page(slice.part, query, time, time + 1)) {
    for (const LokiPage::Entry& entry : page_.entries()) give(entry, slice, out);
    return;
  }
  std::vector<Labels> streams;
  net::Parameters parameters;
  parameters.add("match[]", query.substr(place.open, place.close + 1 - place.open))
      .add("start", fmt::format("{}", time))
      .add("end", fmt::format("{}", time + 1));
  api_.ask(first_part_ + slice.part, request("/loki/api/v1/series", parameters.text()), about(slice.part),
           [&](JsonReader& reader) {
             streams.clear();
             read_streams(reader, streams);
           });
  std::sort(streams.begin(), streams.end(),
            [](const Labels& a, const Labels& b) { return stream_text(a) < stream_text(b); });
  std::vector<std::string> names;
  for (const Labels& labels : streams) {
    for (const auto& [name, value] : labels) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const Labels& labels : streams) {
    Labels exact = labels;  // {a="1"} is also matched by {a="1", b="2"}: that one has no b
    for (const std::string& name : names) {
      if (std::none_of(labels.begin(), labels.end(), [&](const auto& label) { return label.first == name; }))
        exact.emplace_back(name, "");
    }
    const std::string refined =
        query.substr(0, place.open) + stream_text(exact) + query.substr(place.close + 1);
    limit_ = std::min(most_, std::max(options_.page, kUsualPage));
    const bool whole = read_page(slice.part, refined, time, time + 1);
    for (const LokiPage::Entry& entry : page_.entries()) give(entry, slice, out);
    if (whole) continue;
    const std::string text = fmt::format(
        "{}: the stream {} has {} lines or more at {}, and Loki gives no further ones of an instant "
        "(max_entries_limit_per_query); --page-size asks for more where the server allows it",
        about(slice.part), printable(stream_text(labels), 300), thousands(page_.entries().size()),
        format_time(time));
    diagnostics_.warn(text);
    manifest_.cut(text);
  }
}

void LokiSource::put_labels(const LokiPage::Entry& entry, bool all) {
  const auto put = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    Slot& slot = mapping_.slot(name);
    // What the line itself says comes first.
    if (slot.target < Target::label && builder_.has(slot.target)) return;
    builder_.put(slot, value);
  };
  const LokiPage::Stream& stream = page_.stream(entry);
  for (std::size_t i = entry.field; i < entry.field + entry.fields; ++i) {
    const LokiPage::Field& field = page_.field(i);
    put(page_.name(field), page_.value(field));
  }
  for (const auto& [name, value] : stream.labels) {
    const bool is_service = std::find(options_.service_labels.begin(), options_.service_labels.end(), name) !=
                            options_.service_labels.end();
    if (!is_service || mapping_.target(name) == Target::label) put(name, value);
  }
  if (!all || builder_.has(Target::severity_text)) return;
  for (const auto& [name, value] : stream.labels) {
    if (name == "detected_level" && value != "unknown") builder_.put(*level_, value);
  }
  for (std::size_t i = entry.field; i < entry.field + entry.fields; ++i) {
    const LokiPage::Field& field = page_.field(i);
    if (page_.name(field) == "detected_level" && page_.value(field) != "unknown")
      builder_.put(*level_, page_.value(field));
  }
}

void LokiSource::give(const LokiPage::Entry& entry, Slice& slice, RecordOut& out) {
  const std::string_view line = page_.line(entry);
  const bool unpacked = unpacker_.read(line, options_.unpack, builder_) != LineForm::plain;
  if (!unpacked && !line.empty()) builder_.put(*message_, line);
  builder_.at(entry.time);
  put_labels(entry, true);
  if (!builder_.finish(record_).empty()) {  // whatever it holds, the line itself is a record
    builder_.start();
    builder_.at(entry.time);
    builder_.put(*message_, line.empty() ? std::string_view(" ") : line);
    put_labels(entry, false);
    if (!builder_.finish(record_).empty()) {
      record_.clear();
      record_.time = entry.time;
      builder_.labels(record_);
    }
    record_.message = line;
  }
  if (!unpacked && options_.unpack != Unpack::none && options_.unpack != Unpack::automatic) ++not_unpacked_;
  for (const std::string& name : options_.service_labels) {
    const Labels& labels = page_.stream(entry).labels;
    const auto found = std::find_if(labels.begin(), labels.end(), [&](const auto& label) {
      return label.first == name && !label.second.empty();
    });
    if (found == labels.end()) continue;
    record_.service = found->second;
    break;
  }
  if (record_.service.empty()) record_.service = options_.service;
  record_.labels.insert(record_.labels.begin(), label_texts_.begin(), label_texts_.end());
  id_ = fmt::format("{:016x}", page_.hash(entry));
  record_.record_id = id_;
  out.log(record_, id_);
  ++slice.given;
  if (entry.time < slice.counted_to) ++slice.counted;
  slice.last = entry.time;
}

}  // namespace aiops::source
