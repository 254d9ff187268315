#include "report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::report {
namespace {

constexpr int kSparkColumns = 30;
constexpr std::size_t kNameBytes = 300;

std::string score_text(double score) { return std::isnan(score) ? "" : fmt::format("{:.2f}", score); }

std::string time_text(Nanos time) {
  std::string text = format_time(time);
  text[10] = ' ';
  return text;
}

// "`cart` `cpu{pod="a"}`"
std::string name_text(const SeriesName& name) {
  const std::string service = code_span(service_of(name), false), metric = code_span(metric_of(name), false);
  if (service.empty() && metric.empty()) return "all rows";
  return service + (service.empty() || metric.empty() ? "" : " ") + metric;
}

std::string severity_text(const SeriesOverview& series) {
  if (series.scored == 0 && !series.status.empty()) return escape_markdown(printable(series.status, 20));
  const std::string name(severity_name(series.severity));
  return series.severity == Severity::normal ? name : "**" + name + "**";
}

void append_table(std::string& out, const Overview& overview, const std::vector<SeriesName>& names,
                  const std::vector<Slot>& order, const Totals& totals) {
  out += "| service | metric | severity | worst score | at (UTC) | alerts | last value | over time |\n";
  out += "|---|---|---|--:|---|--:|--:|---|\n";
  for (const Slot slot : order) {
    const SeriesOverview& series = overview.series()[slot];
    out += fmt::format(
        "| {} | {} | {} | {} | {} | {} | {} | {} |\n", code_span(service_of(names[slot]), true),
        code_span(metric_of(names[slot]), true), severity_text(series), score_text(series.worst),
        series.scored > 0 ? time_text(series.worst_at) : "", thousands(series.alerts), text_6(series.last),
        code_span(sparkline(series.trail.cells(totals.from, totals.to, kSparkColumns), "", ""), true));
  }
}

void append_alert(std::string& out, const SeriesName& name, const AlertGroup& alert) {
  out +=
      fmt::format("- **{}** {}, {}", severity_name(alert.severity), name_text(name), time_text(alert.start));
  if (alert.end > alert.start) out += fmt::format(" for {}", format_duration(alert.end - alert.start));
  out += ": worst score " + (std::isnan(alert.worst) ? "unknown" : score_text(alert.worst));
  if (alert.worst_at != alert.start) out += " at " + time_text(alert.worst_at);
  if (!std::isnan(alert.value)) out += ", value " + text_6(alert.value);
  if (!std::isnan(alert.expected)) out += ", expected " + text_6(alert.expected);
  if (!std::isnan(alert.lower) || !std::isnan(alert.upper)) {
    const std::string lower = text_6(alert.lower), upper = text_6(alert.upper);
    out += fmt::format(" ({} to {})", lower.empty() ? "any" : lower, upper.empty() ? "any" : upper);
  }
  out += '\n';
  for (const std::string& reason : split_reasons(alert.reasons)) {
    out += "  - " + code_span(printable(reason, kNameBytes), false) + "\n";
  }
}

struct Found {
  Slot slot;
  const AlertGroup* alert;
};

// The worst alerts, in the order of their time.
std::vector<Found> choose_alerts(const Overview& overview, std::size_t limit) {
  std::vector<Found> found;
  for (Slot slot = 0; slot < overview.series().size(); ++slot) {
    for (const AlertGroup& alert : overview.series()[slot].groups) found.push_back({slot, &alert});
  }
  std::stable_sort(found.begin(), found.end(), [](const Found& a, const Found& b) {
    if (a.alert->severity != b.alert->severity) return a.alert->severity > b.alert->severity;
    return a.alert->worst > b.alert->worst;
  });
  if (limit > 0 && found.size() > limit) found.resize(limit);
  std::stable_sort(found.begin(), found.end(),
                   [](const Found& a, const Found& b) { return a.alert->start < b.alert->start; });
  return found;
}

}  // namespace

std::string code_span(std::string_view text, bool in_table) {
  const std::string shown = printable(text, kNameBytes);
  if (shown.empty()) return "";
  std::size_t longest = 0, run = 0;
  std::string body;
  for (const char c : shown) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    if (c == '|' && in_table) body += '\\';
    body += c;
  }
  const std::string fence(longest + 1, '`');
  const bool pad = body.front() == '`' || body.back() == '`';
  return fence + (pad ? " " : "") + body + (pad ? " " : "") + fence;
}

std::string escape_markdown(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
      continue;
    }
    if (c == '<') {
      out += "&lt;";
      continue;
    }
    if (std::string_view("\\`*_{}[]>#|~&!").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

std::string markdown_text(const Overview& overview, const std::vector<SeriesName>& names,
                          const MarkdownOptions& options) {
  const Totals totals = overview.totals();
  std::vector<Slot> order = overview.worst_first(names);
  std::erase_if(order, [&](Slot slot) { return overview.series()[slot].rows == 0; });
  const std::size_t all = order.size();
  if (options.top > 0 && order.size() > options.top) order.resize(options.top);
  std::string out = "# " + escape_markdown(options.title) + "\n\n" + totals_text(totals);
  if (order.empty()) return out + "\n";
  out += ", " + time_text(totals) + "\n";
  out += "\n## Series, worst first\n\n";
  append_table(out, overview, names, order, totals);
  if (order.size() < all) out += fmt::format("\n… and {} more.\n", thousands(all - order.size()));
  const std::vector<Found> found = choose_alerts(overview, options.alerts);
  out += "\n## Alerts\n\n";
  if (found.empty()) return out + "None.\n";
  if (found.size() < totals.alerts) {
    out += fmt::format("The {} worst of {}, in the order of time.\n\n", thousands(found.size()),
                       thousands(totals.alerts));
  }
  for (const Found& one : found) append_alert(out, names[one.slot], *one.alert);
  return out;
}

}  // namespace aiops::report
