#include "incident/incident_json.hpp"

#include <array>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

// Members of an object, one after another.
class Object {
 public:
  explicit Object(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }
  std::string& name(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    append_json_string(out_, name);
    return out_ += ':';
  }
  void text(std::string_view key, std::string_view value) { append_json_string(name(key), value); }
  void known(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void count(std::string_view key, std::uint64_t value) { name(key) += std::to_string(value); }
  void number(std::string_view key, double value) {
    if (std::isfinite(value)) append_6(name(key), value);
  }
  // null: not yet.
  void time(std::string_view key, Nanos value) {
    if (value == kNoTime) {
      name(key) += "null";
    } else {
      text(key, format_time(value));
    }
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    list(key, values, [&](const std::string& value) { append_json_string(out_, value); });
  }
  template <class Items, class Write>
  void list(std::string_view key, const Items& items, Write write) {
    name(key) += '[';
    bool first = true;
    for (const auto& item : items) {
      if (!first) out_ += ',';
      first = false;
      write(item);
    }
    out_ += ']';
  }

 private:
  std::string& out_;
};

void write_member(std::string& out, const Member& member) {
  Object object(out);
  object.text("series", member.name);
  record::append_json_members(out, member.series);  // begins with a comma
  object.time("onset", member.onset);
  object.time("until", member.until);
  object.text("severity", severity_text(member.severity));
  object.number("value", member.value);
  object.number("expected", member.expected);
  object.number("lower", member.lower);
  object.number("upper", member.upper);
  object.number("score", member.score);
  object.number("p_value", member.p_value);
  object.texts("reasons", member.reasons);
  object.known("template_id", member.template_id);
  object.known("template", member.log_template);
  object.known("message", member.message);
  object.end();
}

void write_cause(std::string& out, const Cause& cause) {
  Object object(out);
  object.text("service", cause.service);
  object.known("metric", cause.metric);
  object.known("fault", cause.fault);
  object.number("score", cause.score);
  object.texts("why", cause.why);
  object.end();
}

void write_log(std::string& out, const LogLine& line) {
  Object object(out);
  object.time("timestamp", line.time);
  object.known("service", line.service);
  object.known("severity_text", line.severity_text);
  object.text("message", line.message);
  object.known("template_id", line.template_id);
  object.known("trace_id", line.trace_id);
  object.count("count", line.count);
  object.end();
}

void write_trace(std::string& out, const TraceExample& trace) {
  Object object(out);
  object.text("trace_id", trace.trace_id);
  object.text("why", trace.why);
  object.number("duration_ms", trace.duration_ms);
  object.known("service", trace.service);
  object.known("operation", trace.operation);
  object.time("timestamp", trace.time);
  object.end();
}

void write_change(std::string& out, const Change& change) {
  Object object(out);
  object.time("timestamp", change.time);
  object.known("service", change.service);
  object.known("kind", change.kind);
  object.text("what", change.what);
  object.end();
}

// Log evidence once more, shortened: what is new or surged, for those who look for that alone.
void write_template(std::string& out, const Member& member) {
  Object object(out);
  object.text("template_id", member.template_id);
  object.text("template", member.log_template);
  object.known("service", member.series.get(field::kService));
  object.known("metric", member.series.get(field::kMetric));
  object.number("value", member.value);
  object.number("expected", member.expected);
  object.number("score", member.score);
  object.time("onset", member.onset);
  object.known("message", member.message);
  object.end();
}

void write_state(Object& object, const Incident& incident) {
  object.known("by", incident.by);
  object.known("why", incident.why);
  object.known("verdict", incident.verdict);
  object.count("reopened", incident.reopened);
  object.known("merged_into", incident.merged_into);
}

}  // namespace

std::string_view severity_text(score::Severity severity) {
  constexpr std::array kNames = {"normal", "high", "critical"};
  return kNames[static_cast<std::size_t>(severity)];
}

void append_json(std::string& out, const Incident& incident) {
  Object object(out);
  object.time("timestamp", incident.updated);
  object.text("id", incident.id);
  object.text("state", state_name(incident.state));
  object.count("revision", incident.revision);
  object.text("title", incident.title);
  object.text("severity", severity_text(incident.severity));
  object.time("start", incident.start);
  object.time("opened", incident.opened);
  object.time("end", incident.end);
  if (incident.closed != kNoTime) object.time("closed", incident.closed);
  object.texts("services", incident.services);
  const auto member = [&](const Member& one) { write_member(out, one); };
  const auto cause = [&](const Cause& one) { write_cause(out, one); };
  if (incident.members.empty()) {
    object.name("first_sign") += "null";
  } else {
    write_member(object.name("first_sign"), incident.members.front());
  }
  object.list("members", incident.members, member);
  if (incident.left_out > 0) object.count("members_left_out", incident.left_out);
  object.list("causes", incident.causes, cause);
  object.list("logs", incident.logs, [&](const LogLine& one) { write_log(out, one); });
  std::vector<const Member*> templates;
  for (const Member& one : incident.members) {
    if (!one.template_id.empty()) templates.push_back(&one);
  }
  object.list("templates", templates, [&](const Member* one) { write_template(out, *one); });
  object.list("traces", incident.traces, [&](const TraceExample& one) { write_trace(out, one); });
  object.list("changes", incident.changes, [&](const Change& one) { write_change(out, one); });
  object.name("labels");
  Object labels(out);
  for (const auto& [name, value] : incident.labels) labels.text(name, value);
  labels.end();
  write_state(object, incident);
  if (!incident.confirmed.service.empty()) write_cause(object.name("confirmed_cause"), incident.confirmed);
  object.end();
}

std::string to_json(const Incident& incident) {
  std::string out;
  append_json(out, incident);
  return out;
}

}  // namespace aiops::incident
