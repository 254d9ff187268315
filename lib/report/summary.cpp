#include "report/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "report/terminal_text.hpp"

namespace aiops::report {
namespace {

std::string short_number(double value, int width) {
  const std::string out = text_6(value);
  if (out.empty()) return "-";
  return static_cast<int>(out.size()) <= width ? out : fmt::format("{:.2e}", value);
}

std::string score_text(double score) {
  if (std::isnan(score)) return "-";
  return score < 1000 ? fmt::format("{:.2f}", score) : fmt::format("{:.1e}", score);
}

struct Line {
  std::string service, metric, severity, worst, alerts, last, at, spark;
  Severity level = Severity::normal;
};

// What fits: the width of each column; 0: left out.
struct Layout {
  int service = 0, metric = 0, severity = 8, worst = 7, alerts = 6, last = 10, at = 19, spark = 40;

  int total() const {
    int sum = 0;
    for (const int width : {service, metric, severity, worst, alerts, last, at, spark}) {
      if (width > 0) sum += width + 2;
    }
    return sum - 2;
  }
};

Layout fit(const std::vector<Line>& lines, int width) {
  Layout layout;
  for (const Line& line : lines) {
    layout.service = std::max(layout.service, shown_width(line.service));
    layout.metric = std::max(layout.metric, shown_width(line.metric));
    layout.severity = std::max(layout.severity, shown_width(line.severity));
  }
  if (layout.service > 0) layout.service = std::clamp(layout.service, 7, 24);
  layout.metric = std::max(layout.metric, 6);
  const auto give = [&](int& column, int least) {
    const int excess = layout.total() - width;
    if (excess > 0) column = std::max(std::min(column, least), column - excess);
  };
  const auto drop = [&](int& column) {
    if (layout.total() > width) column = 0;
  };
  give(layout.spark, 30);
  if (layout.total() > width) layout.at = 11;
  give(layout.metric, 24);
  give(layout.spark, 16);
  drop(layout.last);
  drop(layout.at);
  give(layout.metric, 12);
  drop(layout.spark);
  drop(layout.service);
  give(layout.metric, 6);
  // What a column that was left out gave too much.
  if (layout.spark > 0) layout.spark = std::clamp(layout.spark + width - layout.total(), layout.spark, 40);
  return layout;
}

std::string time_text(Nanos time, int width) {
  std::string text = format_time(time).substr(0, 19);
  text[10] = ' ';
  return width >= 19 ? text : text.substr(5, 11);
}

std::string coloured(const std::string& text, Severity severity, bool colour) {
  if (!colour) return text;
  switch (severity) {
    case Severity::critical:
      return "\033[1;31m" + text + "\033[0m";
    case Severity::high:
      return "\033[33m" + text + "\033[0m";
    case Severity::normal:
      break;
  }
  return "\033[2m" + text + "\033[0m";
}

void append_row(std::string& out, const Line& line, const Layout& layout, bool colour) {
  std::string row;
  const auto column = [&](const std::string& text, int width) {
    if (width == 0) return;
    if (!row.empty()) row += "  ";
    row += text;
  };
  column(padded(line.service, layout.service), layout.service);
  column(padded(line.metric, layout.metric), layout.metric);
  column(coloured(padded(line.severity, layout.severity), line.level, colour), layout.severity);
  column(padded(line.worst, layout.worst, true), layout.worst);
  column(padded(line.at, layout.at), layout.at);
  column(padded(line.alerts, layout.alerts, true), layout.alerts);
  column(padded(line.last, layout.last, true), layout.last);
  column(line.spark, layout.spark);
  row.erase(row.find_last_not_of(' ') + 1);
  out += row + '\n';
}

Line line_of(const SeriesName& name, const SeriesOverview& series) {
  Line line;
  line.service = printable(service_of(name));
  line.metric = printable(metric_of(name), 200);
  if (line.service.empty() && line.metric.empty()) line.metric = "(all rows)";
  line.severity = series.scored > 0 || series.status.empty() ? std::string(severity_name(series.severity))
                                                             : printable(series.status, 12);
  line.level = series.severity;
  line.worst = score_text(series.worst);
  line.alerts = series.alerts == 0 ? "-" : thousands(series.alerts);
  line.last = short_number(series.last, 10);
  return line;
}

}  // namespace

std::string summary_text(const Overview& overview, const std::vector<SeriesName>& names,
                         const SummaryOptions& options) {
  const Totals totals = overview.totals();
  std::vector<Slot> order = overview.worst_first(names);
  std::erase_if(order, [&](Slot slot) { return overview.series()[slot].rows == 0; });
  const std::size_t hidden = options.top > 0 && order.size() > options.top ? order.size() - options.top : 0;
  order.resize(order.size() - hidden);
  std::vector<Line> lines;
  lines.reserve(order.size());
  for (const Slot slot : order) lines.push_back(line_of(names[slot], overview.series()[slot]));
  std::string out;
  if (!lines.empty()) {
    const Layout layout = fit(lines, std::max(options.width, 40));
    const Line header{"SERVICE", "METRIC",   "SEVERITY",  "WORST", "ALERTS",
                      "LAST",    "WORST AT", "OVER TIME", {}};
    append_row(out, header, layout, false);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const SeriesOverview& series = overview.series()[order[i]];
      lines[i].at = series.scored > 0 ? time_text(series.worst_at, layout.at) : "-";
      if (layout.spark > 0) {
        lines[i].spark = sparkline(series.trail.cells(totals.from, totals.to, layout.spark),
                                   options.colour ? "\033[31m" : "", options.colour ? "\033[0m" : "");
      }
      append_row(out, lines[i], layout, options.colour);
    }
    if (hidden > 0) out += fmt::format("… and {} more\n", thousands(hidden));
    out += '\n';
  }
  const std::string counted = totals_text(totals), time = time_text(totals);
  if (time.empty()) return out + counted + '\n';
  const bool fits = shown_width(counted) + shown_width(time) + 2 <= options.width;
  return out + counted + (fits ? ", " : "\n") + time + '\n';
}

}  // namespace aiops::report
