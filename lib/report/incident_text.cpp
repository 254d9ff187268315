#include "report/incident_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "incident/incident_json.hpp"
#include "record/fields.hpp"

namespace aiops::report {
namespace {

using incident::Incident;
using incident::Member;
constexpr std::size_t kShownMembers = 12;
constexpr int kIndent = 12;  // "  onset     "

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return out;
}

// "12:36:15", of the day that the incident began.
std::string clock_of(Nanos time) {
  if (time == kNoTime) return "-";
  const std::string text = format_time(time - (time % kSecond + kSecond) % kSecond);
  return text.substr(11, 8);
}

Nanos last_sign(const Incident& incident) {
  Nanos last = incident.start;
  for (const Member& one : incident.members) last = std::max(last, one.until);
  return last;
}

std::string length_of(const Incident& incident) {
  const Nanos length = subtract_held(last_sign(incident), incident.start);
  return format_duration(length - length % kSecond);
}

std::string_view ink_of(const Incident& incident) {
  if (!incident.lasts()) return ink::kGreen;
  return incident.severity == score::Severity::critical ? ink::kAlarm : ink::kYellow;
}

std::string_view ink_of_level(std::string_view level) {
  if (level == "ERROR" || level == "FATAL" || level == "CRITICAL") return ink::kRed;
  return level.starts_with("WARN") ? ink::kYellow : std::string_view();
}

// Facts under one another, each kind with its name in front of the first.
class Sheet {
 public:
  explicit Sheet(const TextStyle& style) : style_(style) {}

  void line(const std::string& text) { out += text + '\n'; }
  // bright: a part of the text to be seen first.
  void fact(std::string_view name, std::string_view text, std::string_view bright = {},
            std::string_view ink = {}) {
    const std::string_view shown = name == name_ ? std::string_view() : name;
    name_ = name;
    bool first = true;
    const int indent = std::max(kIndent, shown_width(shown) + 4);
    for (std::string line : wrapped(text, style_.width > 0 ? std::max(style_.width - indent, 20) : 0)) {
      const std::size_t at = first && !bright.empty() ? line.find(bright) : std::string::npos;
      if (at != std::string::npos) line.replace(at, bright.size(), inked(bright, ink, style_));
      out += first && !shown.empty() ? "  " + inked(fmt::format("{:<8}", shown), ink::kSoft, style_) + "  "
                                     : std::string(kIndent, ' ');
      out += line + '\n';
      first = false;
    }
  }
  int width() const { return style_.width; }
  const TextStyle& style() const { return style_; }

  std::string out;

 private:
  const TextStyle& style_;
  std::string name_;
};

// What is shown of a member, by column.
struct Row {
  std::string time, series, seen, expected, range, why;
};

std::string series_text(const Member& member) {
  record::SeriesKey key = member.series;
  const std::string service(key.get(field::kService));
  std::erase_if(key.fields, [&](const auto& one) {
    return one.first == field::kService ||
           (!member.log_template.empty() && one.first == "labels.template_id");
  });
  return printable(service.empty() || key.fields.empty() ? member.name : service + " " + key.text(), 60);
}

Row row_of(const Member& member) {
  Row row{clock_of(member.onset), series_text(member), "", "", "", ""};
  if (std::isfinite(member.value)) row.seen = incident::figure(member.value, member.expected);
  if (std::isfinite(member.expected)) row.expected = incident::figure(member.expected, member.value);
  if (std::isfinite(member.lower) && std::isfinite(member.upper)) {
    row.range = fmt::format("{} to {}", incident::figure(member.lower, member.value),
                            incident::figure(member.upper, member.value));
  }
  if (!member.log_template.empty()) {
    row.why = fmt::format("\"{}\"", printable(member.log_template, 80));
  } else if (!member.reasons.empty()) {
    row.why = printable(member.reasons.front(), 80);
  }
  return row;
}

// The widths of the columns: what there is no room for is left out, the reason first.
struct Columns {
  int series = 6, seen = 4, expected = 8, range = 5, why = 3;

