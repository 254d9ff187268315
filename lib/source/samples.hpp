// Samples between a backend and the output: the series of a run, and a frame that holds the samples of some
// steps until the answers for them are complete, so that half an answer is never passed on.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "record/series.hpp"

namespace aiops::source {

// Points in time first, first + step, … (count of them, the last one included).
struct Steps {
  Nanos first = 0, step = kSecond;
  std::size_t count = 0;
  Nanos last() const { return first + static_cast<Nanos>(count - 1) * step; }
  Nanos behind() const { return first + static_cast<Nanos>(count) * step; }
};

// A series of one part (a query, say) of what was asked for.
struct SampleSeries {
  std::size_t part = 0;
  record::SeriesKey key;
  std::string head, tail;    // the record's text around time and value; made by SampleWriter
  Nanos last = kNoTime;      // its newest sample that was written
  std::uint64_t answer = 0;  // the answer that it was seen in last
};

// All series of a run. Addresses stay valid until forget_idle(). Memory: a few hundred bytes a series.
class SeriesBook {
 public:
  // The series with this key, entered if it is new.
  SampleSeries& find(std::size_t part, record::SeriesKey key);
  std::size_t size() const { return series_.size(); }
  template <class Take>
  void each(Take&& take) {
    for (auto& [name, series] : series_) take(*series);
  }
  // Forgets series without a sample since `time`: those of a stream that runs for months come and go.
  void forget_idle(Nanos time);

 private:
  std::unordered_map<std::string, std::unique_ptr<SampleSeries>> series_;
  std::string name_;
};

// More samples than the frame's memory takes: ask for fewer steps at once.
struct FrameFull {};

class SampleFrame {
 public:
  struct Point {
    Nanos time;
    std::uint32_t offset, length;  // of the value's text; length 0: missing
  };
  struct Run {  // the samples of a series, in time order
    SampleSeries* series;
    std::size_t begin, end;  // points()
  };

  // memory: bytes for the samples, at most 2^31.
  explicit SampleFrame(std::size_t memory) : memory_(memory) {}

  void clear();
  void start_series(SampleSeries& series);
  // value: a number as JSON writes it, "" if missing. Throws FrameFull.
  void add(Nanos time, std::string_view value);

  // Takes back what was added since the mark, when an answer turns out to be broken.
  struct Mark {
    std::size_t runs, points, text;
  };
  Mark mark() const { return {runs_.size(), points_.size(), text_.size()}; }
  void rewind(const Mark& mark);

  const std::vector<Run>& runs() const { return runs_; }
  const std::vector<Point>& points() const { return points_; }
  std::string_view value(const Point& point) const { return {text_.data() + point.offset, point.length}; }
  std::size_t bytes() const { return points_.size() * sizeof(Point) + text_.size(); }
  std::size_t memory() const { return memory_; }

 private:
  std::size_t memory_;
  std::vector<Run> runs_;
  std::vector<Point> points_;
  std::string text_;
};

// Where samples come from. One thread.
class SampleSource {
 public:
  virtual ~SampleSource() = default;

  // Called once, before a range is fetched. May refuse it: throws Error, net::HttpError.
  virtual void prepare(Nanos /*start*/, Nanos /*end*/) {}
  // Another source for the same parts, for use at the same time from another thread; nullptr: there is none.
  // From then on `turn` is held by whoever calls fetch() of either, and given up while it waits for the
  // server.
  virtual std::unique_ptr<SampleSource> second(std::mutex& /*turn*/) { return nullptr; }
  // Adds the samples of one part at these steps to the frame. On an error the frame is as it was before.
  // Throws FrameFull; RangeTooLarge; net::HttpError; UsageError for answers that cannot become records.
  virtual void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) = 0;
};

// The server refuses so much at once: ask for fewer steps.
struct RangeTooLarge {
  std::string what;
};

}  // namespace aiops::source
