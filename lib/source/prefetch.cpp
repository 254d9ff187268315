#include "source/prefetch.hpp"

#include <utility>

#include "base/stop.hpp"

namespace aiops::source {

void fetch_all(SampleSource& source, std::size_t parts, const Steps& steps, SeriesBook& book,
               SampleFrame& frame) {
  frame.clear();
  for (std::size_t part = 0; part < parts; ++part) source.fetch(part, steps, book, frame);
}

void Prefetch::abandon() {
  if (!under_way()) return;
  // Nobody waits for its answer any more: it ends as it would at a signal.
  const bool stopping = stop_requested();
  request_stop();
  thread_.join();
  if (!stopping) request_stop(false);
}

void Prefetch::start(const Steps& steps) {
  steps_ = steps;
  failure_ = nullptr;
  thread_ = std::thread([this] {
    try {
      fetch_all(source_, parts_, steps_, book_, frame_);
    } catch (...) {
      failure_ = std::current_exception();
    }
  });
}

void Prefetch::take(SampleFrame& frame) {
  thread_.join();
  std::swap(frame, frame_);
  if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

}  // namespace aiops::source
