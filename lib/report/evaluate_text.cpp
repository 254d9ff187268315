#include "report/evaluate_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "base/json_out.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::report {
namespace {

std::string figure(double value) { return std::isnan(value) ? "-" : fmt::format("{:.3f}", value); }

std::string qualities(double recall, double precision, double f1) {
  return fmt::format("recall {}  precision {}  F1 {}", figure(recall), figure(precision), figure(f1));
}

std::string short_number(double value) {
  const std::string out = text_6(value);
  return out.empty() ? "-" : out;
}

void append_line(std::string& out, std::string_view heading, const std::string& text) {
  out += fmt::format("{:<11}{}\n", heading, text);
}

struct KindCount {
  std::uint64_t found = 0, events = 0;
};
std::map<std::string, KindCount> by_kind(const EvaluateResult& result) {
  std::map<std::string, KindCount> kinds;
  for (const EventResult& event : result.events) {
    KindCount& kind = kinds[event.event.kind];
    ++kind.events;
    kind.found += event.found;
  }
  return kinds;
}

std::string kinds_text(const EvaluateResult& result) {
  std::string out;
  const auto kinds = by_kind(result);
  if (kinds.size() == 1 && kinds.begin()->first.empty()) return out;
  for (const auto& [kind, counts] : kinds) {
    if (!out.empty()) out += ", ";
    out += fmt::format("{} {} of {}", kind.empty() ? "(none)" : printable(kind, 40), counts.found,
                       counts.events);
  }
  return out;
}

// The name of what was labelled: a label's key, or the series that the column `truth` stood with.
std::string subject(const EventResult& event) {
  const std::string text = event.event.text();
  if (!text.empty()) return printable(text, 60);
  return event.series.empty() ? "any series" : printable(event.series, 60);
}

// As precise as a person wants it: seconds from ten on, milliseconds below.
std::string shown_duration(Nanos duration) {
  const Nanos unit = duration >= 10 * kSecond ? kSecond : kMillisecond;
  return format_duration((duration + unit / 2) / unit * unit);
}

void append_events(std::string& out, const EvaluateResult& result, ShowEvents show) {
  std::vector<const EventResult*> shown;
  for (const EventResult& event : result.events) {
    if (show == ShowEvents::all || !event.found) shown.push_back(&event);
  }
  if (show == ShowEvents::none || shown.empty()) return;
  std::size_t kind_width = 4, subject_width = 6;
  for (const EventResult* event : shown) {
    kind_width = std::max(kind_width, printable(event->event.kind, 40).size());
    subject_width = std::max(subject_width, subject(*event).size());
  }
  out += '\n';
  for (const EventResult* event : shown) {
    const std::string verdict = event->found    ? "found after " + shown_duration(event->delay)
                                : event->scored ? "MISSED"
                                                : "MISSED, not scored";
    out += fmt::format("{}  {:>8}  {:<{}}  {:<{}}  {}", format_time(event->event.start),
                       shown_duration(event->event.end - event->event.start),
                       printable(event->event.kind, 40), kind_width, subject(*event), subject_width, verdict);
    if (event->found && subject(*event) != printable(event->found_by, 60)) {
      out += ", by " + printable(event->found_by, 100);
    }
    out += '\n';
  }
}

double seconds(Nanos duration) { return static_cast<double>(duration) / static_cast<double>(kSecond); }
double seconds(const std::optional<Nanos>& duration) { return duration ? seconds(*duration) : kMissing; }

void quality_json(JsonOut& json, double recall, double precision, double f1) {
  json.number("recall", recall);
  json.number("precision", precision);
  json.number("f1", f1);
}

void event_json(JsonOut& json, const Event& event) {
  json.text("start", format_time(event.start));
  json.text("end", format_time(event.end));
  json.text("kind", event.kind);
}

void series_json(JsonOut& json, const SeriesResult& series) {
  json.open('{');
  json.text("series", series.text);
  json.number("rows", static_cast<double>(series.rows));
  json.number("scored", static_cast<double>(series.scored));
  json.number("labelled", static_cast<double>(series.labelled));
  json.number("alerts", static_cast<double>(series.alerts));
  json.number("false_alarms", static_cast<double>(series.false_alarms));
  json.number("days", series.days);
  json.number("auc_pr", series.average_precision);
  json.number("vus_pr", series.vus_pr);
  json.number("vus_window", series.window > 0 ? series.window : kMissing);
  json.close('}');
}

void events_json(JsonOut& json, const EvaluateResult& result) {
  json.key("events").open('{');
  json.number("labelled", static_cast<double>(result.events.size()));
  json.number("found", static_cast<double>(result.found));
  json.number("missed", static_cast<double>(result.missed));
  json.number("outside", static_cast<double>(result.outside.size()));
  json.number("unmatched", static_cast<double>(result.unmatched.size()));
  quality_json(json, result.event_recall(), result.event_precision(), result.event_f1());
  json.number("delay_median_seconds", seconds(result.median_delay));
  json.number("delay_max_seconds", seconds(result.max_delay));
  json.key("kinds").open('{');
  for (const auto& [kind, counts] : by_kind(result)) {
    json.key(kind).open('{');
    json.number("labelled", static_cast<double>(counts.events));
    json.number("found", static_cast<double>(counts.found));
    json.close('}');
  }
  json.close('}');
  json.key("list").open('[');
  for (const EventResult& event : result.events) {
    json.open('{');
    json.text("subject", event.event.text().empty() ? event.series : event.event.text());
    event_json(json, event.event);
    json.flag("found", event.found);
    json.flag("scored", event.scored);
    json.number("delay_seconds", event.found ? seconds(event.delay) : kMissing);
    json.text("found_by", event.found_by);
    json.close('}');
  }
  json.close(']');
  json.close('}');
}

void budgets_json(JsonOut& json, const EvaluateResult& result) {
  json.key("at_budget").open('[');
  for (const AtBudget& at : result.at_budget) {
    json.open('{');
    json.number("per_series_and_day", at.per_day);
    json.number("threshold", at.threshold);
    json.number("alerts", static_cast<double>(at.alerts));
    json.number("false", static_cast<double>(at.false_alarms));
    json.number("found", static_cast<double>(at.found));
    quality_json(json, at.recall(), at.precision(), at.f1());
    json.close('}');
  }
  json.close(']');
}

}  // namespace

