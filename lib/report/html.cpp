#include "report/html.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "base/html.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "report/html_assets.hpp"

namespace aiops::report {
namespace {

std::int64_t millis(Nanos time) { return time / kMillisecond; }

void append_number(std::string& out, std::string_view name, double value) {
  out += ",\"" + std::string(name) + "\":";
  const std::size_t before = out.size();
  append_6(out, value);
  if (out.size() == before) out += "null";
}

void append_count(std::string& out, std::string_view name, std::int64_t value) {
  out += ",\"" + std::string(name) + "\":" + std::to_string(value);
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out += ",\"" + std::string(name) + "\":";
  append_script_string(out, value);
}

// A hash as a content security policy wants it: base64 of the bytes that the hexadecimal digits stand for.
std::string policy_hash(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes, out = "sha256-";
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) << 4 | digit(hex[i + 1]));
  append_base64(out, bytes);
  return out;
}

// Writes the template, putting what `fill` appends in place of each {{name}}.
void write_template(std::string_view text, record::Sink& sink,
                    const std::function<void(std::string_view)>& fill) {
  while (true) {
    const std::size_t open = text.find("{{"), close = text.find("}}", open);
    if (open == std::string_view::npos || close == std::string_view::npos) break;
    sink.write(text.substr(0, open));
    fill(text.substr(open + 2, close - open - 2));
    text.remove_prefix(close + 2);
  }
  sink.write(text);
}

}  // namespace

HtmlReport::HtmlReport(HtmlOptions options)
    : options_(std::move(options)), overview_({.trail = false, .merge = options_.merge}) {}

void HtmlReport::add(Slot slot, const ScoreRow& row) {
  if (slot >= charts_.size()) charts_.resize(slot + 1);
  overview_.add(slot, row);
  const std::size_t before = charts_[slot].marks();
  charts_[slot].add(row);
  marks_ += charts_[slot].marks() - before;
  // What is beyond the limit is never shown: drop it now and then, for a stream that is anomalous throughout.
  // (A series keeps one mark at least, so where there are very many series the trigger must be above that.)
  if (marks_ > std::max(4 * options_.marks, 2 * charts_.size())) limit_marks(2 * options_.marks);
  truth_.add(slot, row.time, row.truth);
}

void HtmlReport::write_series(const SeriesName& name, Slot slot, const std::vector<Event>& events,
                              std::size_t stride, Nanos origin, std::string& out) {
  const SeriesOverview& series = overview_.series()[slot];
  out += "{\"name\":";
  append_script_string(out, name.text);
  append_text(out, "service", service_of(name));
  append_text(out, "metric", metric_of(name));
  append_count(out, "severity", static_cast<int>(series.severity));
  append_text(out, "status", series.scored > 0 ? "" : series.status);
  append_number(out, "worst", series.worst);
  if (series.scored > 0) append_count(out, "worstAt", millis(series.worst_at) - millis(origin));
  append_count(out, "alerts", static_cast<std::int64_t>(series.alerts));
  append_count(out, "rows", static_cast<std::int64_t>(series.rows));
  append_number(out, "last", series.last);
  out += ",\"truth\":[";
  bool first = true;
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (!events[i].matches(slot, name.key)) continue;
    if (!first) out += ',';
    out += std::to_string(i);
    first = false;
  }
  out += "],";
  charts_[slot].append_json(out, origin, stride);
  out += '}';
}

// The same limit for every series, the highest that fits: those with few marks keep all.
void HtmlReport::limit_marks(std::size_t most) {
  std::vector<std::size_t> counts;
  counts.reserve(charts_.size());
  for (const ChartSeries& chart : charts_) counts.push_back(chart.marks());
  std::sort(counts.begin(), counts.end());
  std::size_t left = most;
  marks_ = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::size_t share = left / (counts.size() - i);
    if (counts[i] > share) {
      for (ChartSeries& chart : charts_) chart.keep_worst_marks(std::max<std::size_t>(share, 1));
      break;
    }
    left -= counts[i];
  }
  for (const ChartSeries& chart : charts_) marks_ += chart.marks();
}

void HtmlReport::write(const std::vector<SeriesName>& names, std::optional<std::vector<Event>> labels,
                       record::Sink& sink, const IncidentView& incidents) {
  overview_.finish();
  const std::vector<Event> events = labels ? std::move(*labels) : truth_.take();
  const Totals totals = overview_.totals();
  const Nanos origin = totals.from == kNoTime ? 0 : totals.from;
  std::vector<Slot> order = overview_.worst_first(names);
  std::erase_if(order, [&](Slot slot) { return overview_.series()[slot].rows == 0; });
  std::vector<std::size_t> rows;
  rows.reserve(order.size());
  for (const Slot slot : order) rows.push_back(charts_[slot].rows());
  limit_marks(options_.marks);
  const std::vector<std::size_t> strides = choose_strides(rows, options_.chart_bytes);
  const auto write_data = [&] {
    std::string out = "{\"title\":";
    append_script_string(out, options_.title);
    append_count(out, "from", millis(origin));
    append_count(out, "to", millis(totals.to == kNoTime ? 0 : totals.to));
    append_count(out, "rows", static_cast<std::int64_t>(totals.rows));
    append_count(out, "scored", static_cast<std::int64_t>(totals.scored));
    out += ",\"truth\":[";
    for (std::size_t i = 0; i < events.size(); ++i) {
      if (i > 0) out += ',';
      out += '[' + std::to_string(millis(events[i].start) - millis(origin)) + ',' +
             std::to_string(millis(events[i].end) - millis(origin)) + ',';
      append_script_string(out, events[i].kind);
      out += ']';
    }
    out += ']';
    if (!incidents.empty()) incidents.append_json(out += ",\"incidents\":", origin);
    out += ",\"series\":[";
    sink.write(out);
    for (std::size_t i = 0; i < order.size(); ++i) {
      out = i == 0 ? "\n" : ",\n";
      write_series(names[order[i]], order[i], events, strides[i], origin, out);
      sink.write(out);
    }
    sink.write("]}");
  };
  write_template(page_html(), sink, [&](std::string_view name) {
    if (name == "title") sink.write(escape_html(options_.title));
    if (name == "style") sink.write(page_style());
    if (name == "script") sink.write(page_script());
    if (name == "style-hash") sink.write(policy_hash(page_style_hash()));
    if (name == "script-hash") sink.write(policy_hash(page_script_hash()));
    if (name == "data") write_data();
  });
}

}  // namespace aiops::report
