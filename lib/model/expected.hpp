// What somebody said was to be expected: episodes of a series, and whether a row looks like one of them.
//
// An episode is remembered as the range of its values and as how long it lasted. The range goes from what is
// usual to the episode's extreme and a tenth of its distance from the median beyond, on the side to which the
// episode went. A row looks the same if it lies in the range, and it does not go on for longer than one and a
// half times as long. So what was expected is silent when it comes again, what is larger is not, nor what
// lasts: that is something else, and stays it until it is over.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"

namespace aiops::model {

struct Range {
  double low = 0, high = 0;
  bool operator==(const Range&) const = default;
};

struct Episode {
  Nanos start = 0, end = 0;
  // Of the value, or of each column scored together: where a row lies that looks the same, and what is usual.
  std::vector<Range> ranges, usual;

  Nanos length() const { return end - start; }
  bool operator==(const Episode&) const = default;
};

// Of one series; as it stands in a bundle. The newest kMostEpisodes are kept.
struct Expected {
  static constexpr std::size_t kMostEpisodes = 32;
  std::vector<Episode> episodes;  // by start

  // One of the same time replaces what was known of it.
  void add(Episode episode);
  std::string bytes() const;  // "" if there are none
  // Throws InputError.
  static Expected parse(std::string_view bytes);
};

// The central 98 % of values, at least one.
Range usual_of(std::vector<double> values, double* median);
// The range of an episode, by the values of its rows, at least one.
Range range_of(const std::vector<double>& episode, const Range& usual, double median);

// Follows one series.
class ExpectedRun {
 public:
  // An episode is over after so many calm rows, and as much time as it lasted.
  static constexpr std::uint32_t kCalmRows = 8;

  // A row that did not reach the threshold. It is calm if its values are usual again: a detector that learns
  // as it goes calms down before they are.
  void below(const Expected& expected, Nanos time, const double* row, std::size_t width);
  // A row that reached it: does it look like what was expected? `row`: the numbers that the ranges are of.
  // grace: how long repeats of one event are held back; comes on top of the time that an episode may last.
  bool covers(const Expected& expected, Nanos time, const double* row, std::size_t width, Nanos grace);

  bool running() const { return since_ != kNoTime; }
  void save(std::string& out) const;
  void load(std::string_view bytes);  // throws InputError

 private:
  Nanos since_ = kNoTime, last_ = kNoTime;  // first and last row of the episode that is running
  std::uint32_t calm_ = 0;                  // calm rows since
  bool other_ = false;                      // it has turned out to be something else
};

}  // namespace aiops::model
