// LokiSource: whether all that was asked for came.
//
// Loki leaves out, without a word, lines that are older than query_store_max_look_back_period (2h41m unless
// it is configured) as long as its ingesters have not flushed them. Its counts leave out the same lines: they
// show what is lost between pages, and, as time passes over lines at that edge, that there is one.
#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "source/loki.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kConfig = 1024 * 1024;  // bytes of /config that are read
constexpr std::string_view kReachKey = "query_store_max_look_back_period:";

struct FirstSample : AnswerHandler {
  void series(Labels&) override {}
  void sample(Nanos, std::string_view value) override { text = value; }
  std::string text;
};

}  // namespace

Nanos reach_of_config(std::string_view config) {
  const std::size_t at = config.find(kReachKey);
  if (at == std::string_view::npos) return 0;
  const std::string_view rest = config.substr(at + kReachKey.size());
  const Nanos reach = parse_duration(trim(rest.substr(0, rest.find('\n')))).value_or(0);
  return std::max<Nanos>(reach, 0);
}

void LokiSource::ask_reach() {
  if (std::exchange(reach_asked_, true)) return;
  try {
    net::HttpOptions options = server_.http;
    options.idle_timeout = std::min(options.idle_timeout, 10 * kSecond);
    net::Client client(options);
    net::Request asked;
    asked.url = api_.url() + "/config";
    net::Response response = client.send(asked);
    if (response.code() == 200) {
      const Nanos reach = reach_of_config(response.read_all(kConfig));
      reach_known_ = reach > 0;
      if (reach_known_) reach_ = {reach};
    }
  } catch (const net::HttpError& error) {
    diagnostics_.debug(fmt::format("the server does not tell its configuration: {}", error.what()));
  }
  // Those of a single Loki, and of queriers apart from ingesters, unless they are configured otherwise.
  if (reach_.empty()) reach_ = {2 * kHour + 41 * kMinute, 3 * kHour};
}

// After a page was read: do the lines of a stream that was asked for from long before begin exactly there
// where Loki stops looking for unflushed ones?
void LokiSource::look_at_edge(const Slice& slice, Nanos asked, Nanos answered) {
  const auto& entries = page_.entries();
  for (const Nanos reach : reach_) {
    const Nanos edge = asked - reach;
    if (slice.at >= edge - kMinute) continue;
    if (reach_known_) {
      const std::string text = fmt::format(
          "lines older than {} are in Loki's answers only once it has flushed them "
          "(query_store_max_look_back_period): what was sent late and lately may be missing",
          format_duration(reach));
      if (manifest_.warn(text)) diagnostics_.info(text);
    }
    if (edge >= slice.to) continue;
    const auto first = std::find_if(entries.begin(), entries.end(),
                                    [&](const auto& entry) { return entry.time >= edge - kSecond; });
    if (entries.end() - first < 2) continue;
    const auto later = first + std::min<std::ptrdiff_t>(200, entries.end() - first - 1);
    const Nanos pause = (later->time - first->time) / (later - first);  // usual between two lines
    const Nanos before = first != entries.begin() ? (first - 1)->time : std::max(slice.begin, slice.last);
    const Nanos near = answered - reach + std::min(5 * pause, 30 * kSecond) + kSecond;
    if (first->time > near || first->time - before < std::max(100 * pause, kMinute)) continue;
    problem(fmt::format(
        "{}: from {} to {} no line came, and the first one is exactly as old as Loki looks back for lines "
        "that "
        "it has not flushed ({}): older ones are left out until they are; raise "
        "ingester.query_store_max_look_back_period, or ask again later",
        about(slice.part), format_time(before), format_time(first->time), format_duration(reach)));
  }
}

std::uint64_t LokiSource::count(std::size_t part, Nanos from, Nanos to) {
  net::Parameters parameters;  // a range holds its end and not its beginning
  parameters
      .add("query", fmt::format("sum(count_over_time({}[{}ms]))", options_.queries[part].text,
                                (to - from) / kMillisecond))
      .add("time", fmt::format("{}", to - 1));
  net::Request asked;
  asked.url = "/loki/api/v1/query?" + parameters.text();
  FirstSample sum;
  api_.ask(first_part_ + part, asked, about(part) + ", counted", [&](JsonReader& reader) {
    sum.text.clear();
    read_answer(reader, sum);
  });
  return static_cast<std::uint64_t>(parse_int(sum.text).value_or(0));
}

void LokiSource::compare_count(const Slice& slice) {
  if (!options_.count || slice.counted_to <= slice.begin) return;
  std::uint64_t counted = 0;
  try {
    counted = count(slice.part, slice.begin, slice.counted_to);
  } catch (const net::HttpError& error) {
    const std::string text =
        fmt::format("{} could not be counted by the server: {}", about(slice.part), error.what());
    if (manifest_.warn(text)) diagnostics_.warn(text);
    return;
  }
  if (counted == slice.counted) return;
  const std::string range = fmt::format("{}: from {} to {} the server gave {} and counts {}",
                                        about(slice.part), format_time(slice.begin), format_time(slice.to),
                                        aiops::count(slice.counted, "line"), thousands(counted));
  if (counted > slice.counted) {
    problem(range + ": some are missing, or came since");
  } else {
    problem(
        range +
        ": lines get out of its reach as time passes, by its retention, or because they are not flushed and "
        "older than query_store_max_look_back_period: there may have been more");
  }
}

}  // namespace aiops::source
