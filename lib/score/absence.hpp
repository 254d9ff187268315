// Series that stop: those that have had no row for a while in which others went on.
//
// Time is that of the rows. A pause of the whole stream (a collector that was away) is nobody's silence, and
// neither is a single row with a time far ahead. Memory: 16 bytes a series. One thread.
#pragma once

#include <cstdint>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "record/series.hpp"

namespace aiops::score {

class Absence {
 public:
  struct Gone {
    record::SeriesKey key;
    Nanos last, due;  // its newest row; when it had been silent for too long
  };
  // after: the silence that tells, > 0.
  explicit Absence(Nanos after) : after_(after) {}

  // A row of a series, before it is scored. Appends the series that are found to have stopped by then, each
  // once until it comes back, by the time of it. time: kNoTime tells nothing.
  void row(record::SeriesId id, const record::SeriesTable& table, Nanos time, std::vector<Gone>& gone);
  // Forgets a series whose number is about to be given to another.
  void evict(record::SeriesId id);

  // What goes on from one run to the next. load() before the first row; throws InputError with `name` in
  // front.
  std::string save(const record::SeriesTable& table) const;
  void load(std::string_view bytes, std::string_view name);

 private:
  struct Series {
    Nanos last = kNoTime;
    std::string kept;      // its name, where it comes from an earlier run and was not seen in this one
    bool waiting = false;  // it stands in due_
    bool gone = false;
  };
  using Due = std::pair<Nanos, std::size_t>;

  std::size_t index_of(record::SeriesId id, const record::SeriesTable& table);
  bool advance(Nanos time);

  const Nanos after_;
  std::vector<Series> series_;
  std::vector<std::size_t> by_id_;  // where a number's series stands, + 1
  std::vector<record::SeriesId> ids_;
  std::unordered_map<std::string, std::size_t> kept_;
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  // Newest time, less the pauses; the time of a row that was far ahead, until another one is there, too.
  Nanos clock_ = kNoTime, paused_ = 0, ahead_ = kNoTime;
};

}  // namespace aiops::score
