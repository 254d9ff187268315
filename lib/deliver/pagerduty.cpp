#include "deliver/pagerduty.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <utility>

#include "base/json_out.hpp"
#include "base/text.hpp"
#include "deliver/link.hpp"
#include "deliver/told.hpp"
#include "net/url.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kSummary = 1024, kSource = 255;  // characters
constexpr const char* kHandle = "{\"triggered\":true}";

std::string_view severity_of(const Incident& incident) {
  const int rank = rank_of_severity(incident.severity);
  return rank == 3 ? "critical" : rank == 2 ? "error" : "info";
}

// What the answer complains about: {"status","message","errors":[…]}.
std::string complaint(const std::string& body) {
  simdjson::dom::parser parser;
  simdjson::dom::object said;
  if (parser.parse(body).get_object().get(said)) return body;
  std::string_view text;
  std::string all;
  if (!said["message"].get_string().get(text)) all = text;
  simdjson::dom::array errors;
  if (!said["errors"].get_array().get(errors)) {
    for (const auto error : errors) {
      if (!error.get_string().get(text)) all += (all.empty() ? "" : "; ") + std::string(text);
    }
  }
  return all.empty() ? body : all;
}

bool is_success(const std::string& body) {
  simdjson::dom::parser parser;
  std::string_view status;
  return !parser.parse(body)["status"].get_string().get(status) && status == "success";
}

}  // namespace

PagerDuty::PagerDuty(PagerDutyOptions options)
    : options_(std::move(options)), http_({options_.http, {}, {}}) {}

Manners PagerDuty::manners() const {
  Manners manners;
  manners.grouped = false;  // each has a key of its own there
  manners.repeats = false;  // PagerDuty escalates by itself
  manners.update_interval = kMinute;
  return manners;
}

// What an alert has to be told first to be in this state: it may be told of it for the first time.
std::vector<std::string_view> PagerDuty::actions(const Message& message) const {
  const State state = message.incidents.front()->state;
  std::vector<std::string_view> all;
  if (state == State::open || message.handle.empty() || message.what == What::reopened) {
    all.push_back("trigger");
  }
  // An update of what somebody has acknowledged would page again as a trigger.
  if (state == State::acknowledged) all.push_back("acknowledge");
  if (state == State::resolved) all.push_back("resolve");
  return all;
}

std::string PagerDuty::event(const Incident& incident, std::string_view action, std::string_view key) const {
  const Told told = tell(incident);
  JsonOut json;
  json.open('{').text("routing_key", key).text("event_action", action).text("dedup_key", incident.id);
  if (action == "trigger") {
    const std::string source = incident.services.empty() ? "aiops" : printable(incident.services.front());
    json.object("payload").text("summary", cut(headline(incident), kSummary));
    json.text("source", cut(source.empty() ? "aiops" : source, kSource));
    json.text("severity", severity_of(incident));
    if (incident.start != kNoTime) json.text("timestamp", format_time(incident.start));
    if (!incident.causes.empty() && !incident.causes.front().service.empty()) {
      json.text("component", cut(printable(incident.causes.front().service), kSource));
    }
    json.object("custom_details");
    for (const auto& [name, value] : told.facts) json.text(name, value);
    for (const Told::Section& section : told.sections) {
      json.array(section.title);
      for (const std::string& line : section.lines) json.text(line);
      json.close(']');
    }
    json.close('}').close('}').text("client", "aiops");
    if (!options_.link.empty()) json.text("client_url", link_of(options_.link, incident.id));
  }
  return json.close('}').str();
}

std::vector<Call> PagerDuty::compose(const Message& message) const {
  std::vector<Call> calls;
  for (const std::string_view action : actions(message)) {
    calls.push_back(
        {net::shown(options_.url + "/v2/enqueue"), event(*message.incidents.front(), action, "(secret)")});
  }
  return calls;
}

Outcome PagerDuty::send(const Message& message) {
  const std::string key = options_.routing_key.read();
  for (const std::string_view action : actions(message)) {
    const Outcome outcome = post(event(*message.incidents.front(), action, key), key);
    if (outcome.result != Outcome::sent) return outcome;
  }
  return {Outcome::sent, "", -1, kHandle, false};
}

Outcome PagerDuty::post(const std::string& body, const std::string& key) {
  net::Request request;
  request.url = options_.url + "/v2/enqueue";
  request.content_type = "application/json";
  request.body = body;
  const std::string where = net::shown(request.url);
  return http_.post(
      std::move(request),
      [&](const PostAnswer& answer) {
        Outcome outcome = judge_status(where, answer, complaint(answer.body));
        if (outcome.result == Outcome::sent && (answer.code != 202 || !is_success(answer.body))) {
          outcome = {Outcome::later,
                     fmt::format("{}: no answer of PagerDuty: {}", where, printable(answer.body, 200)), -1,
                     "", true};
        }
        return outcome;
      },
      {key});
}

}  // namespace aiops::deliver