std::string evaluation_text(const EvaluateResult& result, ShowEvents show) {
  std::string out;
  const std::uint64_t events = result.events.size();
  append_line(out, "events",
              fmt::format("{} labelled, {} found, {} missed: {}", thousands(events), thousands(result.found),
                          thousands(result.missed),
                          qualities(result.event_recall(), result.event_precision(), result.event_f1())));
  append_line(out, "alerts",
              fmt::format("{}, {} of them false: {} a series and day", thousands(result.alerts),
                          thousands(result.false_alarms), short_number(result.false_alarms_per_day)));
  if (result.median_delay) {
    append_line(out, "delay",
                fmt::format("median {}, longest {}", shown_duration(*result.median_delay),
                            shown_duration(*result.max_delay)));
  }
  const Quality& points = result.points;
  append_line(
      out, "rows",
      fmt::format("{} labelled of {} scored: {}", thousands(points.true_positives + points.false_negatives),
                  thousands(result.scored), qualities(points.recall(), points.precision(), points.f1())));
  append_line(out, "ranking",
              fmt::format("AUC-PR {}  a series {}  VUS-PR a series {}", figure(result.average_precision),
                          figure(result.mean_average_precision), figure(result.mean_vus_pr)));
  for (const AtBudget& at : result.at_budget) {
    append_line(out, "at budget",
                fmt::format("{} a series and day, from {} on: {} alerts, {} false: {}",
                            short_number(at.per_day), short_number(at.threshold), thousands(at.alerts),
                            thousands(at.false_alarms), qualities(at.recall(), at.precision(), at.f1())));
  }
  if (const std::string kinds = kinds_text(result); !kinds.empty()) append_line(out, "found", kinds);
  append_events(out, result, show);
  return out;
}

std::string evaluation_json(const EvaluateResult& result) {
  JsonOut json;
  json.open('{');
  json.number("rows", static_cast<double>(result.rows));
  json.number("scored", static_cast<double>(result.scored));
  events_json(json, result);
  json.key("alerts").open('{');
  json.number("count", static_cast<double>(result.alerts));
  json.number("false", static_cast<double>(result.false_alarms));
  json.number("false_per_series_and_day", result.false_alarms_per_day);
  json.close('}');
  json.key("points").open('{');
  json.number("true_positives", static_cast<double>(result.points.true_positives));
  json.number("false_positives", static_cast<double>(result.points.false_positives));
  json.number("false_negatives", static_cast<double>(result.points.false_negatives));
  quality_json(json, result.points.recall(), result.points.precision(), result.points.f1());
  json.close('}');
  json.key("ranking").open('{');
  json.number("auc_pr", result.average_precision);
  json.number("auc_pr_mean", result.mean_average_precision);
  json.number("vus_pr_mean", result.mean_vus_pr);
  json.close('}');
  if (!result.at_budget.empty()) budgets_json(json, result);
  json.key("series").open('[');
  for (const SeriesResult& series : result.series) series_json(json, series);
  json.close(']');
  json.close('}');
  return json.take() + '\n';
}

std::vector<std::string> tripped(const Gates& gates, const EvaluateResult& result) {
  std::vector<std::string> found;
  const auto least = [&](const std::optional<double>& gate, double value, std::string_view option,
                         std::string why) {
    if (gate && !(value >= *gate)) {
      found.push_back(fmt::format("{} {} is below {} {} ({})", option.substr(6), figure(value), option,
                                  short_number(*gate), why));
    }
  };
  const std::string missed =
      fmt::format("{} of {} missed", result.missed, count(result.events.size(), "event"));
  const std::string wrong = fmt::format("{} of {} false", result.false_alarms, count(result.alerts, "alert"));
  least(gates.min_recall, result.event_recall(), "--min-recall", missed);
  least(gates.min_precision, result.event_precision(), "--min-precision", wrong);
  least(gates.min_f1, result.event_f1(), "--min-f1", missed + ", " + wrong);
  if (gates.max_false_alarms_per_day && result.false_alarms_per_day > *gates.max_false_alarms_per_day) {
    found.push_back(fmt::format(
        "{} false alarms a series and day are above --max-false-alarms-per-day {} ({})",
        short_number(result.false_alarms_per_day), short_number(*gates.max_false_alarms_per_day), wrong));
  }
  if (gates.max_delay && result.max_delay.value_or(0) > *gates.max_delay) {
    found.push_back(fmt::format("the longest delay {} is above --max-delay {}",
                                format_duration(*result.max_delay), format_duration(*gates.max_delay)));
  }
  return found;
}

}  // namespace aiops::report
