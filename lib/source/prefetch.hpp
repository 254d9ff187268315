// Fetching the next steps while the last ones are being written.
#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "source/samples.hpp"

namespace aiops::source {

// Calls the source from threads of its own, two at a time where the source has a second (see SampleSource),
// so that the server works on the next answer while the last one is read. Between start() and take() the
// caller leaves the source alone; the book is used under turn(), but for SampleSeries::head, tail and last,
// which are the writer's.
class Prefetch {
 public:
  // memory: bytes for the samples of a fetch, as for SampleFrame. The references must outlive it.
  Prefetch(SampleSource& source, SeriesBook& book, std::size_t parts, std::size_t memory)
      : source_(source), book_(book), parts_(parts), memory_(memory) {}
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;
  ~Prefetch() { abandon(); }

  // Whether another fetch may be started, and whether one has been.
  bool has_room() const { return under_way_.size() < (second_ ? 2U : 1U); }
  bool under_way() const { return !under_way_.empty(); }
  void start(const Steps& steps);
  // Those that take() will give, and those that were started last.
  const Steps& next() const { return under_way_.front()->steps; }
  const Steps& newest() const { return under_way_.back()->steps; }
  // Waits for what was started first, exchanges its frame for the caller's, and throws what the fetch threw:
  // then all that was started behind it is dropped.
  void take(SampleFrame& frame);
  // Fetches in the caller's thread. Nothing is under way.
  void fetch(const Steps& steps, SampleFrame& frame);
  // Gives up what is under way, as a signal would.
  void abandon();

  std::mutex& turn() { return turn_; }
  // Series in the book after what was taken last.
  std::size_t series() const { return series_; }

 private:
  struct Fetch {
    Fetch(SampleSource& from, const Steps& at, SampleFrame room)
        : source(from), steps(at), frame(std::move(room)) {}
    SampleSource& source;
    Steps steps;
    SampleFrame frame;
    std::size_t series = 0;
    std::exception_ptr failure;
    std::thread thread;
  };
  void run(SampleSource& source, const Steps& steps, SampleFrame& frame, std::size_t& series);
  void drop();

  SampleSource& source_;
  SeriesBook& book_;
  std::size_t parts_, memory_;
  std::unique_ptr<SampleSource> second_;
  bool asked_ = false;  // the source, for a second
  bool use_second_ = false;
  std::mutex turn_;
  std::deque<std::unique_ptr<Fetch>> under_way_;
  std::deque<SampleFrame> spare_;
  std::size_t series_ = 0;
};

}  // namespace aiops::source
