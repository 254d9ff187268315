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

std::string value_text(const Member& member) {
  if (!std::isfinite(member.value)) return "";
  std::string inside;
  if (std::isfinite(member.expected)) inside = "expected " + incident::figure(member.expected, member.value);
  if (std::isfinite(member.lower) && std::isfinite(member.upper)) {
    inside +=
        fmt::format("{}{} to {}", inside.empty() ? "" : ", ", incident::figure(member.lower, member.value),
                    incident::figure(member.upper, member.value));
  }
  return incident::figure(member.value, member.expected) + (inside.empty() ? "" : " (" + inside + ")");
}

void add_members(std::string& out, const Incident& incident) {
  std::size_t width = 0, shown = 0;
  for (const Member& one : incident.members) {
    if (shown++ == kShownMembers) break;
    width = std::max(width, printable(one.name, 60).size());
  }
  shown = 0;
  for (const Member& one : incident.members) {
    if (shown++ == kShownMembers) break;
    out += fmt::format("  {:<8}  {}  {:<{}}  {}", shown == 1 ? "onset" : "", clock_of(one.onset),
                       printable(one.name, 60), width, value_text(one));
    if (!one.log_template.empty()) out += fmt::format("  \"{}\"", printable(one.log_template, 80));
    if (!one.reasons.empty()) out += "  " + printable(one.reasons.front(), 80);
    out += '\n';
  }
  const std::size_t hidden = incident.members.size() > kShownMembers
                                 ? incident.members.size() - kShownMembers + incident.left_out
                                 : incident.left_out;
  if (hidden > 0) out += fmt::format("  {:<8}  and {} more\n", "", thousands(hidden));
}

void add_causes(std::string& out, const Incident& incident) {
  int rank = 0;
  for (const incident::Cause& one : incident.causes) {
    std::string what = one.service.empty() ? one.fault : printable(one.service, 60);
    if (!one.service.empty() && !one.fault.empty()) what += ": " + one.fault;
    out += fmt::format("  {:<8}  {}. {}", ++rank == 1 ? "causes" : "", rank, what);
    if (!one.why.empty()) out += fmt::format(" ({})", printable(one.why.front(), 160));
    out += '\n';
  }
  if (!incident.confirmed.service.empty()) {
    out += fmt::format("  {:<8}  {}{}{}\n", "confirmed", printable(incident.confirmed.service),
                       incident.confirmed.metric.empty() ? "" : "/", printable(incident.confirmed.metric));
  }
}

void add_around(std::string& out, const Incident& incident) {
  bool first = true;
  for (const incident::LogLine& one : incident.logs) {
    out +=
        fmt::format("  {:<8}  {}  {} {} {}{}\n", first ? "logs" : "", clock_of(one.time),
                    printable(one.service, 40), printable(one.severity_text, 10), printable(one.message, 140),
                    one.count > 1 ? fmt::format("  ×{}", thousands(one.count)) : "");
    first = false;
  }
  first = true;
  for (const incident::TraceExample& one : incident.traces) {
    out += fmt::format("  {:<8}  {}  {}  {} {}  {} ms\n", first ? "traces" : "", printable(one.trace_id, 64),
                       one.why, printable(one.service, 40), printable(one.operation, 60),
                       text_6(one.duration_ms));
    first = false;
  }
  first = true;
  for (const incident::Change& one : incident.changes) {
    out += fmt::format("  {:<8}  {}  {}{}{}: {}\n", first ? "changes" : "", format_time(one.time),
                       printable(one.service, 40), one.service.empty() ? "" : " ", printable(one.kind, 40),
                       printable(one.what, 140));
    first = false;
  }
}

}  // namespace

std::string incident_text(const Incident& incident) {
  std::string out = fmt::format("{} {} {} revision {}\n", upper(state_name(incident.state)),
                                incident::severity_text(incident.severity), incident.id, incident.revision);
  out += fmt::format("  {}\n", printable(incident.title, 200));
  out += fmt::format("  {:<8}  {} to {}, {}{}\n", "signs", format_time(incident.start),
                     clock_of(last_sign(incident)), length_of(incident), incident.lasts() ? " so far" : "");
  if (!incident.by.empty()) {
    out += fmt::format("  {:<8}  {}: {}\n", state_name(incident.state), printable(incident.by),
                       printable(incident.why, 200));
  }
  if (incident.reopened > 0)
    out += fmt::format("  {:<8}  {}\n", "reopened", count(incident.reopened, "time"));
  add_members(out, incident);
  add_causes(out, incident);
  add_around(out, incident);
  return out += '\n';
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

std::string incident_table(const std::vector<Incident>& incidents) {
  std::size_t width = 2;
  for (const Incident& one : incidents) width = std::max(width, one.id.size());
  std::string out = fmt::format("{:<12}  {:<8}  {:<20}  {:>8}  {:<{}}  {}\n", "state", "severity", "start",
                                "length", "id", width, "title");
  for (const Incident& one : incidents) {
    out += fmt::format("{:<12}  {:<8}  {:<20}  {:>8}  {:<{}}  {}\n",
                       one.merged_into.empty() ? state_name(one.state) : "merged",
                       incident::severity_text(one.severity), format_time(one.start - one.start % kSecond),
                       length_of(one), one.id, width, printable(one.title, 120));
  }
  return out;
}

}  // namespace aiops::report
