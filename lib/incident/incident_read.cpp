// Reading incident records back.
#include <fmt/format.h>
#include <simdjson.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "incident/incident_json.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

namespace dom = simdjson::dom;

std::string text(const dom::object& from, std::string_view name) {
  std::string_view value;
  return from[name].get(value) ? std::string() : std::string(value);
}

double number(const dom::object& from, std::string_view name) {
  double value = 0;
  return from[name].get(value) ? kNone : value;
}

std::uint64_t count(const dom::object& from, std::string_view name) {
  std::uint64_t value = 0;
  return from[name].get(value) ? 0 : value;
}

Nanos time(const dom::object& from, std::string_view name) {
  std::string_view value;
  if (from[name].get(value)) return kNoTime;
  const auto time = parse_time(value);
  if (!time) throw InputError(fmt::format("{} \"{}\" is not a time", name, printable(value, 40)));
  return *time;
}

template <class Take>
void each(const dom::object& from, std::string_view name, Take take) {
  dom::array items;
  if (from[name].get(items)) return;
  for (const dom::element item : items) {
    dom::object object;
    if (!item.get(object)) take(object);
  }
}

std::vector<std::string> texts(const dom::object& from, std::string_view name) {
  std::vector<std::string> values;
  dom::array items;
  if (from[name].get(items)) return values;
  for (const dom::element item : items) {
    std::string_view value;
    if (!item.get(value)) values.emplace_back(value);
  }
  return values;
}

score::Severity severity(const dom::object& from) {
  const std::string name = text(from, field::kSeverity);
  if (name == "critical") return score::Severity::critical;
  return name == "high" ? score::Severity::high : score::Severity::normal;
}

Member member(const dom::object& from) {
  Member member;
  member.name = text(from, "series");
  if (!member.name.empty()) {
    member.series = record::SeriesKey::parse(member.name);
  } else {  // written by somebody else
    member.series.set(field::kService, text(from, field::kService));
    member.series.set(field::kMetric, text(from, field::kMetric));
    member.name = member.series.text();
  }
  member.onset = time(from, "onset");
  member.until = time(from, "until");
  if (member.until == kNoTime) member.until = member.onset;
  member.severity = severity(from);
  member.value = number(from, field::kValue);
  member.expected = number(from, field::kExpected);
  member.lower = number(from, field::kLower);
  member.upper = number(from, field::kUpper);
  member.score = number(from, field::kScore);
  member.p_value = number(from, field::kPValue);
  member.reasons = texts(from, field::kReasons);
  member.template_id = text(from, "template_id");
  member.log_template = text(from, "template");
  member.message = text(from, field::kMessage);
  return member;
}

Cause cause(const dom::object& from) {
  return {text(from, field::kService), text(from, field::kMetric), text(from, "fault"),
          number(from, field::kScore), texts(from, "why")};
}

State state(const dom::object& from) {
  const std::string name = text(from, "state");
  for (const State one : {State::open, State::acknowledged, State::resolved}) {
    if (name == state_name(one)) return one;
  }
  throw InputError(fmt::format("state \"{}\"; expected open, acknowledged or resolved", printable(name, 40)));
}

void read_evidence(const dom::object& root, Incident& incident) {
  each(root, "members", [&](const dom::object& one) { incident.members.push_back(member(one)); });
  each(root, "causes", [&](const dom::object& one) { incident.causes.push_back(cause(one)); });
  each(root, "logs", [&](const dom::object& one) {
    LogLine line{time(one, field::kTimestamp),
                 text(one, field::kService),
                 text(one, field::kSeverityText),
                 text(one, field::kMessage),
                 text(one, "template_id"),
                 text(one, field::kTraceId),
                 1};
    line.count = std::max<std::uint64_t>(count(one, "count"), 1);
    incident.logs.push_back(std::move(line));
  });
  each(root, "traces", [&](const dom::object& one) {
    incident.traces.push_back({text(one, field::kTraceId), text(one, "why"), number(one, field::kDurationMs),
                               text(one, field::kService), text(one, field::kOperation),
                               time(one, field::kTimestamp)});
  });
  each(root, "changes", [&](const dom::object& one) {
    incident.changes.push_back({time(one, field::kTimestamp), text(one, field::kService),
                                text(one, field::kKind), text(one, "what")});
  });
}

}  // namespace

Incident read_incident(std::string_view json) {
  dom::parser parser;
  dom::element whole;
  dom::object root;
  if (const auto error = parser.parse(json.data(), json.size()).get(whole)) {
    throw InputError(fmt::format("no JSON: {}", simdjson::error_message(error)));
  }
  dom::array members;
  if (whole.get(root) || root["members"].get(members)) {
    throw InputError("no incident: it has no list \"members\"");
  }
  Incident incident;
  incident.id = text(root, "id");
  if (!is_id(incident.id)) {
    throw InputError(fmt::format("id \"{}\"; expected at most {} of letters, digits and . _ -",
                                 printable(incident.id, 80), kLongestId));
  }
  incident.state = state(root);
  incident.revision = count(root, "revision");
  incident.updated = time(root, field::kTimestamp);
  incident.title = text(root, "title");
  incident.severity = severity(root);
  incident.start = time(root, "start");
  if (incident.start == kNoTime) throw InputError("no incident: it has no start");
  incident.opened = time(root, "opened");
  incident.end = time(root, "end");
  incident.closed = time(root, "closed");
  incident.services = texts(root, "services");
  read_evidence(root, incident);
  incident.left_out = count(root, "members_left_out");
  dom::object labels;
  if (!root["labels"].get(labels)) {
    for (const auto& [name, value] : labels) {
      std::string_view label;
      if (!value.get(label)) incident.labels.emplace_back(name, label);
    }
  }
  incident.by = text(root, "by");
  incident.why = text(root, "why");
  incident.verdict = text(root, "verdict");
  incident.reopened = count(root, "reopened");
  incident.merged_into = text(root, "merged_into");
  if (dom::object confirmed; !root["confirmed_cause"].get(confirmed)) incident.confirmed = cause(confirmed);
  return incident;
}

}  // namespace aiops::incident
