#include "score/log_evidence.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/text.hpp"

namespace aiops::score {
namespace {

using model::LogHistory;
using model::LogService;
using model::LogTemplate;

constexpr std::size_t kNext = 1000;         // the place of the template that follows
constexpr std::size_t kExampleBytes = 512;  // of a message that is kept
constexpr double kRareShare = 0.05;         // of what follows a template: told when it becomes frequent
// For so many windows a template goes on being new: of the first it may have had but the end.
constexpr std::uint64_t kNovelWindows = 5;

// The probability of at least `times` where `mean` are expected.
double poisson_tail(std::uint64_t times, double mean) {
  double term = std::exp(-mean), below = 0;
  for (std::uint64_t i = 0; i < times && i < 1000; ++i) {
    below += term;
    term *= mean / static_cast<double>(i + 1);
  }
  return std::clamp(1 - below, 1e-12, 1.0);
}

std::string short_text(std::string_view text) { return std::string(text.substr(0, kExampleBytes)); }

}  // namespace

std::string_view metric_of(LogFinding::Kind kind) {
  switch (kind) {
    case LogFinding::Kind::unknown:
      return "log_new";
    case LogFinding::Kind::surge:
      return "log_surge";
    case LogFinding::Kind::silent:
      return "log_silent";
    case LogFinding::Kind::value:
      return "log_value";
    default:
      return "log_order";
  }
}

LogEvidence::LogEvidence(LogHistory& history, LogOptions options, Give give)
    : history_(history), options_(options), give_(std::move(give)), templates_(history.templates()) {}

LogEvidence::Window& LogEvidence::window_of(Nanos time) {
  std::int64_t index = time / history_.window - (time % history_.window < 0);
  if (index <= closed_) {
    ++late_;
    index = closed_ + 1;
  }
  return open_[index];
}

// A template was merged into another: so are the lines of windows that are open.
void LogEvidence::merge(const std::string& from, const std::string& into) {
  history_.merge(from, into);
  for (auto& [index, window] : open_) {
    for (auto& [name, templates] : window.services) {
      auto gone = templates.extract(from);
      if (gone.empty()) continue;
      const std::uint64_t lines = gone.mapped().lines;
      const auto other = templates.find(into);
      if (other != templates.end()) {
        other->second.lines += lines;
        continue;
      }
      gone.key() = into;
      gone.mapped().novel.clear();
      templates.insert(std::move(gone));
    }
  }
}

void LogEvidence::add(const LogLine& line) {
  for (const std::string& from : line.merged_from) merge(from, std::string(line.id));
  newest_ = std::max(newest_, line.time);
  end_traces(newest_ - options_.trace_timeout);
  while (!open_.empty() && (open_.begin()->first + 1) * history_.window + options_.lateness <= newest_)
    close(open_.begin()->first);
  Window& window = window_of(line.time);
  ++history_.lines;
  Counted& counted = window.services[std::string(line.service)][std::string(line.id)];
  if (counted.lines++ == 0) {
    counted.first = line.time;
    counted.text = short_text(line.text);
    counted.message = short_text(line.message);
    counted.severity = line.severity;
    counted.trace = line.trace;
    counted.parameters = line.parameters;
  }
  counted.last = std::max(counted.last, line.time);
  LogService& service = history_.services[std::string(line.service)];
  const auto known = service.templates.find(std::string(line.id));
  if (known != service.templates.end()) values(known->second, line, counted);
  follow(line, window);
}

// The values of a line in places where there are few.
void LogEvidence::values(LogTemplate& known, const LogLine& line, Counted& counted) {
  if (known.places_differ) return;
  const std::size_t count = std::min(line.parameters.size(), LogTemplate::kPlaces);
  if (known.places.empty()) known.places.resize(count);
  if (known.places.size() != count) {
    known.places_differ = true;
    known.places.clear();
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::string& value = line.parameters[i];
    const double p = known.places[i].novelty(value);
    const auto key = std::make_pair(i, value.substr(0, 64));
    const auto again = counted.novel.find(key);
    if (again != counted.novel.end()) {
      ++again->second.times;
    } else if (p < 1 && counted.novel.size() < kMost) {
      counted.novel[key] = {1,
                            p,
                            line.time,
                            short_text(line.message),
                            std::string(line.trace),
                            join(known.places[i].most_frequent(3), " ")};
    }
    if (options_.learn) known.places[i].add(value);
  }
}

// What follows what: in the trace of a line, or in its service where it has none.
void LogEvidence::follow(const LogLine& line, Window& window) {
  std::string key = line.trace.empty() ? "service " + std::string(line.service) : std::string(line.trace);
  const auto found = by_trace_.find(key);
  Traces::iterator trace;
  if (found == by_trace_.end()) {
    if (traces_.size() >= options_.most_traces) {
      by_trace_.erase(traces_.front().key);
      traces_.pop_front();
    }
    trace = traces_.emplace(traces_.end());
    trace->key = std::move(key);
    by_trace_.emplace(trace->key, trace);
  } else {
    trace = found->second;
    end_trace(trace, line.id, line.service, window, line.time);
    traces_.splice(traces_.end(), traces_, trace);
  }
  trace->service = line.service;
  trace->id = line.id;
  trace->message = short_text(line.message);
  trace->last = line.time;
}

void LogEvidence::end_traces(Nanos before) {
  while (!traces_.empty() && traces_.front().last < before) {
    const auto trace = traces_.begin();
    if (!trace->key.starts_with("service ")) end_trace(trace, "", "", window_of(newest_), trace->last);
    by_trace_.erase(trace->key);
    traces_.erase(trace);
  }
}

// A trace's last line is followed by another, or by none.
void LogEvidence::end_trace(Traces::iterator trace, std::string_view next, std::string_view next_service,
                            Window& window, Nanos time) {
  LogService& service = history_.services[trace->service];
  const auto known = service.templates.find(trace->id);
  if (known == service.templates.end()) return;
  model::LogValues& follows = known->second.next;
  const double p = follows.novelty(next), share = follows.share(next);
  // A template that is new is told as such, and so is not its place.
  const auto other = history_.services.find(std::string(next_service));
  const bool new_one = !next.empty() && (other == history_.services.end() ||
                                         other->second.templates.count(std::string(next)) == 0);
  if (!new_one && (p < 1 || (share > 0 && share < kRareShare && follows.total() >= 1000))) {
    Counted& counted = window.services[trace->service][trace->id];
    auto& novel = counted.novel[{kNext, std::string(next)}];
    if (novel.times++ == 0) {
      novel.p_value = p;
      novel.time = time;
      novel.message = trace->message;
      novel.trace = trace->key.starts_with("service ") ? "" : trace->key;
      novel.share = share;
    }
  }
  if (options_.learn) follows.add(next);
}

void LogEvidence::finish() {
  while (!open_.empty()) {
    const bool last = open_.size() == 1;
    if (last) {
      // It may have been cut: what is less than usual says nothing.
      for (auto& [name, service] : history_.services) {
        for (auto& [id, known] : service.templates)
          known.silent = known.silent || known.last_window == history_.windows;
      }
    }
    close(open_.begin()->first);
  }
}

void LogEvidence::close(std::int64_t index) {
  Window window = std::move(open_.begin()->second);
  open_.erase(open_.begin());
  closed_ = index;
  ++history_.windows;
  for (const auto& [name, counted] : window.services) history_.services[name];
  for (auto& [name, service] : history_.services) {
    const auto counted = window.services.find(name);
    if (counted != window.services.end()) judge(name, service, counted->second);
    silent(name, service, (index + 1) * history_.window);
    ++service.windows;
  }
}

void LogEvidence::judge(const std::string& name, LogService& service,
                        std::unordered_map<std::string, Counted>& window) {
  std::vector<LogFinding> found;
  bool births = false;
  const bool told = service.windows >= LogHistory::kLeastWindows;
  for (auto& [id, counted] : window) {
    if (told) judge_novel(name, id, counted, found);
    if (counted.lines == 0) continue;
    const auto known = service.templates.find(id);
    const bool is_new = known == service.templates.end();
    LogFinding finding;
    const std::uint64_t born = is_new ? service.windows : known->second.born;
    if (born >= LogHistory::kLeastWindows && service.windows - born <= kNovelWindows) {
      finding.kind = LogFinding::Kind::unknown;
      finding.p_value = LogHistory::new_template(service, counted.lines);
      finding.reasons = {fmt::format("new={}(never in {})", counted.lines, count(born, "window"))};
      births |= is_new;
    } else if (!is_new) {
      finding.kind = LogFinding::Kind::surge;
      finding.p_value = LogHistory::surge(service, known->second, counted.lines);
      finding.expected =
          static_cast<double>(known->second.lines) /
          static_cast<double>(std::max<std::uint64_t>(service.windows - known->second.born, 1));
      finding.reasons = {fmt::format("lines={}(most in a window {})", counted.lines, known->second.most)};
    }
    if (!told) finding.p_value = 1;
    finding.score = -std::log10(finding.p_value) / kSurprise;
    const bool too_many = finding.score >= 1;
    if (is_new) {
      if (templates_ >= LogHistory::kMostTemplates) {
        unlearned_ += counted.lines;
        finding.p_value = 1;
        finding.score = 0;
      } else if (options_.learn) {
        LogTemplate& made = service.templates[id];
        ++templates_;
        made.text = counted.text;
        made.example = counted.message;
        made.severity = counted.severity;
        made.first = counted.first;
        made.born = service.windows;
        made.last_window = history_.windows;
        learn(made, counted, false);
      }
    } else if (options_.learn) {
      learn(known->second, counted, too_many && finding.kind == LogFinding::Kind::surge);
    }
    if (finding.score < kLeastScore) continue;
    finding.time = counted.first;
    finding.service = name;
    finding.id = id;
    finding.text = counted.text;
    finding.message = counted.message;
    finding.severity = counted.severity;
    finding.trace = counted.trace;
    finding.parameters = counted.parameters;
    finding.value = static_cast<double>(counted.lines);
    found.push_back(std::move(finding));
  }
  if (births && told) ++service.births;
  tell(found, service);
}

void LogEvidence::judge_novel(const std::string& name, const std::string& id, Counted& counted,
                              std::vector<LogFinding>& found) {
  const auto& templates = history_.services[name].templates;
  const auto known = templates.find(id);
  for (const auto& [key, novel] : counted.novel) {
    const auto& [place, value] = key;
    LogFinding finding;
    finding.kind = place == kNext ? LogFinding::Kind::order : LogFinding::Kind::value;
    finding.p_value = novel.p_value;
    if (place != kNext) {
      finding.reasons = {fmt::format("parameter {}={}(never among {})", place + 1, printable(value, 64),
                                     printable(novel.expected))};
    } else {
      if (novel.p_value >= 1 && known != templates.end()) {
        finding.expected = novel.share * static_cast<double>(counted.lines);
        finding.p_value = poisson_tail(novel.times, finding.expected + 0.5);
      }
      const std::string_view usual = novel.p_value < 1 ? "never" : "seldom";
      finding.reasons = {fmt::format("next={}({} after this)",
                                     value.empty() ? "nothing" : printable(text_of(value)), usual)};
    }
    finding.score = -std::log10(finding.p_value) / kSurprise;
    if (finding.score < kLeastScore) continue;
    finding.time = novel.time;
    finding.service = name;
    finding.id = id;
    finding.text = known == templates.end() ? counted.text : known->second.text;
    finding.message = novel.message;
    finding.severity = known == templates.end() ? counted.severity : known->second.severity;
    finding.trace = novel.trace;
    finding.value = static_cast<double>(novel.times);
    found.push_back(std::move(finding));
  }
}

std::string LogEvidence::text_of(const std::string& id) const {
  for (const auto& [name, service] : history_.services) {
    const auto found = service.templates.find(id);
    if (found != service.templates.end()) return found->second.text;
  }
  return id;
}

void LogEvidence::learn(LogTemplate& known, const Counted& counted, bool too_many) {
  known.lines += counted.lines;
  known.last = std::max(known.last, counted.last);
  if (known.first == kNoTime) known.first = counted.first;
  known.longest_gap = std::max(known.longest_gap, history_.windows - known.last_window);
  known.last_window = history_.windows;
  ++known.active;
  known.silent = false;
  known.in_row = too_many ? known.in_row + 1 : 0;
  if (!too_many || known.in_row > kUnlearned) known.most = std::max(known.most, counted.lines);
}

void LogEvidence::silent(const std::string& name, LogService& service, Nanos time) {
  if (service.windows < LogHistory::kLeastWindows) return;
  std::vector<LogFinding> found;
  for (auto& [id, known] : service.templates) {
    if (known.silent) continue;
    LogFinding finding;
    finding.p_value = LogHistory::silence(known, history_.windows);
    finding.score = -std::log10(finding.p_value) / kSurprise;
    if (finding.score < 1) continue;
    known.silent = true;
    finding.kind = LogFinding::Kind::silent;
    finding.time = time;
    finding.service = name;
    finding.id = id;
    finding.text = known.text;
    finding.message = known.example;
    finding.severity = known.severity;
    finding.expected = static_cast<double>(known.lines) /
                       static_cast<double>(std::max<std::uint64_t>(service.windows - known.born, 1));
    finding.reasons = {fmt::format("silent={}(longest before {})",
                                   count(history_.windows - known.last_window, "window"), known.longest_gap)};
    found.push_back(std::move(finding));
  }
  tell(found, service);
}

// The least likely first, and of each kind no more than kMost.
void LogEvidence::tell(std::vector<LogFinding>& found, LogService& service) {
  std::sort(found.begin(), found.end(), [](const LogFinding& a, const LogFinding& b) {
    return std::tie(a.kind, a.p_value, a.id, a.reasons) < std::tie(b.kind, b.p_value, b.id, b.reasons);
  });
  std::map<LogFinding::Kind, std::size_t> told, all;
  for (const LogFinding& finding : found) ++all[finding.kind];
  for (LogFinding& finding : found) {
    if (++told[finding.kind] > kMost) continue;
    if (told[finding.kind] == kMost && all[finding.kind] > kMost)
      finding.reasons.push_back(fmt::format("more={}(not told)", all[finding.kind] - kMost));
    finding.p_value = std::max(finding.p_value, 1e-15);
    finding.score = std::min(finding.score, 15 / kSurprise);
    if (finding.score >= 1) {
      finding.level = finding.score >= options_.critical_score ? Severity::critical : Severity::high;
      const auto known = service.templates.find(finding.id);
      if (known != service.templates.end()) {
        Nanos& last = known->second.last_alert;
        finding.alert = last == kNoTime || finding.time - last >= options_.refractory || finding.time < last;
        if (finding.alert) last = finding.time;
      } else {
        finding.alert = true;
      }
      alerts_ += finding.alert;
      if (finding.alert) worst_ = std::max(worst_, finding.level);
    }
    give_(finding);
  }
}

}  // namespace aiops::score
