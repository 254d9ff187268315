#include "report/ranking.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

namespace aiops::report {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr int kThresholds = 250;

struct Range {
  std::ptrdiff_t first, last;  // rows, both inclusive
};

std::vector<Range> labelled_ranges(std::span<const std::uint8_t> labels) {
  std::vector<Range> ranges;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    if (!labels[i]) continue;
    if (i == 0 || !labels[i - 1]) ranges.push_back({static_cast<std::ptrdiff_t>(i), 0});
    ranges.back().last = static_cast<std::ptrdiff_t>(i);
  }
  return ranges;
}

// Each range grown by `half` rows on both sides; those that meet become one.
std::vector<Range> widened(const std::vector<Range>& ranges, std::ptrdiff_t half, std::ptrdiff_t rows) {
  std::vector<Range> wide;
  for (const Range& range : ranges) {
    const Range grown{std::max<std::ptrdiff_t>(range.first - half, 0), std::min(range.last + half, rows - 1)};
    if (!wide.empty() && wide.back().last >= grown.first) {
      wide.back().last = grown.last;
    } else {
      wide.push_back(grown);
    }
  }
  return wide;
}

// The thresholds are quantiles of the scores. Per row: the first threshold that it passes; per threshold: how
// many rows pass it.
struct Levels {
  std::vector<std::uint8_t> of_row;
  std::vector<double> passing;
};

Levels levels_of(std::span<const double> scores) {
  std::vector<double> sorted(scores.begin(), scores.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  std::vector<double> thresholds(kThresholds);
  Levels levels;
  for (int k = 0; k < kThresholds; ++k) {
    const double at = static_cast<double>(sorted.size() - 1) * k / (kThresholds - 1);
    thresholds[k] = sorted[k == kThresholds - 1 ? sorted.size() - 1 : static_cast<std::size_t>(at)];
    const auto end = std::upper_bound(sorted.begin(), sorted.end(), thresholds[k], std::greater<>());
    levels.passing.push_back(static_cast<double>(end - sorted.begin()));
  }
  levels.of_row.reserve(scores.size());
  for (const double score : scores) {
    const auto first = std::lower_bound(thresholds.begin(), thresholds.end(), score, std::greater<>());
    levels.of_row.push_back(static_cast<std::uint8_t>(first - thresholds.begin()));
  }
  return levels;
}

// The surface, one buffer width after another.
class Surface {
 public:
  Surface(std::span<const double> scores, std::span<const std::uint8_t> labels)
      : labels_(labels), rows_(static_cast<std::ptrdiff_t>(scores.size())), ranges_(labelled_ranges(labels)) {
    if (ranges_.empty()) return;
    levels_ = levels_of(scores);
    credit_.resize(scores.size());
    hits_.resize(kThresholds);
    for (std::size_t i = 0; i < labels.size(); ++i) {
      if (!labels[i]) continue;
      hits_[levels_.of_row[i]] += 1;
      positives_ += 1;
    }
  }
  bool empty() const { return ranges_.empty(); }

  // The area under the curve for one buffer width.
  double area(int width) {
    spread_credit(width);
    std::vector<double> near(kThresholds), first_hit(kThresholds);
    const std::vector<Range> wide = widened(ranges_, width / 2, rows_);
    for (const Range& range : wide) {
      int best = kThresholds - 1;
      for (std::ptrdiff_t i = range.first; i <= range.last; ++i) {
        const std::uint8_t level = levels_.of_row[i];
        best = std::min<int>(best, level);
        if (!labels_[i]) near[level] += std::min(1.0, credit_[i]);
        credit_[i] = 0;
      }
      first_hit[best] += 1;
    }
    return integrate(near, first_hit, static_cast<double>(wide.size()));
  }

 private:
  void spread_credit(int width) {
    const std::ptrdiff_t half = width / 2;
    for (const Range& range : ranges_) {
      for (std::ptrdiff_t d = 1; d <= half; ++d) {
        const double credit = std::sqrt(1 - static_cast<double>(d) / width);
        if (range.last + d < rows_) credit_[range.last + d] += credit;
        if (range.first - d >= 0) credit_[range.first - d] += credit;
      }
    }
  }

  // Precision over recall, recall being the mean of labelled and credited rows found, times the share of
  // ranges.
  double integrate(const std::vector<double>& near, const std::vector<double>& first_hit,
                   double ranges) const {
    double area = 0, found = 0, credited = positives_, ranges_hit = 0, recall_before = 0;
    for (int k = 0; k < kThresholds; ++k) {
      found += hits_[k] + near[k];
      credited += near[k];
      ranges_hit += first_hit[k];
      const double recall = std::min(found / ((positives_ + credited) / 2), 1.0) * ranges_hit / ranges;
      area += (recall - recall_before) * found / levels_.passing[k];
      recall_before = recall;
    }
    return area;
  }

  std::span<const std::uint8_t> labels_;
  std::ptrdiff_t rows_;
  std::vector<Range> ranges_;
  Levels levels_;
  std::vector<double> credit_;  // of each row for the width in hand; 0 between widths
  std::vector<double> hits_;    // labelled rows by level
  double positives_ = 0;
};

// Autocorrelation at lags 0 to `lags`, not yet divided by that at 0.
std::vector<double> autocovariance(const std::vector<double>& values, std::size_t lags) {
  std::vector<double> at(lags + 1);
  for (std::size_t lag = 0; lag <= lags; ++lag) {
    double sum = 0;
    for (std::size_t i = lag; i < values.size(); ++i) sum += values[i] * values[i - lag];
    at[lag] = sum;
  }
  return at;
}

}  // namespace

