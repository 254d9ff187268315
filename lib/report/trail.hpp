// A picture of a series in bounded memory: what it was over time, in at most 64 buckets, however long it is.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace aiops::report {

// Buckets of equal width that begin at the first row. When a row lies beyond the last one, neighbours are put
// together two by two, and the width doubles: the number in use stays between 32 and 64 once there were 32.
class Trail {
 public:
  static constexpr int kBuckets = 64;

  // value: finite. A row older than the first counts in the first bucket.
  void add(Nanos time, double value, bool alert);
  bool empty() const { return begin_ == kNoTime; }

  struct Cell {
    float low = std::numeric_limits<float>::infinity(), high = -std::numeric_limits<float>::infinity();
    float sum = 0, count = 0;
    bool alert = false;
    bool empty() const { return low > high; }
    double mean() const { return static_cast<double>(sum) / count; }
  };
  // The stretch from `from` to `to` (to >= from) as `columns` cells of equal width.
  std::vector<Cell> cells(Nanos from, Nanos to, int columns) const;

 private:
  void widen();
  std::array<Cell, kBuckets> buckets_;
  Nanos begin_ = kNoTime;
  std::uint64_t width_ = kMillisecond;
};

// Cells as block characters, one a cell, each as high as the cell's mean, or, with an alert in it, as the
// value that is farthest from the usual; a blank where there is nothing. mark and unmark stand around the
// cells with alerts (for colour), "" for none.
std::string sparkline(const std::vector<Trail::Cell>& cells, const std::string& mark,
                      const std::string& unmark);

}  // namespace aiops::report
