#include "source/collection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/http.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kManySeries = 100'000;

Nanos floor_to(Nanos time, Nanos origin, Nanos step) {
  Nanos offset = (time - origin) % step;
  if (offset < 0) offset += step;
  return time - offset;
}

}  // namespace

Collection::Collection(CollectionOptions options, SampleSource& source, Manifest& manifest,
                       Diagnostics& diagnostics)
    : options_(std::move(options)),
      source_(source),
      manifest_(manifest),
      diagnostics_(diagnostics),
      frame_(options_.memory),
      ahead_(source_, book_, manifest_.parts.size(), options_.memory),
      points_(std::min(options_.first_points, options_.max_points)) {}

Collection::~Collection() = default;

Status Collection::run() {
  plan();
  source_.prepare(manifest_.start, options_.end != kNoTime ? options_.end : now());
  open_output();
  return options_.follow ? follow() : collect_range();
}

Status Collection::run_once(const std::function<void(SeriesBook&, SampleFrame&)>& fetch) {
  open_output();
  try {
    fetch(book_, frame_);
  } catch (const FrameFull&) {
    throw BackendError(
        fmt::format("the answer has more samples than fit into {} bytes; ask for less at once, or for a "
                    "range with --since",
                    thousands(options_.memory)));
  } catch (const RangeTooLarge& error) {
    throw BackendError(error.what);
  }
  output_->write(frame_);
  output_->close();
  find_empty_parts();
  return manifest_.status();
}

// ---- The range, the output, and where to begin.

void Collection::plan() {
  const Nanos step = options_.step;
  if (step < kMillisecond || step % kMillisecond != 0) {
    throw UsageError(fmt::format("the step {} is no number of milliseconds", format_duration(step)));
  }
  checkpoint_.source = manifest_.source;
  checkpoint_.asked = options_.asked;
  checkpoint_.step = step;
  checkpoint_.output = options_.output.path;
  if (!options_.checkpoint.empty()) resume();
  const Nanos end = options_.end != kNoTime ? options_.end : now() - options_.lateness;
  if (resumed_) {
    next_ = checkpoint_.next;
  } else if (options_.start != kNoTime) {
    next_ = floor_to(options_.start, 0, kMillisecond);
  } else if (options_.since > 0) {
    next_ = floor_to(end - options_.since, 0, step);
    if (next_ < end - options_.since) next_ += step;
  } else if (options_.follow) {
    next_ = floor_to(end, 0, step);
  } else {
    throw UsageError("which time is not said: expected --since, --start, --instant or --follow");
  }
  if (next_ < 0) throw UsageError(fmt::format("{} lies before 1970", format_time(next_)));
  if (!resumed_ && !options_.follow && next_ > end) {
    throw UsageError(
        fmt::format("the range ends ({}) before it begins ({})", format_time(end), format_time(next_)));
  }
  manifest_.start = next_;
  if (options_.raw) return plan_raw(end);
  manifest_.step = step;
}

// A step of raw samples stands for the time up to it: the first one lies behind the start, the last one at
// the end.
void Collection::plan_raw(Nanos end) {
  const Nanos step = options_.step;
  if (resumed_) {
    manifest_.start = next_ - step + kMillisecond;
  } else if (!options_.follow && (options_.end != kNoTime || options_.checkpoint.empty())) {
    next_ = end - (end - next_) / step * step;
  } else {
    next_ += step;
  }
}

// Takes up the checkpoint of the run before, if there is one.
void Collection::resume() {
  const auto found = take_up(options_.checkpoint, checkpoint_);
  if (!found) return;
  checkpoint_ = *found;
  resumed_ = true;
}

void Collection::open_output() {
  SampleOutputOptions& output = options_.output;
  output.grows = !output.path.empty() && (options_.follow || !options_.checkpoint.empty());
  output_ = std::make_unique<SampleOutput>(output, resumed_ ? &checkpoint_ : nullptr, manifest_);
  manifest_.by_metric = true;
  manifest_.resumed = resumed_ || output_->had_content();
  if (options_.checkpoint.empty() || resumed_) return;
  if (output_->had_content()) refuse_unknown_content(output.path, options_.checkpoint);
  save_checkpoint();  // from here on a kill leaves a checkpoint that says what of the output counts
}

