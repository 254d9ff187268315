#include "deliver/told.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kLine = 300;   // bytes of a text from elsewhere, in a line
constexpr std::size_t kWord = 80;    // of a name
constexpr std::size_t kNames = 12;   // services in a list
constexpr std::size_t kReasons = 3;  // of a member or cause

std::string figure(double value) {
  std::string text;
  append_6(text, value);
  return text;
}

std::string named(const std::string& service, const std::string& what) {
  std::string text = printable(service, kWord);
  if (!text.empty() && !what.empty()) text += ' ';
  return text + printable(what, kWord);
}

void add_reasons(std::string& line, const std::vector<std::string>& reasons) {
  std::string text;
  for (std::size_t i = 0; i < std::min(reasons.size(), kReasons); ++i) {
    if (!reasons[i].empty()) text += (text.empty() ? "" : "; ") + printable(reasons[i], kLine);
  }
  if (!text.empty()) line += ": " + text;
}

// Adds a section of at most `most` lines; one: the text of an item.
template <typename Items, typename One>
void add(Told& told, std::string title, const Items& items, std::size_t most, bool verbatim, One one) {
  Told::Section section{std::move(title), {}, verbatim};
  for (const auto& item : items) {
    if (section.lines.size() == most) {
      section.lines.push_back(fmt::format("… and {} more", items.size() - most));
      break;
    }
    section.lines.push_back(one(item));
  }
  if (!section.lines.empty()) told.sections.push_back(std::move(section));
}

std::string member_line(const Incident::Member& member) {
  std::string line = clock_time(member.onset);
  if (!line.empty()) line += "  ";
  line += named(member.service, member.metric + member.labels);
  if (std::isfinite(member.value)) line += " " + figure(member.value);
  if (std::isfinite(member.expected)) line += ", expected " + figure(member.expected);
  if (std::isfinite(member.score)) line += fmt::format(" (score {})", figure(member.score));
  add_reasons(line, member.reasons);
  return line;
}

std::string cause_line(const Incident::Cause& cause) {
  std::string line = named(cause.service, cause.metric);
  if (!cause.fault.empty()) line += " (" + printable(cause.fault, kWord) + ")";
  if (std::isfinite(cause.score)) line += ", score " + figure(cause.score);
  add_reasons(line, cause.why);
  return line;
}

void add_facts(Told& told, const Incident& incident) {
  const auto fact = [&](std::string name, std::string value) {
    if (!value.empty()) told.facts.emplace_back(std::move(name), std::move(value));
  };
  std::string state(name_of(incident.state));
  if (!incident.by.empty()) state += " by " + printable(incident.by, kWord);
  if (!incident.why.empty()) state += ": " + printable(incident.why, kLine);
  fact("State", state);
  fact("Severity", printable(incident.severity, kWord));
  fact("First sign", format_time(incident.start));
  if (incident.end != kNoTime) {
    std::string ended = format_time(incident.end);
    if (incident.start != kNoTime && incident.end >= incident.start) {
      ended += ", after " + format_duration((incident.end - incident.start) / kSecond * kSecond);
    }
    fact("Ended", ended);
  }
  std::string services;
  for (std::size_t i = 0; i < std::min(incident.services.size(), kNames); ++i) {
    services += (i ? ", " : "") + printable(incident.services[i], kWord);
  }
  if (incident.services.size() > kNames) {
    services += fmt::format(" and {} more", incident.services.size() - kNames);
  }
  fact("Services", services);
  fact("Merged into", printable(incident.merged_into, kWord));
}

}  // namespace

Told tell(const Incident& incident, std::size_t lines) {
  Told told;
  told.title = printable(incident.title, kLine);
  if (told.title.empty()) {
    told.title = incident.services.empty() ? "incident " + incident.id
                                           : "incident at " + printable(incident.services.front(), kWord);
  }
  add_facts(told, incident);
  add(told, "Likely causes", incident.causes, std::min<std::size_t>(lines, 3), false, cause_line);
  std::vector<Incident::Member> members = incident.members;
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.onset < b.onset; });
  add(told, "What changed, in order (UTC)", members, lines, false, member_line);
  add(told, "Changes before", incident.changes, lines, false, [](const Incident::Change& change) {
    return fmt::format("{}  {}: {}", clock_time(change.time), named(change.service, change.kind),
                       printable(change.what, kLine));
  });
  add(told, "Log templates", incident.templates, lines, true, [](const Incident::Template& one) {
    return fmt::format("{}: {} ({})", named(one.service, one.metric), printable(one.text, kLine),
                       figure(one.value));
  });
  add(told, "Logs", incident.logs, lines, true, [](const Incident::Log& log) {
    return fmt::format("{} {} {}", clock_time(log.time), named(log.service, log.severity),
                       printable(log.message, kLine));
  });
  add(told, "Traces", incident.traces, lines, true, [](const Incident::Trace& trace) {
    return fmt::format("{}: {} {} {} ms", printable(trace.why, kWord), printable(trace.id, kWord),
                       named(trace.service, trace.operation), figure(trace.duration_ms));
  });
  return told;
}

std::string headline(const Incident& incident) {
  std::string word(incident.state == State::open ? std::string_view(incident.severity)
                                                 : name_of(incident.state));
  word = printable(word, kWord);
  for (char& c : word) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return word + " " + tell(incident, 0).title;
}

std::string plain_text(const Told& told) {
  std::string text = told.title + "\n";
  for (const auto& [name, value] : told.facts) text += fmt::format("{}: {}\n", name, value);
  for (const Told::Section& section : told.sections) {
    text += fmt::format("\n{}:\n", section.title);
    for (const std::string& line : section.lines) text += "  " + line + "\n";
  }
  return text;
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string cut(std::string_view text, std::size_t most) {
  const std::size_t all = characters(text);
  if (all <= most) return std::string(text);
  // The note's length depends on the number in it; 40 characters are enough for any.
  const std::string note = fmt::format("… ({} more characters)", thousands(all - most + 35));
  std::size_t keep = most - std::min(most, characters(note)), at = 0;
  while (at < text.size() && (keep > 0 || (text[at] & 0xc0) == 0x80)) {
    keep -= (text[at] & 0xc0) != 0x80;
    ++at;
  }
  return std::string(text.substr(0, at)) + note;
}

std::string clock_time(Nanos time) { return time == kNoTime ? "" : format_time(time).substr(11, 8); }

}  // namespace aiops::deliver
