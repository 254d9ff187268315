#include "model/log_history.hpp"

#include <algorithm>
#include <cmath>

#include "base/bytes.hpp"
#include "base/file.hpp"

namespace aiops::model {
namespace {

constexpr std::string_view kMagic = "AIOPSLH1";

// What was never seen in n windows has a probability of about 1/(2n); but however long the history, what is
// hardly more than the most there was is not taken for less likely than this.
constexpr double kLeastEmpirical = 0.005;
constexpr double kSurgePower = 4, kSilencePower = 3, kNewPower = 2;
constexpr std::uint64_t kLeastActive = 20;  // windows with a line before a silence is told

double beyond(double n) { return std::max(0.5 / (n + 1), kLeastEmpirical); }

}  // namespace

class LogReader : public ByteReader {
 public:
  using ByteReader::ByteReader;
};

double LogValues::novelty(std::string_view value) const {
  value = value.substr(0, kMostBytes);
  if (open_ || total_ < kLeast || seen_.find(value) != seen_.end()) return 1;
  std::uint64_t once = 0;
  for (const auto& [text, count] : seen_) once += count == 1;
  return (static_cast<double>(once) + 0.5) / (static_cast<double>(total_) + 1);
}

double LogValues::share(std::string_view value) const {
  const auto found = seen_.find(value.substr(0, kMostBytes));
  if (found == seen_.end() || total_ == 0) return 0;
  return static_cast<double>(found->second) / static_cast<double>(total_);
}

void LogValues::add(std::string_view value) {
  ++total_;
  if (open_) return;
  value = value.substr(0, kMostBytes);
  const auto found = seen_.find(value);
  if (found != seen_.end()) {
    ++found->second;
  } else if (seen_.size() < kMost) {
    seen_.emplace(value, 1);
  } else {
    open_ = true;
    seen_.clear();
  }
}

std::vector<std::string> LogValues::most_frequent(std::size_t count) const {
  std::vector<std::pair<std::uint64_t, std::string>> all;
  for (const auto& [text, times] : seen_) all.emplace_back(times, text);
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < std::min(count, all.size()); ++i) texts.push_back(all[i].second);
  return texts;
}

void LogValues::save(std::string& out) const {
  put(out, total_);
  put(out, static_cast<std::uint8_t>(open_));
  put(out, static_cast<std::uint32_t>(seen_.size()));
  for (const auto& [text, count] : seen_) {
    put_text(out, text);
    put(out, count);
  }
}

void LogValues::load(LogReader& in) {
  total_ = in.get<std::uint64_t>();
  open_ = in.get<std::uint8_t>() != 0;
  const auto size = in.get<std::uint32_t>();
  in.check(size <= kMost, "is damaged");
  for (std::uint32_t i = 0; i < size; ++i) {
    const std::string text(in.get_text());
    seen_[text] = in.get<std::uint64_t>();
  }
}

std::size_t LogHistory::templates() const {
  std::size_t count = 0;
  for (const auto& [name, service] : services) count += service.templates.size();
  return count;
}

void LogHistory::merge(const std::string& from, const std::string& into) {
  for (auto& [name, service] : services) {
    const auto old = service.templates.find(from);
    if (old == service.templates.end()) continue;
    LogTemplate gone = std::move(old->second);
    service.templates.erase(old);
    const auto [place, added] = service.templates.try_emplace(into, LogTemplate());
    LogTemplate& kept = place->second;
    if (added) {
      kept = std::move(gone);
    } else {
      kept.lines += gone.lines;
      kept.first = std::min(kept.first, gone.first);
      kept.last = std::max(kept.last, gone.last);
      kept.born = std::min(kept.born, gone.born);
      kept.active = std::max(kept.active, gone.active);
      kept.last_window = std::max(kept.last_window, gone.last_window);
      kept.most += gone.most;  // they may have come together
    }
    // Its parameters are others now.
    kept.places.clear();
    kept.places_differ = false;
  }
}

double LogHistory::new_template(const LogService& service, std::uint64_t lines) {
  const double birth =
      (static_cast<double>(service.births) + 0.5) / (static_cast<double>(service.windows) + 1);
  return std::min(1.0, birth) / std::pow(static_cast<double>(std::max<std::uint64_t>(lines, 1)), kNewPower);
}

