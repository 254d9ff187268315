#include "report/trail.hpp"

#include <algorithm>
#include <cmath>

namespace aiops::report {
namespace {

void put_together(Trail::Cell& into, const Trail::Cell& other) {
  into.low = std::min(into.low, other.low);
  into.high = std::max(into.high, other.high);
  into.sum += other.sum;
  into.count += other.count;
  into.alert |= other.alert;
}

// Into the range of float, with room for sums.
float clamped(double value) {
  constexpr double kMost = 1e30;
  return static_cast<float>(std::clamp(value, -kMost, kMost));
}

}  // namespace

void Trail::widen() {
  for (std::size_t i = 0; i < kBuckets / 2; ++i) {
    Cell both = buckets_[2 * i];
    put_together(both, buckets_[2 * i + 1]);
    buckets_[i] = both;
  }
  std::fill(buckets_.begin() + kBuckets / 2, buckets_.end(), Cell{});
  width_ *= 2;
}

void Trail::add(Nanos time, double value, bool alert) {
  if (begin_ == kNoTime) begin_ = time;
  // Unsigned: the distance of two instants may not fit the signed type.
  const std::uint64_t offset =
      time <= begin_ ? 0 : static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(begin_);
  while (offset / width_ >= kBuckets) widen();
  const float at = clamped(value);
  put_together(buckets_[offset / width_], {at, at, at, 1, alert});
}

std::vector<Trail::Cell> Trail::cells(Nanos from, Nanos to, int columns) const {
  std::vector<Cell> cells(static_cast<std::size_t>(columns));
  if (empty()) return cells;
  const double span = std::max(static_cast<double>(to) - static_cast<double>(from), 1.0);
  const double offset = static_cast<double>(begin_) - static_cast<double>(from);
  const auto width = static_cast<double>(width_);
  for (int column = 0; column < columns; ++column) {
    // Every bucket that reaches into the column's time; a column is never narrower than the stretch it stands
    // for.
    const double left = (span * column / columns - offset) / width;
    const double right = (span * (column + 1) / columns - offset) / width;
    const int first = static_cast<int>(std::clamp(std::floor(left), 0.0, 1.0 * kBuckets));
    const int last = static_cast<int>(std::clamp(std::ceil(right), 0.0, 1.0 * kBuckets));
    for (int i = first; i < last; ++i) put_together(cells[column], buckets_[i]);
    // The last instant belongs to the last column.
    if (column + 1 == columns && last < kBuckets && right == std::floor(right))
      put_together(cells[column], buckets_[last]);
  }
  return cells;
}

std::string sparkline(const std::vector<Trail::Cell>& cells, const std::string& mark,
                      const std::string& unmark) {
  static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double usual = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  int filled = 0;
  for (const Trail::Cell& cell : cells) {
    if (!cell.empty()) usual += cell.mean(), ++filled;
  }
  usual /= std::max(filled, 1);
  std::vector<double> heights;
  for (const Trail::Cell& cell : cells) {
    const double extreme = usual - cell.low > cell.high - usual ? cell.low : cell.high;
    heights.push_back(cell.alert ? extreme : cell.mean());
    if (cell.empty()) continue;
    low = std::min(low, heights.back());
    high = std::max(high, heights.back());
  }
  std::string out;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const Trail::Cell& cell = cells[i];
    if (cell.empty()) {
      out += ' ';
      continue;
    }
    const double height = high > low ? (heights[i] - low) / (high - low) : 0;
    if (cell.alert) out += mark;
    out += kBlocks[static_cast<int>(std::lround(height * 7))];
    if (cell.alert) out += unmark;
  }
  return out;
}

}  // namespace aiops::report
