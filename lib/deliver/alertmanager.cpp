#include "deliver/alertmanager.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <map>
#include <utility>

#include "base/json_out.hpp"
#include "deliver/link.hpp"
#include "deliver/told.hpp"
#include "net/url.hpp"

namespace aiops::deliver {
namespace {

using Labels = std::map<std::string, std::string>;

constexpr std::size_t kDescription = 4000;  // characters; Alertmanager itself has no limit
constexpr int kResendsUntilExpiry = 4;      // as Prometheus does it

// A label's name as Prometheus has it: letters, digits and _.
std::string label_name(const std::string& text) {
  std::string name = text;
  for (char& c : name) {
    const bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!good) c = '_';
  }
  return name.empty() || (name[0] >= '0' && name[0] <= '9') ? "_" + name : name;
}

Labels labels_of(const Incident& incident, const std::string& alertname) {
  Labels labels;
  for (const auto& [name, value] : incident.labels) {
    if (!value.empty()) labels[label_name(name)] = value;
  }
  labels["alertname"] = alertname;
  labels["incident"] = incident.id;
  labels["severity"] = incident.severity;
  if (!incident.services.empty() && !incident.services.front().empty()) {
    labels["service"] = incident.services.front();
  }
  return labels;
}

// What was sent before, from Message::handle; empty if there was nothing.
Labels sent_before(const std::string& handle) {
  Labels labels;
  simdjson::dom::parser parser;
  simdjson::dom::object object;
  if (handle.empty() || parser.parse(handle).get_object().get(object)) return labels;
  for (const auto& [name, value] : object) {
    std::string_view text;
    if (!value.get_string().get(text)) labels[std::string(name)] = std::string(text);
  }
  return labels;
}

std::string json_of(const Labels& labels) {
  JsonOut json;
  json.open('{');
  for (const auto& [name, value] : labels) json.text(name, value);
  return json.close('}').str();
}

// The labels under which the incident is told now: those of the first time, but for the severity.
Labels labels_now(const Incident& incident, const Labels& before, const std::string& alertname) {
  Labels labels = before.empty() ? labels_of(incident, alertname) : before;
  labels["severity"] = incident.severity;
  return labels;
}

}  // namespace

Alertmanager::Alertmanager(AlertmanagerOptions options)
    : options_(std::move(options)), http_(options_.access) {}

Manners Alertmanager::manners() const {
  Manners manners;
  manners.resend = options_.resend;
  manners.grouped = manners.repeats = false;
  return manners;
}

std::vector<Call> Alertmanager::compose(const Message& message) const {
  const Incident& incident = *message.incidents.front();
  const Labels before = sent_before(message.handle);
  const Labels labels = labels_now(incident, before, options_.alertname);
  const Nanos now = message.now;
  Nanos end = now + kResendsUntilExpiry * options_.resend;
  if (incident.state == State::resolved) end = incident.end == kNoTime ? now : std::min(incident.end, now);
  Nanos start = incident.start != kNoTime ? incident.start : incident.opened;
  if (start == kNoTime) start = now;
  start = std::min(start, end);
  JsonOut json;
  json.open('[');
  const auto add = [&](const Labels& its, Nanos until) {
    json.open('{').raw("labels", json_of(its)).object("annotations");
    json.text("summary", cut(headline(incident), 300));
    json.text("description", cut(plain_text(tell(incident)), kDescription));
    json.text("state", name_of(incident.state)).text("revision", std::to_string(incident.revision));
    json.close('}').text("startsAt", format_time(std::min(start, until))).text("endsAt", format_time(until));
    if (!options_.link.empty()) json.text("generatorURL", link_of(options_.link, incident.id));
    json.close('}');
  };
  if (!before.empty() && before != labels) add(before, now);
  add(labels, end);
  json.close(']');
  return {{net::shown(options_.url + "/api/v2/alerts"), json.str()}};
}

Outcome Alertmanager::send(const Message& message) {
  net::Request request;
  request.url = options_.url + "/api/v2/alerts";
  request.content_type = "application/json";
  request.body = compose(message).front().body;
  const std::string where = net::shown(request.url);
  Outcome outcome = http_.post(
      std::move(request), [&](const PostAnswer& answer) { return judge_status(where, answer, answer.body); });
  if (outcome.result == Outcome::sent) {
    outcome.handle =
        json_of(labels_now(*message.incidents.front(), sent_before(message.handle), options_.alertname));
  }
  return outcome;
}

}  // namespace aiops::deliver
