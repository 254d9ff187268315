// Rows and incidents for the tests of lib/incident.
#pragma once

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "incident/incidents.hpp"

namespace aiops::incident::testing {

inline constexpr Nanos kBegin = 1'800'000'000 * kSecond;
inline Nanos at(double seconds) { return kBegin + static_cast<Nanos>(seconds * 1e9); }

// Feeds rows, and keeps what was told.
struct Stream {
  explicit Stream(GroupOptions options = {}) : incidents(std::move(options), graph, tell(), diagnostics) {}

  Incidents::Tell tell() {
    return [this](Event event, Incident& incident) {
      if (refuse) return false;
      told.emplace_back(event, incident);
      return true;
    };
  }
  void row(const std::string& service, const std::string& metric, double seconds, double score,
           score::Severity severity = score::Severity::normal, bool alert = true) {
    record::SeriesKey key;
    key.set("service", service);
    key.set("metric", metric);
    const std::string name = key.text();
    ScoredRow row;
    row.series = &key;
    row.name = name;
    row.service = service;
    row.time = at(seconds);
    row.value = score;
    row.expected = 0;
    if (!std::isnan(value)) row.value = value, row.lower = -1, row.upper = 1;
    row.score = score;
    row.alert = alert && (score >= 1 || severity != score::Severity::normal);
    row.severity = severity;
    if (row.alert && severity == score::Severity::normal) row.severity = score::Severity::high;
    row.reasons = reasons;
    row.p_value = p_value;
    incidents.add(row);
  }
  // Every service has a row of no interest each 5 seconds.
  void quiet(const std::vector<std::string>& services, double from, double until) {
    for (double t = from; t <= until; t += 5) {
      for (const std::string& service : services) row(service, "cpu", t, 0.1);
    }
  }
  // What was told of incidents that opened.
  std::vector<Incident> opened() const {
    std::vector<Incident> found;
    for (const auto& [event, incident] : told) {
      if (event == Event::opened) found.push_back(incident);
    }
    return found;
  }
  std::vector<Incident> open() const {
    std::vector<Incident> found;
    incidents.each_open([&](const Incident& one) { found.push_back(one); });
    return found;
  }
  std::vector<Event> events() const {
    std::vector<Event> all;
    for (const auto& [event, incident] : told) all.push_back(event);
    return all;
  }

  Graph graph;
  KeptDiagnostics diagnostics;
  std::vector<std::pair<Event, Incident>> told;
  std::string reasons;
  double p_value = kNone;
  double value = kNone;  // of the rows, of which -1 to 1 is usual; without it the score, and no range
  bool refuse = false;
  Incidents incidents;
};

// One with everything that a record can hold.
inline Incident full_incident() {
  Incident one;
  one.id = "20270115T080000Z-cart-0badcafe";
  one.state = State::acknowledged;
  one.revision = 7;
  one.updated = at(90);
  one.title = "cart: <b>\"latency\"</b>\x1b[31m";
  one.severity = score::Severity::critical;
  one.start = at(0);
  one.opened = at(5);
  one.services = {"cart", "shop"};
  Member member;
  member.series = record::SeriesKey::parse("latency{service=\"cart\",pod=\"a\"}");
  member.name = member.series.text();
  member.onset = at(0);
  member.until = at(60);
  member.severity = score::Severity::critical;
  member.value = 0.5;
  member.expected = 0.1;
  member.score = 2.5;
  member.p_value = 1e-9;
  member.reasons = {"forecast=0.5", "level=0.4"};
  one.members.push_back(member);
  member.series = record::SeriesKey::parse("log_new{service=\"shop\",template_id=\"00ff\"}");
  member.name = member.series.text();
  member.onset = at(10);
  member.template_id = "00ff";
  member.log_template = "cannot reach <*>";
  member.message = "cannot reach \xff cart";
  one.members.push_back(member);
  one.left_out = 3;
  one.causes = {{"cart", "latency{service=\"cart\",pod=\"a\"}", "latency", 4.5, {"much slower"}}};
  one.logs = {{at(1), "shop", "ERROR", "line\nbreak", "00ff", "abc", 12}};
  one.traces = {{"abc", "failed", 812.5, "shop", "GET /", at(2)}};
  one.changes = {{at(-60), "cart", "deployment", "4.2"}};
  one.labels = {{"scope", "fleet"}};
  one.by = "ada";
  one.why = "on it";
  one.reopened = 2;
  one.verdict = "confirmed";
  one.confirmed = {"cart", "latency", "", 1, {"confirmed by ada"}};
  return one;
}

}  // namespace aiops::incident::testing