double LogHistory::surge(const LogService& service, const LogTemplate& known, std::uint64_t lines) {
  const std::uint64_t windows = service.windows - std::min(service.windows, known.born);
  if (windows < kLeastWindows || lines <= known.most) return 1;
  const double ratio = (static_cast<double>(known.most) + 1) / (static_cast<double>(lines) + 1);
  return beyond(static_cast<double>(windows)) * std::pow(ratio, kSurgePower);
}

double LogHistory::silence(const LogTemplate& known, std::uint64_t now) {
  if (known.active < kLeastActive || now <= known.last_window) return 1;
  const auto gap = static_cast<double>(now - known.last_window);
  const auto longest = static_cast<double>(std::max<std::uint64_t>(known.longest_gap, 1));
  if (gap <= longest) return 1;
  return beyond(static_cast<double>(known.active)) * std::pow(longest / gap, kSilencePower);
}

bool LogHistory::is_one(std::string_view bytes) { return bytes.starts_with(kMagic); }

std::string LogHistory::save() const {
  std::string out(kMagic);
  put(out, window);
  put(out, windows);
  put(out, lines);
  put(out, static_cast<std::uint32_t>(services.size()));
  for (const auto& [name, service] : services) {
    put_text(out, name);
    put(out, service.windows);
    put(out, service.births);
    std::map<std::string_view, const LogTemplate*> sorted;
    for (const auto& [id, known] : service.templates) sorted.emplace(id, &known);
    put(out, static_cast<std::uint32_t>(sorted.size()));
    for (const auto& [id, known] : sorted) {
      for (const std::string_view text : {id, std::string_view(known->text), std::string_view(known->example),
                                          std::string_view(known->severity)})
        put_text(out, text);
      for (const std::uint64_t number :
           {known->lines, known->born, known->active, known->last_window, known->longest_gap, known->most})
        put(out, number);
      for (const Nanos time : {known->first, known->last, known->last_alert}) put(out, time);
      put(out, known->in_row);
      put(out, static_cast<std::uint8_t>(known->silent));
      put(out, static_cast<std::uint8_t>(known->places_differ));
      put(out, static_cast<std::uint8_t>(known->places.size()));
      for (const LogValues& place : known->places) place.save(out);
      known->next.save(out);
    }
  }
  put(out, checksum(out));
  return out;
}

LogHistory LogHistory::load(std::string_view bytes, std::string_view name) {
  const std::string what = std::string(name) + ":";
  LogReader in(bytes, what);
  in.check(is_one(bytes) && bytes.size() > kMagic.size() + 8,
           "holds no history of logs; expected what aiops-train or aiops-score --state wrote of them");
  ByteReader end(bytes.substr(bytes.size() - 8), what);
  in.check(end.get<std::uint64_t>() == checksum(bytes.substr(0, bytes.size() - 8)),
           "is damaged: its checksum is another; delete it to begin anew, or train again");
  LogReader rest(bytes.substr(kMagic.size(), bytes.size() - kMagic.size() - 8), what);
  LogHistory made;
  made.window = rest.get<Nanos>();
  rest.check(made.window > 0, "is damaged");
  made.windows = rest.get<std::uint64_t>();
  made.lines = rest.get<std::uint64_t>();
  for (auto services = rest.get<std::uint32_t>(); services > 0; --services) {
    LogService& service = made.services[std::string(rest.get_text())];
    service.windows = rest.get<std::uint64_t>();
    service.births = rest.get<std::uint64_t>();
    for (auto templates = rest.get<std::uint32_t>(); templates > 0; --templates) {
      LogTemplate& known = service.templates[std::string(rest.get_text())];
      known.text = rest.get_text();
      known.example = rest.get_text();
      known.severity = rest.get_text();
      for (std::uint64_t* number :
           {&known.lines, &known.born, &known.active, &known.last_window, &known.longest_gap, &known.most})
        *number = rest.get<std::uint64_t>();
      for (Nanos* time : {&known.first, &known.last, &known.last_alert}) *time = rest.get<Nanos>();
      known.in_row = rest.get<std::uint32_t>();
      known.silent = rest.get<std::uint8_t>() != 0;
      known.places_differ = rest.get<std::uint8_t>() != 0;
      const auto places = rest.get<std::uint8_t>();
      rest.check(places <= LogTemplate::kPlaces, "is damaged");
      known.places.resize(places);
      for (LogValues& place : known.places) place.load(rest);
      known.next.load(rest);
    }
  }
  rest.end();
  return made;
}

}  // namespace aiops::model
