#include "deliver/incident.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <limits>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::deliver {
namespace {

using Object = simdjson::dom::object;
using Element = simdjson::dom::element;

constexpr std::size_t kMostItems = 1000;  // of a list: more is nothing for a person

std::string text_of(const Object& object, std::string_view name) {
  std::string_view text;
  return object[name].get_string().get(text) ? std::string() : std::string(text);
}

double number_of(const Object& object, std::string_view name) {
  double number = 0;
  return object[name].get_double().get(number) ? std::numeric_limits<double>::quiet_NaN() : number;
}

Nanos time_of(const Object& object, std::string_view name) {
  std::string_view text;
  if (object[name].get_string().get(text)) return kNoTime;
  return parse_time(text).value_or(kNoTime);
}

std::vector<std::string> texts_of(const Object& object, std::string_view name) {
  std::vector<std::string> texts;
  simdjson::dom::array array;
  std::string_view text;
  if (object[name].get_array().get(array)) return texts;
  for (const Element item : array) {
    if (texts.size() < kMostItems && !item.get_string().get(text)) texts.emplace_back(text);
  }
  return texts;
}

template <typename Take>
void each(const Object& object, std::string_view name, Take take) {
  simdjson::dom::array array;
  if (object[name].get_array().get(array)) return;
  std::size_t taken = 0;
  for (const Element item : array) {
    Object one;
    if (taken++ < kMostItems && !item.get_object().get(one)) take(one);
  }
}

std::map<std::string, std::string> labels_of(const Object& object) {
  std::map<std::string, std::string> labels;
  Object members;
  if (object[field::kLabels].get_object().get(members)) return labels;
  for (const auto& [name, value] : members) {
    std::string_view text;
    labels[std::string(name)] = value.get_string().get(text) ? simdjson::minify(value) : std::string(text);
  }
  return labels;
}

std::string selector(const std::map<std::string, std::string>& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "{" : ",", name, value);
  }
  return text.empty() ? text : text + "}";
}

void read_evidence(const Object& record, Incident& incident) {
  each(record, "members", [&](const Object& one) {
    incident.members.push_back({text_of(one, "service"), text_of(one, "metric"), selector(labels_of(one)),
                                time_of(one, "onset"), time_of(one, "until"), number_of(one, "value"),
                                number_of(one, "expected"), number_of(one, "score"),
                                texts_of(one, "reasons")});
  });
  each(record, "causes", [&](const Object& one) {
    incident.causes.push_back({text_of(one, "service"), text_of(one, "metric"), text_of(one, "fault"),
                               number_of(one, "score"), texts_of(one, "why")});
  });
  each(record, "logs", [&](const Object& one) {
    incident.logs.push_back({time_of(one, "timestamp"), text_of(one, "service"),
                             text_of(one, "severity_text"), text_of(one, "message")});
  });
  each(record, "templates", [&](const Object& one) {
    incident.templates.push_back({text_of(one, "service"), text_of(one, "metric"), text_of(one, "template"),
                                  number_of(one, "value"), number_of(one, "expected")});
  });
  each(record, "traces", [&](const Object& one) {
    incident.traces.push_back({text_of(one, "trace_id"), text_of(one, "why"), text_of(one, "service"),
                               text_of(one, "operation"), number_of(one, "duration_ms")});
  });
  each(record, "changes", [&](const Object& one) {
    incident.changes.push_back(
        {time_of(one, "timestamp"), text_of(one, "service"), text_of(one, "kind"), text_of(one, "what")});
  });
}

// What tells another kind of record, in a stream that mixes them.
bool is_other(const Object& record) {
  for (const std::string_view name : {field::kMetric, field::kScore, field::kMessage, field::kSpanId}) {
    if (!record[name].error()) return true;
  }
  return false;
}

// The first problem with an id, "" if there is none: it goes into URLs, headers and keys.
std::string wrong_id(const std::string& id) {
  if (id.empty()) return "an incident without id; expected \"id\":\"…\"";
  if (id.size() > IncidentReader::kMaxId) {
    return fmt::format("the id {} has {} bytes; expected at most {}", printable(id, 20), id.size(),
                       IncidentReader::kMaxId);
  }
  for (const char c : id) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.' || c == '~' || c == ':';
    if (!good) return fmt::format("the id \"{}\": expected letters, digits and - _ . ~ :", printable(id));
  }
  return "";
}

}  // namespace

std::string_view name_of(State state) {
  return state == State::open ? "open" : state == State::acknowledged ? "acknowledged" : "resolved";
}

int rank_of_severity(std::string_view severity) {
  return severity == "critical" ? 3 : severity == "low" || severity == "info" || severity == "normal" ? 1 : 2;
}

std::vector<std::string_view> Incident::values_of(std::string_view field) const {
  if (field == "id") return {id};
  if (field == "severity") return {severity};
  if (field == "state") return {name_of(state)};
  if (field == "title") return {title};
  if (field == "service") return {services.begin(), services.end()};
  if (field.starts_with("labels.")) field.remove_prefix(7);
  const auto found = labels.find(std::string(field));
  if (found == labels.end()) return {};
  return {found->second};
}

struct IncidentReader::Impl {
  simdjson::dom::parser parser;
};

IncidentReader::IncidentReader() : impl_(std::make_unique<Impl>()) {}
IncidentReader::~IncidentReader() = default;

LineKind IncidentReader::read(std::string_view line, Incident& incident) {
  const auto bad = [this](std::string text) {
    what_ = std::move(text);
    return LineKind::bad;
  };
  incident = Incident();
  Element document;
  Object record;
  const auto code = impl_->parser.parse(line.data(), line.size(), true).get(document);
  if (code) return bad(fmt::format("no valid JSON: {}", simdjson::error_message(code)));
  if (document.get_object().get(record)) return bad("expected a record, {…}");
  const bool known = !record["members"].error() || (!record["id"].error() && !record["state"].error());
  if (!known && is_other(record)) return LineKind::other;
  if (!known) return bad("no incident: it has neither members nor id and state");
  incident.id = text_of(record, "id");
  if (std::string wrong = wrong_id(incident.id); !wrong.empty()) return bad(std::move(wrong));
  const std::string state = text_of(record, "state");
  if (state == "acknowledged") {
    incident.state = State::acknowledged;
  } else if (state == "resolved") {
    incident.state = State::resolved;
  } else if (state != "open") {
    return bad(
        fmt::format("incident {}: the state \"{}\" is unknown; expected open, acknowledged or resolved",
                    incident.id, printable(state, 40)));
  }
  incident.json = std::string(trim(line));
  incident.title = text_of(record, "title");
  incident.severity = text_of(record, "severity");
  if (incident.severity.empty()) incident.severity = "high";
  incident.by = text_of(record, "by");
  incident.why = text_of(record, "why");
  incident.merged_into = text_of(record, "merged_into");
  const double revision = number_of(record, "revision");
  if (revision >= 0 && revision < 1e15) incident.revision = static_cast<std::int64_t>(revision);
  incident.numbered = incident.revision > 0;
  incident.timestamp = time_of(record, "timestamp");
  incident.start = time_of(record, "start");
  incident.opened = time_of(record, "opened");
  incident.end = time_of(record, "end");
  incident.services = texts_of(record, "services");
  incident.labels = labels_of(record);
  read_evidence(record, incident);
  if (incident.services.empty()) {
    for (const Incident::Member& member : incident.members) {
      if (!member.service.empty()) incident.services.push_back(member.service);
    }
  }
  return LineKind::incident;
}

}  // namespace aiops::deliver