// ---- The two ways to run.

Nanos Collection::newest_step() const {
  const Nanos ready = now() - options_.lateness;
  return floor_to(options_.end == kNoTime ? ready : std::min(ready, options_.end), next_, options_.step);
}

Status Collection::collect_range() {
  const Nanos last = options_.end == kNoTime ? newest_step() : floor_to(options_.end, next_, options_.step);
  manifest_.end = std::max(last, manifest_.start);
  const bool anything = next_ <= last;
  try {
    collect(last);
  } catch (const net::HttpError& error) {
    manifest_.missing.push_back({next_, last, error.what()});
    if (!collected_) throw;
    diagnostics_.warn(error.what());
  } catch (const Error& error) {
    if (error.status() == Status::interrupted) manifest_.missing.push_back({next_, last, error.what()});
    throw;
  }
  output_->close();
  if (anything && manifest_.missing.empty()) find_empty_parts();
  return manifest_.status();
}

Status Collection::follow() {
  std::string told;  // the failure that was said last
  while (!stop_requested()) {
    Nanos wait_until = next_ + options_.lateness;
    try {
      const Nanos last = newest_step();
      if (last >= next_) collect(last);
      if (!told.empty())
        diagnostics_.info(fmt::format("{} answers again; nothing is missing", manifest_.url));
      told.clear();
      wait_until = next_ + options_.lateness;
    } catch (const net::HttpError& error) {
      if (!collected_ && !error.transient) throw;
      if (told != error.what()) {
        diagnostics_.warn(
            fmt::format("{}; the steps from {} on are asked for again", error.what(), format_time(next_)));
      }
      told = error.what();
      wait_until = std::max(now() + kSecond,
                            floor_to(now(), next_, options_.step) + options_.step + options_.lateness);
    } catch (const Error& error) {
      if (error.status() != Status::interrupted) throw;
      break;
    }
    if (options_.end != kNoTime && next_ > options_.end) break;
    if (!sleep_unless_stopped(std::max<Nanos>(0, wait_until - now()))) break;
  }
  output_->close();
  manifest_.end = next_ - options_.step;
  const bool ended = options_.end != kNoTime && next_ > options_.end;
  if (ended) find_empty_parts();
  return ended || !manifest_.missing.empty() ? manifest_.status() : Status::done;
}

// ---- Chunks.

// Collects up to and including `last`. When it throws, next_ is the first step that has not been written.
void Collection::collect(Nanos last) {
  while (next_ <= last) {
    if (stop_requested()) {
      ahead_.abandon();
      throw Error(Status::interrupted, "interrupted");
    }
    const Steps steps = ahead_.under_way() ? ahead_.next() : chunk(next_, last);
    if (!fetch_chunk(steps)) continue;
    adapt(steps.count);
    if (options_.mark_ends) find_ended(steps);
    fetch_ahead(steps, last);
    if (options_.raw) {
      output_->write(frame_, manifest_.start);
    } else {
      output_->write(frame_, steps, options_.mark_ends);
    }
    forget_idle(steps.first - 10 * steps.step);
    next_ = steps.behind();
    collected_ = true;
    const Nanos whole = last - manifest_.start;
    if (!options_.follow && whole > 0) {
      diagnostics_.progress({static_cast<double>(next_ - manifest_.start) / static_cast<double>(whole),
                             manifest_.written(), manifest_.records});
    }
    output_->flush();
    if (!options_.checkpoint.empty()) save_checkpoint();
  }
}

Steps Collection::chunk(Nanos from, Nanos last) const {
  const auto left = static_cast<std::size_t>((last - from) / options_.step) + 1;
  return {from, options_.step, std::min(points_, left)};
}

