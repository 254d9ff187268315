#include "source/collection.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/http.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

constexpr std::size_t kManySeries = 100'000;

Nanos floor_to(Nanos time, Nanos origin, Nanos step) {
  Nanos offset = (time - origin) % step;
  if (offset < 0) offset += step;
  return time - offset;
}

}  // namespace

Collection::Collection(CollectionOptions options, SampleSource& source, Manifest& manifest, Diagnostics& diagnostics)
    : options_(std::move(options)),
      source_(source),
      manifest_(manifest),
      diagnostics_(diagnostics),
      frame_(options_.memory),
      points_(std::min(options_.first_points, options_.max_points)) {}

Collection::~Collection() = default;

Status Collection::run() {
  plan();
  open_output();
  return options_.follow ? follow() : collect_range();
}

Status Collection::run_once(const std::function<void(SeriesBook&, SampleFrame&)>& fetch) {
  open_output();
  try {
    fetch(book_, frame_);
  } catch (const FrameFull&) {
    throw BackendError(fmt::format("the answer has more samples than fit into {} bytes; ask for less at once, or for a "
                                   "range with --since",
                                   thousands(options_.memory)));
  } catch (const RangeTooLarge& error) {
    throw BackendError(error.what);
  }
  if (writer_->needs_columns()) choose_columns();
  write_sorted();
  sink_->close();
  find_empty_parts();
  return manifest_.status();
}

// ---- The range, the output, and where to begin.

void Collection::plan() {
  const Nanos step = options_.step;
  if (step < kMillisecond || step % kMillisecond != 0) {
    throw UsageError(fmt::format("the step {} is no number of milliseconds", format_duration(step)));
  }
  const auto resumed = options_.checkpoint.empty() ? std::nullopt : Checkpoint::load(options_.checkpoint);
  const Nanos end = options_.end != kNoTime ? options_.end : now() - options_.lateness;
  if (resumed) {
    resume(*resumed);
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
  if (!resumed && !options_.follow && next_ > end) {
    throw UsageError(fmt::format("the range ends ({}) before it begins ({})", format_time(end), format_time(next_)));
  }
  manifest_.start = next_;
  manifest_.step = step;
  checkpoint_.source = manifest_.source;
  checkpoint_.asked = options_.asked;
  checkpoint_.step = step;
  checkpoint_.output = options_.output;
}

void Collection::resume(const Checkpoint& checkpoint) {
  const auto refuse = [this](std::string_view what) {
    throw UsageError(fmt::format("{}: the run that left this checkpoint {}; use another checkpoint, or remove it to "
                                 "begin anew",
                                 options_.checkpoint, what));
  };
  if (checkpoint.source != manifest_.source) refuse(fmt::format("collected from {}", printable(checkpoint.source)));
  if (checkpoint.step != options_.step) refuse(fmt::format("had the step {}", format_duration(checkpoint.step)));
  if (checkpoint.asked != options_.asked) refuse("asked for something else (queries, labels or format differ)");
  if (checkpoint.output != options_.output) {
    refuse(fmt::format("wrote to {}", checkpoint.output.empty() ? "standard output" : printable(checkpoint.output)));
  }
  checkpoint_ = checkpoint;
  next_ = checkpoint.next;
}

void Collection::open_output() {
  const bool grows = !options_.output.empty() && options_.output != "-" &&
                     (options_.follow || !options_.checkpoint.empty());
  if (grows) {
    file_ = std::make_unique<GrowingFile>(options_.output);
    if (checkpoint_.next != kNoTime) {
      file_->cut(checkpoint_.length);
    } else if (!options_.checkpoint.empty() && file_->length() != 0) {
      throw UsageError(fmt::format("{} is there, but its checkpoint {} is not: what it holds cannot be told; move it "
                                   "away, or bring the checkpoint back",
                                   options_.output, options_.checkpoint));
    }
    sink_ = std::make_unique<record::Sink>(file_->writer(), options_.output);
  } else {
    sink_ = std::make_unique<record::Sink>(options_.output);
  }
  writer_ = std::make_unique<SampleWriter>(*sink_, options_.format);
  if (options_.format == record::Format::csv) adopt_header();
  // From here on a kill leaves a checkpoint that says what of the output counts.
  if (!options_.checkpoint.empty() && checkpoint_.next == kNoTime) save_checkpoint();
}

// CSV that is continued keeps the columns that it has.
void Collection::adopt_header() {
  if (checkpoint_.header) return writer_->set_columns(checkpoint_.columns, false);
  if (file_ && file_->length() != 0) {
    const std::string expected = fmt::format("{},{},{},{}", field::kTimestamp, field::kService, field::kMetric,
                                             field::kValue);
    const std::string header = file_->first_line();
    std::vector<std::string> labels;
    bool known = header.starts_with(expected);
    for (const std::string& name : split(known ? header.substr(expected.size()) : "", ',')) {
      if (name.empty() && labels.empty()) continue;  // before the first comma
      known = known && name.starts_with("labels.");
      if (known) labels.push_back(name.substr(7));
    }
    if (!known) {
      throw OutputError(fmt::format("{} begins with something else than {},…: samples cannot be added to it",
                                    options_.output, expected));
    }
    return writer_->set_columns(labels, false);
  }
  if (options_.csv_labels) writer_->set_columns(*options_.csv_labels, true);
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
  sink_->close();
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
      if (!told.empty()) diagnostics_.info(fmt::format("{} answers again; nothing is missing", manifest_.url));
      told.clear();
      wait_until = next_ + options_.lateness;
    } catch (const net::HttpError& error) {
      if (!collected_ && !error.transient) throw;
      if (told != error.what()) {
        diagnostics_.warn(fmt::format("{}; the steps from {} on are asked for again", error.what(), format_time(next_)));
      }
      told = error.what();
      wait_until = std::max(now() + kSecond, floor_to(now(), next_, options_.step) + options_.step + options_.lateness);
    } catch (const Error& error) {
      if (error.status() != Status::interrupted) throw;
      break;
    }
    if (options_.end != kNoTime && next_ > options_.end) break;
    if (!sleep_unless_stopped(std::max<Nanos>(0, wait_until - now()))) break;
  }
  sink_->close();
  manifest_.end = next_ - options_.step;
  const bool ended = options_.end != kNoTime && next_ > options_.end;
  if (ended) find_empty_parts();
  return ended ? manifest_.status() : Status::done;
}