double average_precision_apart(std::span<double> labelled, std::span<double> others) {
  if (labelled.empty()) return kNone;
  std::sort(labelled.begin(), labelled.end(), std::greater<>());
  std::sort(others.begin(), others.end(), std::greater<>());
  double area = 0;
  std::size_t passed = 0;
  for (std::size_t i = 0; i < labelled.size();) {
    const std::size_t before = i;
    const double score = labelled[i];
    while (i < labelled.size() && labelled[i] == score) ++i;
    while (passed < others.size() && others[passed] >= score) ++passed;
    area += static_cast<double>(i - before) * static_cast<double>(i) / static_cast<double>(i + passed);
  }
  return area / static_cast<double>(labelled.size());
}

double average_precision(std::span<const double> scores, std::span<const std::uint8_t> labels) {
  std::vector<double> labelled, others;
  for (std::size_t i = 0; i < scores.size(); ++i) (labels[i] ? labelled : others).push_back(scores[i]);
  return average_precision_apart(labelled, others);
}

double vus_pr(std::span<const double> scores, std::span<const std::uint8_t> labels, int window) {
  Surface surface(scores, labels);
  if (surface.empty()) return kNone;
  double sum = 0;
  for (int width = 0; width <= window; ++width) sum += surface.area(width);
  return sum / (window + 1);
}

int autocorrelation_window(std::span<const float> values) {
  constexpr std::size_t kFirstLag = 3, kLastLag = 400;
  constexpr std::size_t kLowest = kFirstLag + 3, kHighest = kFirstLag + 300;
  std::vector<double> centred;
  double last = kNone, sum = 0;
  for (const float value : values.first(std::min(values.size(), kAutocorrelationRows))) {
    if (std::isfinite(value)) last = value;
    if (std::isnan(last)) continue;
    centred.push_back(last);
    sum += last;
  }
  if (centred.size() < kFirstLag + 3) return kDefaultWindow;
  const double mean = sum / static_cast<double>(centred.size());
  for (double& value : centred) value -= mean;
  const std::size_t lags = std::min(kLastLag, centred.size() - 1);
  const std::vector<double> at = autocovariance(centred, lags);
  std::size_t best = 0;
  for (std::size_t lag = kFirstLag + 1; lag + 1 <= lags; ++lag) {
    const bool local_maximum = at[lag] > at[lag - 1] && at[lag] > at[lag + 1];
    if (local_maximum && (best == 0 || at[lag] >= at[best])) best = lag;
  }
  return best >= kLowest && best <= kHighest ? static_cast<int>(best) : kDefaultWindow;
}

}  // namespace aiops::report
