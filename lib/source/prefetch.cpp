#include "source/prefetch.hpp"

#include <utility>

#include "base/stop.hpp"

namespace aiops::source {

void Prefetch::run(SampleSource& source, const Steps& steps, SampleFrame& frame, std::size_t& series) {
  const std::lock_guard lock(turn_);
  frame.clear();
  for (std::size_t part = 0; part < parts_; ++part) source.fetch(part, steps, book_, frame);
  series = book_.size();
}

void Prefetch::fetch(const Steps& steps, SampleFrame& frame) { run(source_, steps, frame, series_); }

void Prefetch::start(const Steps& steps) {
  if (!std::exchange(asked_, true)) second_ = source_.second(turn_);
  SampleSource& source = use_second_ && second_ ? *second_ : source_;
  use_second_ = !use_second_;
  if (spare_.empty()) spare_.emplace_back(memory_);
  under_way_.push_back(std::make_unique<Fetch>(source, steps, std::move(spare_.front())));
  spare_.pop_front();
  Fetch& fetch = *under_way_.back();
  fetch.thread = std::thread([this, &fetch] {
    try {
      run(fetch.source, fetch.steps, fetch.frame, fetch.series);
    } catch (...) {
      fetch.failure = std::current_exception();
    }
  });
}

void Prefetch::take(SampleFrame& frame) {
  const std::unique_ptr<Fetch> first = std::move(under_way_.front());
  under_way_.pop_front();
  first->thread.join();
  std::swap(frame, first->frame);
  spare_.push_back(std::move(first->frame));
  if (first->failure) {
    drop();
    std::rethrow_exception(first->failure);
  }
  series_ = first->series;
}

void Prefetch::drop() {
  for (const std::unique_ptr<Fetch>& fetch : under_way_) {
    fetch->thread.join();
    spare_.push_back(std::move(fetch->frame));
  }
  under_way_.clear();
}

void Prefetch::abandon() {
  if (!under_way()) return;
  // Nobody waits for the answers any more: it ends as it would at a signal.
  const bool stopping = stop_requested();
  request_stop();
  drop();
  if (!stopping) request_stop(false);
}

}  // namespace aiops::source
