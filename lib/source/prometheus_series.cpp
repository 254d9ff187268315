// Which series a server with the Prometheus API has, and how many.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "net/url.hpp"
#include "record/fields.hpp"
#include "source/prometheus.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kCounts = 10;  // times in a range at which series are counted, less one

// The largest value of an answer.
struct Largest : AnswerHandler {
  void series(Labels&) override {}
  void sample(Nanos, std::string_view value) override {
    double number = 0;
    if (parse_number(value, number) == Number::ok) largest = std::max(largest, number);
  }
  double largest = 0;
};

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += out.size() > 1 ? "," : "";
  append_json_string(out, name);
  out += ':';
  append_json_string(out, value);
}

// Metadata goes by the family, series have the names of its parts.
const MetricMetadata* find(const std::map<std::string, MetricMetadata>& metadata, const std::string& metric) {
  auto found = metadata.find(metric);
  for (const std::string_view suffix : {"_total", "_bucket", "_count", "_sum", "_created"}) {
    if (found != metadata.end()) break;
    if (metric.ends_with(suffix)) found = metadata.find(metric.substr(0, metric.size() - suffix.size()));
  }
  return found == metadata.end() ? nullptr : &found->second;
}

}  // namespace

void PrometheusSource::too_many(std::size_t part, const std::string& what) const {
  throw Error(
      Status::gate,
      fmt::format(
          "{}: query {} gives {}, and --max-series allows {}: nothing was collected; narrow its selector, "
          "aggregate it (sum by …), or allow more",
          url_, options_.queries[part].name, what, thousands(options_.max_series)));
}

void PrometheusSource::prepare(Nanos start, Nanos end) {
  if (options_.max_series == 0) return;
  for (std::size_t part = 0; part < options_.queries.size(); ++part) {
    const auto counted = count_series(part, start, end);
    if (!counted) {
      diagnostics_.warn(
          fmt::format("query {}: its series cannot be counted beforehand; --max-series does not guard it",
                      options_.queries[part].name));
    } else if (*counted > static_cast<double>(options_.max_series)) {
      too_many(part, count(static_cast<std::uint64_t>(*counted), "series"));
    }
  }
}

// nullopt: the query cannot be counted (a scalar, a mistake in it, or too much even for that).
std::optional<double> PrometheusSource::count_series(std::size_t part, Nanos start, Nanos end) {
  const Nanos step = std::max<Nanos>(kSecond, (end - start) / kCounts / kMillisecond * kMillisecond);
  net::Parameters parameters;
  parameters.add("query", fmt::format("count({})", options_.queries[part].text))
      .add("start", prometheus_seconds(start))
      .add("end", prometheus_seconds(end))
      .add("step", prometheus_seconds(step));
  Largest counted;
  SampleFrame none(0);
  try {
    attempts(part, none, [&] {
      counted.largest = 0;
      ask(part, request("/api/v1/query_range", parameters.text()), counted);
    });
  } catch (const RangeTooLarge&) {
    return std::nullopt;
  } catch (const net::HttpError& error) {
    if (error.code != 400 && error.code != 422) throw;
    return std::nullopt;
  }
  return counted.largest;
}

std::map<std::string, MetricMetadata> PrometheusSource::metadata() {
  std::map<std::string, MetricMetadata> found;
  SampleFrame none(0);
  try {
    attempts(0, none, [&] {
      found.clear();
      ask(0, request("/api/v1/metadata", ""),
          [&](JsonReader& reader) { return read_metadata(reader, found); });
    });
  } catch (const net::HttpError& error) {
    if (error.transient) throw;
    diagnostics_.warn(fmt::format("{}; types, units and descriptions are left out", error.what()));
  }
  return found;
}

std::vector<std::string> PrometheusSource::series(Nanos start, Nanos end) {
  const auto known = metadata();
  std::vector<std::string> lines;
  for (std::size_t part = 0; part < options_.queries.size(); ++part) {
    std::vector<std::string> found = series_of(part, start, end, known);
    manifest_.parts[first_part_ + part].series = manifest_.parts[first_part_ + part].records = found.size();
    lines.insert(lines.end(), found.begin(), found.end());
  }
  // A series that several selectors match stands there once.
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  return lines;
}

std::vector<std::string> PrometheusSource::series_of(std::size_t part, Nanos start, Nanos end,
                                                     const std::map<std::string, MetricMetadata>& metadata) {
  net::Parameters parameters;
  parameters.add("match[]", options_.queries[part].text)
      .add("start", prometheus_seconds(start))
      .add("end", prometheus_seconds(end));
  // Old servers do not know the limit: what they give is counted, too.
  if (options_.max_series != 0) parameters.add("limit", std::to_string(options_.max_series + 1));
  std::vector<std::string> lines;
  const auto take = [&](Labels& labels) {
    if (options_.max_series != 0 && lines.size() >= options_.max_series)
      too_many(part, fmt::format("more than {}", count(options_.max_series, "series")));
    std::sort(labels.begin(), labels.end());
    std::string metric, service, used, members = "{";
    for (const auto& [name, value] : labels) {
      if (name == "__name__") metric = value;
    }
    for (const std::string& wanted : options_.service_labels) {
      const auto label =
          std::find_if(labels.begin(), labels.end(), [&](const auto& l) { return l.first == wanted; });
      if (label == labels.end() || label->second.empty()) continue;
      used = wanted;
      service = label->second;
      break;
    }
    for (const auto& [name, value] : labels) {
      if (name != "__name__" && name != used) append_member(members, name, value);
    }
    std::string line = "{";
    append_member(line, field::kMetric, metric);
    append_member(line, field::kService, service);
    if (members.size() > 1)
      line += fmt::format("{}\"{}\":{}}}", line.size() > 1 ? "," : "", field::kLabels, members);
    if (const MetricMetadata* known = find(metadata, metric)) {
      append_member(line, "type", known->type);
      append_member(line, "unit", known->unit);
      append_member(line, "help", known->help);
    }
    lines.push_back(line + '}');
  };
  SampleFrame none(0);
  attempts(part, none, [&] {
    lines.clear();
    ask(part, request("/api/v1/series", parameters.text()),
        [&](JsonReader& reader) { return read_label_sets(reader, take); });
  });
  return lines;
}

}  // namespace aiops::source