// ---- Chunks.

// Collects up to and including `last`. When it throws, next_ is the first step that has not been written.
void Collection::collect(Nanos last) {
  while (next_ <= last) {
    if (stop_requested()) throw Error(Status::interrupted, "interrupted");
    const auto left = static_cast<std::size_t>((last - next_) / options_.step) + 1;
    const Steps steps{next_, options_.step, std::min(points_, left)};
    if (!fetch_chunk(steps)) continue;
    if (writer_->needs_columns() && !frame_.runs().empty()) choose_columns();
    write_chunk(steps);
    adapt(steps.count);
    forget_idle(steps.first - 10 * steps.step);
    next_ = steps.behind();
    collected_ = true;
    sink_->flush();
    if (!options_.checkpoint.empty()) save_checkpoint();
  }
}

// False: it was too much at once, and the next chunk is smaller.
bool Collection::fetch_chunk(const Steps& steps) {
  frame_.clear();
  const auto halve = [&](const std::string& what) {
    if (steps.count == 1) throw BackendError(fmt::format("{}: a single step is too much: {}", manifest_.url, what));
    points_ = std::max<std::size_t>(1, steps.count / 2);
    diagnostics_.debug(fmt::format("{}; asking for {} at once", what, count(points_, "step")));
  };
  try {
    for (std::size_t part = 0; part < manifest_.parts.size(); ++part) source_.fetch(part, steps, book_, frame_);
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

void Collection::choose_columns() {
  std::set<std::string> labels;
  for (const SampleFrame::Run& run : frame_.runs()) {
    for (const auto& [name, value] : run.series->key.fields) {
      if (name.starts_with("labels.")) labels.insert(name.substr(7));
    }
  }
  writer_->set_columns({labels.begin(), labels.end()}, true);
}

void Collection::write_chunk(const Steps& steps) {
  std::vector<std::size_t> at;  // the next sample of each run
  for (const SampleFrame::Run& run : frame_.runs()) at.push_back(run.begin);
  const std::vector<SampleFrame::Point>& points = frame_.points();
  for (std::size_t step = 0; step < steps.count; ++step) {
    const Nanos time = steps.first + static_cast<Nanos>(step) * steps.step;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const SampleFrame::Run& run = frame_.runs()[i];
      if (at[i] < run.end && points[at[i]].time == time) write_point(*run.series, points[at[i]++]);
    }
  }
}

// The same for samples at any times.
void Collection::write_sorted() {
  std::vector<std::pair<std::size_t, SampleSeries*>> order;
  for (const SampleFrame::Run& run : frame_.runs()) {
    for (std::size_t i = run.begin; i < run.end; ++i) order.emplace_back(i, run.series);
  }
  const auto& points = frame_.points();
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return points[a.first].time < points[b.first].time; });
  for (const auto& [i, series] : order) write_point(*series, points[i]);
}

void Collection::write_point(SampleSeries& series, const SampleFrame::Point& point) {
  Manifest::Part& part = manifest_.parts[series.part];
  if (series.last == kNoTime) {
    ++part.series;
  } else if (manifest_.step != 0 && point.time - series.last > manifest_.step) {
    ++part.gaps;
    part.gap_steps += static_cast<std::uint64_t>((point.time - series.last) / manifest_.step - 1);
  }
  series.last = point.time;
  if (part.first == kNoTime || point.time < part.first) part.first = point.time;
  if (point.time > part.last) part.last = point.time;
  ++part.records;
  if (point.length == 0) ++part.missing_values;
  writer_->write(series, point.time, frame_.value(point));
}

void Collection::save_checkpoint() {
  if (file_) file_->sync();
  checkpoint_.next = next_;
  checkpoint_.length = file_ ? file_->length() : 0;
  checkpoint_.header = options_.format == record::Format::csv && !writer_->needs_columns();
  checkpoint_.columns = writer_->columns();
  checkpoint_.save(options_.checkpoint);
}

void Collection::forget_idle(Nanos before) {
  if (book_.size() <= kManySeries) return;
  frame_.clear();
  book_.forget_idle(before);
}

void Collection::find_empty_parts() {
  for (const Manifest::Part& part : manifest_.parts) {
    if (part.series == 0) manifest_.problems.push_back(fmt::format("query {} returned no series", part.name));
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
