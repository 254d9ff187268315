#include "incident/incidents.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "incident/live.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

// So long after it was opened an incident is looked at anew: causes need some minutes of data.
constexpr std::array kReviews = {kMinute, 2 * kMinute, 3 * kMinute, 5 * kMinute};

}  // namespace

std::string_view event_name(Event event) {
  constexpr std::array kNames = {"opened", "updated", "acknowledged", "resolved", "reopened", "merged"};
  return kNames[static_cast<std::size_t>(event)];
}

Incidents::Incidents(GroupOptions options, const Graph& graph, Tell tell, Diagnostics& diagnostics)
    : options_(std::move(options)),
      relations_(graph),
      graph_(graph),
      tell_(std::move(tell)),
      diagnostics_(diagnostics),
      rule_(options_.rule, options_.window),
      pulse_(options_.window, options_.fleet_within) {}

Incidents::~Incidents() = default;

// What has come together is told before time goes on, so that rows of one instant are told of as one.
void Incidents::advance(std::string_view service, Nanos time, Nanos& placed) {
  const Nanos before = clock_.now();
  placed = clock_.see(service, time);
  for (const auto& [name, ahead] : clock_.take_ahead()) {
    diagnostics_.warn(fmt::format(
        "the clock of {} is {} ahead of the others: its records are taken to be of now",
        name.empty() ? "what names no service" : printable(name), format_duration(ahead - ahead % kSecond)));
  }
  if (clock_.now() > before && before != kNoTime) settle();
}

void Incidents::pass(std::string_view service, Nanos time) {
  Nanos placed = kNoTime;
  advance(service, time, placed);
}

void Incidents::add(const ScoredRow& row) {
  Nanos time = kNoTime;
  advance(row.service, row.time, time);
  if (time == kNoTime) return;
  ScoredRow placed = row;
  placed.time = time;
  const bool met = rule_.push(placed);
  if (!row.is_sign()) return;
  pulse_.sign(row.service, time, met);
  if (extend(placed, time)) return;
  if (!row.alert && !met) {
    if (rule_.rule().needs_all_rows()) gather(placed, time, false);
    return;
  }
  gather(placed, time, met);
}

// A row of a series that takes part in an incident already, or did at that time.
bool Incidents::extend(const ScoredRow& row, Nanos time) {
  const auto fits = [&](Live& live, const Member*& member) {
    member = live.member(row.name);
    return member != nullptr && time <= add_held(member->until, options_.window) &&
           time >= subtract_held(member->onset, options_.window);
  };
  const Member* member = nullptr;
  for (auto live = live_.rbegin(); live != live_.rend(); ++live) {
    if (!fits(**live, member)) continue;
    if ((*live)->extend(row, time)) (*live)->changed = true;
    return true;
  }
  for (std::size_t i = past_.size(); i-- > 0;) {
    Live& past = *past_[i];
    if (!past.incident.merged_into.empty() || !fits(past, member)) continue;
    // Somebody said that it is over, and it is not.
    if (row.alert && time > member->until && past.incident.by != "rule" && !past.is_back(row, time)) {
      reopen(i, row, time);
      return true;
    }
    return true;  // late, or read again
  }
  return false;
}

Nanos Incidents::interval(const Live& live) const {
  return std::max(options_.update_every, subtract_held(clock_.now(), live.incident.opened) / 20);
}

bool Incidents::give(Live& live, Event event) {
  Incident& incident = live.incident;
  const std::string title = incident.title;
  incident.title = make_title(incident);
  incident.updated = std::max(incident.updated, clock_.now());
  ++incident.revision;
  live.told = clock_.now();
  if (!tell_(event, incident)) {
    --incident.revision;
    incident.title = title;
    return false;
  }
  live.is_told = true;
  live.changed = live.urgent = live.longer = false;
  return true;
}