  Columns(const std::vector<Row>& rows, int width) {
    constexpr int kTime = 8 + 2, kLeastWhy = 24;
    for (const Row& row : rows) {
      series = std::max(series, shown_width(row.series));
      seen = std::max(seen, shown_width(row.seen));
      expected = std::max(expected, shown_width(row.expected));
      range = std::max(range, shown_width(row.range));
      why = std::max(why, shown_width(row.why));
    }
    if (width == 0) return;
    const int fixed = kIndent + kTime + 2 + seen + 2 + expected;
    series = std::clamp(series, 6, std::max(width - fixed, 12));
    int left = width - fixed - series;
    if (left < 2 + range) range = 0;
    if (range > 0) left -= 2 + range;
    why = left >= 2 + std::min(why, kLeastWhy) ? std::min(why, left - 2) : 0;
  }

  std::string line(const Row& row) const {
    std::string out = padded(row.time, 8) + "  " + padded(row.series, series) + "  " +
                      padded(row.seen, seen, true) + "  " + padded(row.expected, expected, true);
    if (range > 0) out += "  " + padded(row.range, range);
    if (why > 0) out += "  " + cut_to(row.why, why);
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
  }
};

void add_members(Sheet& sheet, const Incident& incident) {
  if (incident.members.empty()) return;
  std::vector<Row> rows;
  for (const Member& one : incident.members) {
    if (rows.size() < kShownMembers) rows.push_back(row_of(one));
  }
  const Columns columns(rows, sheet.width());
  std::string head = columns.line({"", "", "seen", "expected", "range", ""});
  sheet.line("  " + inked("onset     " + head, ink::kSoft, sheet.style()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    sheet.line(std::string(kIndent, ' ') + columns.line(rows[i]));
    const bool cut = columns.why < shown_width(rows[i].why);
    if (!cut || incident.members[i].log_template.empty()) continue;
    const int room = std::max(sheet.width() - kIndent - 10, 20);
    for (const std::string& line : wrapped(rows[i].why, room)) {
      sheet.line(std::string(kIndent + 10, ' ') + line);
    }
  }
  const std::size_t hidden = incident.members.size() - rows.size() + incident.left_out;
  if (hidden > 0) sheet.line(fmt::format("{:<{}}and {} more", "", kIndent, thousands(hidden)));
}

void add_causes(Sheet& sheet, const Incident& incident) {
  int rank = 0;
  for (const incident::Cause& one : incident.causes) {
    std::string what = one.service.empty() ? one.fault : printable(one.service, 60);
    if (!one.service.empty() && !one.fault.empty()) what += ": " + one.fault;
    std::string text = fmt::format("{}. {}", ++rank, what);
    if (!one.why.empty()) text += fmt::format(" ({})", printable(one.why.front(), 160));
    sheet.fact("causes", text, rank == 1 ? std::string_view(what) : std::string_view(), ink::kBold);
  }
  if (incident.confirmed.service.empty()) return;
  sheet.fact("confirmed",
             fmt::format("{}{}{}", printable(incident.confirmed.service),
                         incident.confirmed.metric.empty() ? "" : "/", printable(incident.confirmed.metric)));
}

void add_around(Sheet& sheet, const Incident& incident) {
  for (const incident::LogLine& one : incident.logs) {
    const std::string level = printable(one.severity_text, 10);
    sheet.fact("logs",
               fmt::format("{}  {} {} {}{}", clock_of(one.time), printable(one.service, 40), level,
                           printable(one.message, 140),
                           one.count > 1 ? fmt::format("  ×{}", thousands(one.count)) : ""),
               level, ink_of_level(level));
  }
  for (const incident::TraceExample& one : incident.traces) {
    sheet.fact("traces",
               fmt::format("{}  {}  {} {}  {} ms", printable(one.trace_id, 64), printable(one.why, 20),
                           printable(one.service, 40), printable(one.operation, 60), text_6(one.duration_ms)),
               "failed", ink::kRed);
  }
  for (const incident::Change& one : incident.changes) {
    sheet.fact("changes", fmt::format("{}  {}{}{}: {}", format_time(one.time), printable(one.service, 40),
                                      one.service.empty() ? "" : " ", printable(one.kind, 40),
                                      printable(one.what, 140)));
  }
}

// As much of the beginning of each id as tells it from the others, and the minute at least.
int short_id_width(const std::vector<Incident>& incidents) {
  constexpr std::size_t kMinuteOfId = 13;  // 20261121T1246
  std::vector<std::string_view> ids;
  for (const Incident& one : incidents) ids.emplace_back(one.id);
  std::sort(ids.begin(), ids.end());
  std::size_t width = kMinuteOfId;
  for (std::size_t i = 1; i < ids.size(); ++i) {
    const auto [at, other] =
        std::mismatch(ids[i - 1].begin(), ids[i - 1].end(), ids[i].begin(), ids[i].end());
    width = std::max(width, static_cast<std::size_t>(at - ids[i - 1].begin()) + 1);
  }
  return static_cast<int>(width);
}

}  // namespace

std::string incident_text(const Incident& incident, const TextStyle& style) {
  Sheet sheet(style);
  sheet.line(inked(fmt::format("{} {}", upper(state_name(incident.state)),
                               incident::severity_text(incident.severity)),
                   ink_of(incident), style) +
             fmt::format(" {} revision {}", incident.id, incident.revision));
  for (const std::string& line : wrapped(printable(incident.title, 200), std::max(style.width - 2, 0))) {
    sheet.line("  " + inked(line, ink::kBold, style));
  }
  sheet.fact("signs",
             fmt::format("{} to {}, {}{}", format_time(incident.start), clock_of(last_sign(incident)),
                         length_of(incident), incident.lasts() ? " so far" : ""));
  if (!incident.by.empty()) {
    sheet.fact(state_name(incident.state),
               fmt::format("{}: {}", printable(incident.by), printable(incident.why, 200)));
  }
  if (incident.reopened > 0) sheet.fact("reopened", count(incident.reopened, "time"));
  add_members(sheet, incident);
  add_causes(sheet, incident);
  add_around(sheet, incident);
  return sheet.out += '\n';
}

std::string incident_line(incident::Event event, const Incident& incident) {
  std::string line =
      fmt::format("{} {} {} {}", upper(event_name(event)), incident::severity_text(incident.severity),
                  incident.id, printable(incident.title, 200));
  if (!incident.causes.empty() && incident.merged_into.empty()) {
    line += fmt::format(" (cause: {}{}{})", printable(incident.causes.front().service, 40),
                        incident.causes.front().fault.empty() ? "" : ", ", incident.causes.front().fault);
  }
  if (!incident.by.empty() && event != incident::Event::updated) {
    line += fmt::format(", by {}: {}", printable(incident.by, 40), printable(incident.why, 200));
  }
  return line += '\n';
}

std::string incident_table(const std::vector<Incident>& incidents, const TextStyle& style) {
  constexpr int kRoomForAll = 150;
  const bool narrow = style.width > 0 && style.width < kRoomForAll;
  int state = narrow ? 5 : 12, length = narrow ? 6 : 8, id = 2, title = 0;
  for (const Incident& one : incidents) {
    state = std::max(state, shown_width(one.merged_into.empty() ? state_name(one.state) : "merged"));
    length = std::max(length, shown_width(length_of(one)));
    id = std::max(id, shown_width(one.id));
  }
  if (narrow) id = std::min(id, short_id_width(incidents));
  const int when = narrow ? 11 : 20;  // 11-21 12:36, or all of it
  if (style.width > 0) title = std::max(style.width - state - 8 - when - length - id - 10, 12);
  const auto line = [&](const std::string& severity, const std::string& start, const std::string& lasted,
                        const std::string& name, const std::string& what) {
    return fmt::format("{}  {}  {}  {}  {}\n", padded(severity, 8), padded(start, when),
                       padded(lasted, length, true), name, title > 0 ? cut_to(what, title) : what);
  };
  const std::string head =
      padded("state", state) + "  " + line("severity", "start", "length", padded("id", id), "title");
  std::string out = inked(head.substr(0, head.size() - 1), ink::kSoft, style) + "\n";
  for (const Incident& one : incidents) {
    const std::string start = format_time(one.start - one.start % kSecond);
    const std::string shown = padded(
        std::string(one.merged_into.empty() ? state_name(one.state) : std::string_view("merged")), state);
    out += inked(shown, ink_of(one), style) + "  " +
           line(std::string(incident::severity_text(one.severity)),
                narrow ? start.substr(5, 5) + " " + start.substr(11, 5) : start, length_of(one),
                narrow ? one.id.substr(0, static_cast<std::size_t>(id)) : padded(one.id, id),
                printable(one.title, 120));
  }
  return out;
}

}  // namespace aiops::report
