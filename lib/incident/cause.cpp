#include "incident/cause.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "feature/window_start.hpp"
#include "incident/evidence.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

constexpr std::size_t kMostChanges = 10'000;

bool has(std::string_view text, std::string_view word) { return text.find(word) != std::string_view::npos; }

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
}

// The metric without what differs from core to core and device to device.
std::string without_numbers(std::string_view metric) {
  std::string out;
  for (const char c : metric) {
    if (std::isdigit(static_cast<unsigned char>(c)) == 0) {
      out += c;
    } else if (out.empty() || out.back() != '#') {
      out += '#';
    }
  }
  return out;
}

// A level that says by itself how much is used, not a counter of work or a limit.
bool is_gauge(std::string_view metric) {
  if (has(metric, "max") || has(metric, "limit")) return false;
  for (const std::string_view word : {"usage", "used", "rss", "active_anon", "util"})
    if (has(metric, word)) return true;
  return false;
}

std::string family_of(std::string_view metric) {
  for (const std::string_view word : {"memory", "cpu", "core", "disk", "network", "softirq", "iowait"}) {
    if (!has(metric, word)) continue;
    return word == "core" || word == "softirq" ? "cpu" : word == "iowait" ? "disk" : std::string(word);
  }
  return std::string(metric.substr(0, metric.find('_')));
}

}  // namespace

std::string_view source_name(Source source) {
  constexpr std::array<std::string_view, kSources> kNames = {"cpu",   "memory", "latency", "edges",
                                                             "graph", "errors", "traffic", "spans",
                                                             "logs",  "alerts", "changes"};
  return kNames[static_cast<std::size_t>(source)];
}

CauseRanker::CauseRanker(Graph& graph, CauseOptions options)
    : graph_(graph),
      options_(std::move(options)),
      spans_(graph, options_.keep, options_.trace_timeout),
      alerts_() {}

std::uint32_t CauseRanker::slot(const record::SeriesKey& key) {
  std::string name = key.text();
  const auto at = slots_.find(name);
  if (at != slots_.end()) return at->second;
  if (series_.size() >= options_.max_series) {
    ++refused_;
    return kNone;
  }
  const auto slot = static_cast<std::uint32_t>(series_.size());
  slots_.emplace(name, slot);
  Series& series = series_.emplace_back();
  series.role = role_of(key);
  series.name = std::move(name);
  series.key = key;
  return slot;
}

void CauseRanker::add_sample(std::uint32_t slot, Nanos time, double value) {
  if (slot == kNone || !std::isfinite(value)) return;
  Series& series = series_[slot];
  if (series.mesh || series.history.newest() == kNoTime) series.mesh = graph_.add_metric(series.key, value);
  const Role role = series.role.role;
  if (role == Role::caller_latency || role == Role::callee_latency)
    pair_up(series, time, value * series.role.unit);
  series.history.add(time, value, options_.keep);
}

void CauseRanker::pair_up(const Series& series, Nanos time, double seconds) {
  // The same measure of both ends: all but who reported it.
  record::SeriesKey key = series.key;
  std::erase_if(key.fields, [](const auto& field) { return field.first == "labels.reporter"; });
  Edge& edge = edges_[key.text()];
  if (edge.service.empty()) {
    edge.service = series.role.service;
    edge.caller = series.role.caller;
    edge.name = series.name;
  }
  const bool caller = series.role.role == Role::caller_latency;
  auto& other = caller ? edge.callee_waits : edge.caller_waits;
  auto& own = caller ? edge.caller_waits : edge.callee_waits;
  const auto earlier = [](const auto& one, Nanos at) { return one.first < at; };
  auto nearest = std::lower_bound(other.begin(), other.end(), time, earlier);
  if (nearest == other.end() ||
      (nearest != other.begin() && time - std::prev(nearest)->first < nearest->first - time))
    nearest = nearest == other.begin() ? other.end() : std::prev(nearest);
  if (nearest == other.end() || std::abs(nearest->first - time) > kSameTime) {
    own.emplace_back(time, seconds);
    if (own.size() > kMostWaiting) own.pop_front();
    return;
  }
  edge.way.add(time, caller ? seconds - nearest->second : nearest->second - seconds, options_.keep);
  other.erase(other.begin(), nearest + 1);
}

void CauseRanker::add_log(const record::SeriesKey& key, Nanos time, double score, std::string_view text) {
  if (!(score > 0)) return;
  logs_.push_back({time, std::string(key.get(field::kService)), std::string(key.get(field::kMetric)),
                   std::string(text.substr(0, kMostText)), score});
  if (logs_.size() > kMostLogs) logs_.pop_front();
}

// A bucket in which nothing was said counts as one without errors.
void CauseRanker::close_bucket(Messages& messages, Nanos bucket) {
  if (messages.bucket == kNoTime || bucket <= messages.bucket) return;
  messages.history.add(messages.bucket, messages.errors, options_.keep);
  const Nanos last = std::max(messages.bucket, subtract_held(bucket, options_.keep));
  for (Nanos quiet = last + kLogBucket; quiet < bucket; quiet += kLogBucket)
    messages.history.add(quiet, 0, options_.keep);
  messages.errors = 0;
}

void CauseRanker::add_message(std::string_view service, Nanos time, bool error) {
  auto at = messages_.find(service);
  if (at == messages_.end()) {
    if (messages_.size() >= kMostServices) {
      ++refused_;
      return;
    }
    at = messages_.emplace(service, Messages{}).first;
  }
  Messages& messages = at->second;
  const Nanos bucket = feature::window_start(time, kLogBucket);
  close_bucket(messages, bucket);
  messages.bucket = std::max(messages.bucket, bucket);
  messages.errors += error;
}

void CauseRanker::flush() {
  spans_.flush();
  for (auto& [service, messages] : messages_) close_bucket(messages, add_held(messages.bucket, kLogBucket));
}

void CauseRanker::add_change(Change change) {
  if (changes_.size() >= kMostChanges) changes_.erase(changes_.begin());
  changes_.push_back(std::move(change));
}

Alert CauseRanker::alert_of(const record::SeriesKey& key, Nanos time, double count, bool down) {
  const SeriesRole role = role_of(key);
  const std::string_view metric = key.get(field::kMetric);
  Alert alert;
  alert.time = time;
  alert.service = role.service;
  alert.caller = role.caller;
  alert.down = down;
  alert.count = count > 0 ? count : 1;
  alert.family = family_of(metric);
  alert.what = without_numbers(metric);
  alert.name = metric;
  alert.part = has_digit(metric) || has(metric, "max") || has(metric, "ticks");
  if (role.role == Role::log) {
    alert.kind = AlertKind::log;
    alert.family = "log";
    const std::string_view id = key.get("template_id");
    alert.what = id.empty() ? std::string(metric) : std::string(id);
  } else if (!role.caller.empty()) {
    alert.kind = role.role == Role::errors || role.role == Role::success ? AlertKind::failed_call
                                                                         : AlertKind::slow_call;
  } else if (is_gauge(metric) && !alert.part) {
    alert.kind = AlertKind::gauge;
  }
  return alert;
}

std::vector<Cause> CauseRanker::rank(Nanos from, Nanos to, const std::vector<std::string>& services) const {
  return Evidence(*this, from, to).causes(services);
}

}  // namespace aiops::incident
