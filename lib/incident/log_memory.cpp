#include "incident/log_memory.hpp"

#include <algorithm>
#include <cmath>

#include "base/file.hpp"

namespace aiops::incident {
namespace {

constexpr Nanos kLate = 2 * kMinute;    // lines may come so much later than the incident
constexpr std::size_t kOverhead = 200;  // bytes a line takes beside its text

int rank_of(std::string_view severity) {
  if (severity == "FATAL" || severity == "CRITICAL" || severity == "EMERGENCY" || severity == "ALERT")
    return 3;
  if (severity == "ERROR") return 2;
  return severity == "WARN" || severity == "WARNING" ? 1 : 0;
}

// Not within a character of UTF-8.
std::string_view cut(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most);
}

struct Candidate {
  const LogLine* line;
  std::uint64_t count = 0, before = 0;
};

// How much a line tells: see collect().
double telling(const Candidate& one) {
  const double more = std::log2(static_cast<double>(one.count + 1) / static_cast<double>(one.before + 1));
  return 3.0 * rank_of(one.line->severity_text) + (one.before == 0 ? 4 : 0) + std::clamp(more, 0.0, 4.0);
}

}  // namespace

std::uint64_t kind_of_line(const LogLine& line) {
  std::string shape = line.severity_text + '\n';
  if (!line.template_id.empty()) return checksum(shape + line.template_id);
  bool number = false;
  for (const char c : std::string_view(line.message).substr(0, LogMemory::kLongestLine)) {
    // Numbers, and identifiers that have a digit: what stands between letters of a word stays.
    const bool digit = c >= '0' && c <= '9';
    const bool hex = number && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
    if (digit || hex) {
      if (!number) shape += '#';
      number = true;
    } else {
      number = false;
      shape += c;
    }
  }
  return checksum(shape);
}

void LogMemory::add(const LogLine& line) {
  if (line.time == kNoTime || line.message.empty()) return;
  newest_ = std::max(newest_, line.time);
  if (line.time < subtract_held(newest_, 2 * around_ + kLate)) return;
  const Nanos minute = line.time - line.time % kMinute;
  Service& service = minutes_[minute][line.service];
  const std::uint64_t kind = kind_of_line(line);
  if (const auto known = service.find(kind); known != service.end()) {
    ++known->second.count;
    return;
  }
  if (service.size() >= kMostKinds) {
    ++refused_;
    return;
  }
  LogLine kept = line;
  kept.message = cut(line.message, kLongestLine);
  kept.count = 1;
  const std::size_t size = kept.message.size() + kept.service.size() + kOverhead;
  bytes_ += size;
  sizes_[minute] += size;
  service.emplace(kind, std::move(kept));
  forget(newest_);
}

void LogMemory::forget(Nanos now) {
  while (!minutes_.empty() && (minutes_.begin()->first < subtract_held(now, 2 * around_ + kLate + kMinute) ||
                               (bytes_ > kMostBytes && minutes_.size() > 1))) {
    bytes_ -= sizes_[minutes_.begin()->first];
    sizes_.erase(sizes_.begin());
    minutes_.erase(minutes_.begin());
  }
}

void LogMemory::collect(Incident& incident, std::size_t most) const {
  const Nanos from = subtract_held(incident.start, around_);
  Nanos until = incident.start;
  for (const Member& member : incident.members) until = std::max(until, member.until);
  until = add_held(until, around_);
  std::unordered_map<std::uint64_t, Candidate> kinds;
  for (auto minute = minutes_.lower_bound(subtract_held(from, kMinute)); minute != minutes_.end(); ++minute) {
    if (minute->first > until) break;
    const bool before = minute->first + kMinute <= incident.start;
    for (const std::string& service : incident.services) {
      const auto found = minute->second.find(service);
      if (found == minute->second.end()) continue;
      for (const auto& [kind, line] : found->second) {
        Candidate& one = kinds.try_emplace(kind ^ checksum(service), Candidate{&line}).first->second;
        // The first of those that were said meanwhile is the one to show.
        if (one.count == 0 && !before) one.line = &line;
        (before ? one.before : one.count) += line.count;
      }
    }
  }
  for (const LogLine& line : incident.logs) {
    Candidate& one =
        kinds.try_emplace(kind_of_line(line) ^ checksum(line.service), Candidate{&line}).first->second;
    one.count = std::max(one.count, line.count);
    if (line.time <= one.line->time) one.line = &line;
  }
  std::vector<Candidate> chosen;
  for (const auto& [kind, one] : kinds) chosen.push_back(one);
  std::sort(chosen.begin(), chosen.end(), [](const Candidate& a, const Candidate& b) {
    const double x = telling(a), y = telling(b);
    return x != y                         ? x > y
           : a.line->time != b.line->time ? a.line->time < b.line->time
                                          : a.line->message < b.line->message;
  });
  if (chosen.size() > most) chosen.resize(most);
  std::sort(chosen.begin(), chosen.end(), [](const Candidate& a, const Candidate& b) {
    return a.line->time != b.line->time ? a.line->time < b.line->time : a.line->message < b.line->message;
  });
  std::vector<LogLine> logs;
  for (const Candidate& one : chosen) {
    logs.push_back(*one.line);
    logs.back().count = std::max<std::uint64_t>(one.count, 1);
  }
  incident.logs = std::move(logs);
}

}  // namespace aiops::incident