// What comes behind these steps is fetched while they are written.
void Collection::fetch_ahead(const Steps& steps, Nanos last) {
  if (ahead_.series() > kManySeries) return;
  while (ahead_.has_room()) {
    const Nanos from = ahead_.under_way() ? ahead_.newest().behind() : steps.behind();
    if (from > last) return;
    ahead_.start(chunk(from, last));
  }
}

// False: it was too much at once, and the next chunk is smaller.
bool Collection::fetch_chunk(const Steps& steps) {
  const auto halve = [&](const std::string& what) {
    if (steps.count == 1)
      throw BackendError(fmt::format("{}: a single step is too much: {}", manifest_.url, what));
    points_ = std::max<std::size_t>(1, steps.count / 2);
    diagnostics_.debug(fmt::format("{}; asking for {} at once", what, count(points_, "step")));
  };
  try {
    if (ahead_.under_way()) {
      ahead_.take(frame_);
    } else {
      ahead_.fetch(steps, frame_);
    }
    return true;
  } catch (const FrameFull&) {
    halve(fmt::format("the samples of {} do not fit into {} bytes", count(steps.count, "step"),
                      thousands(frame_.memory())));
  } catch (const RangeTooLarge& error) {
    halve(error.what);
  }
  return false;
}

// Takes as many steps at once as the memory holds, with a margin for series to come.
void Collection::adapt(std::size_t steps) {
  const std::size_t per_step = frame_.bytes() / steps + 1;
  points_ = std::clamp<std::size_t>(frame_.memory() / 4 * 3 / per_step, 1, options_.max_points);
}

// Enters the series that had a sample at the step before this chunk and have none in it, for the output to
// mark.
void Collection::find_ended(const Steps& steps) {
  const std::lock_guard lock(ahead_.turn());
  std::unordered_set<const SampleSeries*> there;
  for (const SampleFrame::Run& run : frame_.runs()) there.insert(run.series);
  book_.each([&](SampleSeries& series) {
    if (series.last == steps.first - steps.step && !there.contains(&series)) frame_.start_series(series);
  });
}

void Collection::save_checkpoint() {
  output_->enter(checkpoint_);
  checkpoint_.next = next_;
  checkpoint_.save(options_.checkpoint);
}

void Collection::forget_idle(Nanos before) {
  if (ahead_.under_way() || ahead_.series() <= kManySeries) return;
  frame_.clear();
  book_.forget_idle(before);
}

void Collection::find_empty_parts() {
  std::vector<std::string> optional;
  std::size_t empty = 0;
  for (const Manifest::Part& part : manifest_.parts) {
    if (part.series != 0) continue;
    ++empty;
    const std::string name =
        part.environment.empty() ? part.name : fmt::format("{} at {}", part.name, part.environment);
    if (part.optional) {
      optional.push_back(name);
    } else {
      manifest_.problems.push_back(fmt::format("query {} returned no series", name));
    }
  }
  if (optional.empty()) return;
  if (empty == manifest_.parts.size()) {
    manifest_.problems.emplace_back("no query returned a series; does the server have these metrics?");
  } else {
    diagnostics_.info(fmt::format("there are no series of: {}", join(optional, ", ")));
  }
}

// ----

Status with_manifest(Manifest& manifest, const std::string& path, Diagnostics& diagnostics,
                     const std::function<Status()>& body) {
  const auto conclude = [&] {
    manifest.finished = now();
    if (!path.empty()) write_file(path, manifest.json());
  };
  manifest.started = now();
  Status status = Status::done;
  try {
    status = body();
  } catch (const Error& error) {
    if (manifest.complete()) manifest.problems.emplace_back(error.what());
    conclude();
    throw;
  } catch (const ClosedPipe&) {
    manifest.problems.emplace_back("the reader of the output went away");
    conclude();
    throw;
  }
  conclude();
  diagnostics.info(manifest.summary());
  return status;
}

}  // namespace aiops::source
