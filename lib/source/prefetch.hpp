// Fetching the next steps while the last ones are being written.
#pragma once

#include <cstddef>
#include <exception>
#include <thread>

#include "source/samples.hpp"

namespace aiops::source {

// Calls the source from a thread of its own, one fetch at a time: between start() and take() the caller
// leaves the source alone, and of the book uses only what it got before (SampleSeries::head, tail and last
// are the writer's, all else of a series is the source's).
class Prefetch {
 public:
  // memory: bytes for the samples, as for SampleFrame. The references must outlive it.
  Prefetch(SampleSource& source, SeriesBook& book, std::size_t parts, std::size_t memory)
      : source_(source), book_(book), parts_(parts), frame_(memory) {}
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  ~Prefetch() { abandon(); }

  void start(const Steps& steps);
  bool under_way() const { return thread_.joinable(); }
  const Steps& steps() const { return steps_; }
  // Gives up what is under way, if anything.
  void abandon();
  // Waits for what was started, exchanges its frame for the caller's, and throws what the fetch threw.
  void take(SampleFrame& frame);

 private:
  SampleSource& source_;
  SeriesBook& book_;
  std::size_t parts_;
  SampleFrame frame_;
  Steps steps_;
  std::exception_ptr failure_;
  std::thread thread_;
};

// Fetches all parts into the frame, which is cleared first.
void fetch_all(SampleSource& source, std::size_t parts, const Steps& steps, SeriesBook& book,
               SampleFrame& frame);

}  // namespace aiops::source