void Incidents::settle() {
  const Nanos now = clock_.now();
  if (now == kNoTime) return;
  for (std::size_t i = 0; i < live_.size(); ++i) {
    Live& live = *live_[i];
    if (!live.is_told) {
      give(live, Event::opened);
    } else if (live.urgent || (live.changed && subtract_held(now, live.told) >= interval(live))) {
      give(live, Event::updated);
    } else if (live.reviews < static_cast<int>(kReviews.size()) &&
               now >= add_held(live.incident.opened, kReviews[static_cast<std::size_t>(live.reviews)])) {
      ++live.reviews;
      give(live, Event::updated);
    }
  }
  resolve_quiet(now);
  if (forgotten_ == kNoTime || now - forgotten_ >= options_.window) {
    forgotten_ = now;
    rule_.forget(now);
    forget_pending(now);
  }
}

void Incidents::resolve_quiet(Nanos now) {
  for (std::size_t i = live_.size(); i-- > 0;) {
    if (subtract_held(now, live_[i]->last) < options_.resolve_after) continue;
    resolve(*live_[i], fmt::format("quiet for {}", format_duration(options_.resolve_after)));
  }
}

void Incidents::resolve(Live& live, std::string why) {
  live.incident.state = State::resolved;
  live.incident.end = live.last;
  // Where nothing was to be read for long, it was over long ago.
  live.incident.closed = std::min(clock_.now(), add_held(live.last, options_.resolve_after));
  live.incident.by = "rule";
  live.incident.why = std::move(why);
  give(live, Event::resolved);
  retire(live);
}

void Incidents::retire(Live& live) {
  const auto found =
      std::find_if(live_.begin(), live_.end(), [&](const Owned& one) { return one.get() == &live; });
  past_.push_back(std::move(*found));
  live_.erase(found);
  while (past_.size() > options_.max_past) past_.pop_front();
}

void Incidents::finish() {
  settle();
  for (const Owned& live : live_) {
    if (live->changed || live->longer) give(*live, Event::updated);
  }
}

void Incidents::forget_pending(Nanos now) {
  for (auto service = pending_.begin(); service != pending_.end();) {
    unmet_ += std::erase_if(service->second, [&](const auto& one) {
      return subtract_held(now, one.second.until) > options_.window;
    });
    service = service->second.empty() ? pending_.erase(service) : std::next(service);
  }
}

void Incidents::restore(const Incident& incident) {
  auto live = std::make_unique<Live>();
  live->incident = incident;
  live->told = incident.updated;
  live->is_told = true;
  live->reviews = static_cast<int>(kReviews.size());
  live->reindex();
  live->active = live->last;
  if (incident.lasts()) {
    live_.push_back(std::move(live));
  } else {
    past_.push_back(std::move(live));
    while (past_.size() > options_.max_past) past_.pop_front();
  }
}

bool Incidents::change(const Incident& changed, Event event) {
  const auto apply = [&](Live& live) {
    Incident& incident = live.incident;
    incident.state = changed.state;
    incident.by = changed.by;
    incident.why = changed.why;
    incident.verdict = changed.verdict;
    incident.confirmed = changed.confirmed;
    incident.closed = changed.closed;
    incident.end = incident.lasts() ? kNoTime : live.last;
    incident.reopened = std::max(incident.reopened, changed.reopened);
    // Told under the number that it has there.
    incident.revision = std::max(incident.revision + 1, changed.revision);
    tell_(event, incident);
  };
  for (const Owned& live : live_) {
    if (live->incident.id != changed.id) continue;
    apply(*live);
    if (!live->incident.lasts()) retire(*live);
    return true;
  }
  for (std::size_t i = past_.size(); i-- > 0;) {
    if (past_[i]->incident.id != changed.id) continue;
    Owned live = std::move(past_[i]);
    past_.erase(past_.begin() + static_cast<std::ptrdiff_t>(i));
    apply(*live);
    live_.push_back(std::move(live));
    if (!live_.back()->incident.lasts()) retire(*live_.back());
    return true;
  }
  return false;
}

void Incidents::each_open(const std::function<void(const Incident&)>& take) const {
  for (const Owned& live : live_) take(live->incident);
}

}  // namespace aiops::incident
