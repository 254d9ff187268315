#include "incident/live.hpp"

#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

constexpr std::size_t kLongestText = 2000;
constexpr Nanos kUsualHolds = kHour;  // later in the day something else is usual
// What lasts is told again after so long, for those who restart or come late.
constexpr Nanos kAtLeast = 5 * kMinute;
constexpr double kEcho = 0.5;  // of a series' highest score

std::vector<std::string> reasons_of(std::string_view text) {
  std::vector<std::string> reasons;
  const auto add = [&](std::string_view reason) {
    if (!reason.empty() && reasons.size() < Member::kMostReasons) reasons.emplace_back(reason.substr(0, 200));
  };
  text = trim(text);
  simdjson::dom::parser parser;
  simdjson::dom::array list;
  if (text.starts_with('[') && !parser.parse(text.data(), text.size()).get(list)) {
    for (const auto item : list) {
      std::string_view reason;
      if (!item.get(reason)) add(reason);
    }
    return reasons;
  }
  for (const std::string& part : split(text, ';')) add(trim(part));
  return reasons;
}

// Whether it is off to the side to which it was: the way back may score higher, and says less.
bool same_way(const Member& member, const ScoredRow& row) {
  const double was = member.value - member.expected, is = row.value - row.expected;
  return std::isnan(was) || std::isnan(is) || (was > 0) == (is > 0);
}

void take_peak(Member& member, const ScoredRow& row) {
  member.value = row.value;
  member.expected = row.expected;
  member.lower = row.lower;
  member.upper = row.upper;
  member.score = row.score;
  member.p_value = row.p_value;
  member.reasons = reasons_of(row.reasons.substr(0, 8192));
  member.message = row.message.substr(0, kLongestText);
}

// What is shown is the value that is farthest off: a score has its height soon, and says no more then. The
// score is the highest.
void take_worse(Member& member, const ScoredRow& row) {
  const double was = std::abs(member.value - member.expected), is = std::abs(row.value - row.expected);
  const bool higher = row.score > member.score || std::isnan(member.score);
  const double score = higher ? row.score : member.score, p_value = higher ? row.p_value : member.p_value;
  if (std::isnan(was) || std::isnan(is) ? higher : is > was) take_peak(member, row);
  member.score = score;
  member.p_value = p_value;
}

}  // namespace

Member make_member(const ScoredRow& row, Nanos time) {
  Member member;
  member.series = *row.series;
  member.name = row.name;
  member.onset = member.until = time;
  // An alert is high at least, whatever the record says.
  member.severity = std::max(row.severity, score::Severity::high);
  member.template_id = row.template_id;
  member.log_template = row.log_template.substr(0, kLongestText);
  take_peak(member, row);
  member.usual_lower = row.lower;
  member.usual_upper = row.upper;
  return member;
}

void Incidents::Live::reindex() {
  std::stable_sort(incident.members.begin(), incident.members.end(),
                   [](const Member& a, const Member& b) { return a.onset < b.onset; });
  index.clear();
  incident.services.clear();
  for (std::size_t i = 0; i < incident.members.size(); ++i) {
    const Member& one = incident.members[i];
    index.emplace(one.name, i);
    last = std::max(last, one.until);
    active = std::max(active, one.onset);
    incident.severity = std::max(incident.severity, one.severity);
    const std::string service(one.series.get(field::kService));
    if (service.empty()) continue;
    if (std::find(incident.services.begin(), incident.services.end(), service) == incident.services.end()) {
      incident.services.push_back(service);
    }
  }
  if (!incident.members.empty()) incident.start = std::min(incident.start, incident.members.front().onset);
}

Member* Incidents::Live::member(std::string_view series) {
  const auto found = index.find(std::string(series));
  return found == index.end() ? nullptr : &incident.members[found->second];
}

bool Incidents::Live::is_back(const ScoredRow& row, Nanos time) {
  const Member& one = *member(row.name);
  const bool was_out = one.value < one.lower || one.value > one.upper;
  return was_out && row.value >= one.usual_lower && row.value <= one.usual_upper && time > one.onset &&
         time <= add_held(one.onset, kUsualHolds) && !row.by_threshold() &&
         row.reasons.find("flat=") == std::string_view::npos;
}

bool Incidents::Live::make_room(const Member& member) {
  const std::string_view service = member.series.get(field::kService);
  if (std::find(incident.services.begin(), incident.services.end(), service) != incident.services.end())
    return false;
  std::unordered_map<std::string_view, std::size_t> series;
  for (const Member& one : incident.members) ++series[one.series.get(field::kService)];
  const auto most = std::max_element(series.begin(), series.end(), [](const auto& a, const auto& b) {
    return std::tie(a.second, a.first) < std::tie(b.second, b.first);
  });
  if (most == series.end() || most->second < 2) return false;
  const std::string_view whose = most->first;
  const auto end = std::find_if(incident.members.rbegin(), incident.members.rend(),
                                [&](const Member& one) { return one.series.get(field::kService) == whose; });
  incident.members.erase(std::next(end).base());
  ++incident.left_out;
  return true;
}

bool Incidents::Live::extend(const ScoredRow& row, Nanos time) {
  Member& one = *member(row.name);
  bool news = told != kNoTime && time >= add_held(told, kAtLeast);
  if (time < one.onset) {
    one.onset = time;
    reindex();
    return true;
  }
  if (is_back(row, time)) return news;
  longer = longer || time > one.until;
  one.until = std::max(one.until, time);
  last = std::max(last, time);
  if (!(row.score < kEcho * one.score)) active = std::max(active, time);
  if (row.severity > one.severity) {
    one.severity = row.severity;
    if (row.severity > incident.severity) incident.severity = row.severity, urgent = news = true;
  }
  if (same_way(one, row)) take_worse(one, row);
  return news;
}

}  // namespace aiops::incident
