#include "model/tail.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aiops::model {
namespace {

constexpr std::size_t kTailRows = 10;      // the tail is fitted to at least so many rows
constexpr double kTailShare = 0.02;        // and begins no later than at this share of them
constexpr double kKnotRatio = 0.8;         // of the probabilities of neighbouring knots
constexpr double kPriorRows = 3;           // weight of the slope of the body in the slope of the tail
constexpr double kSmallestExcess = 0.002;  // scores that differ less than this are the same

}  // namespace

void TailModel::fit(std::vector<double> scores, double smallest) {
  std::sort(scores.begin(), scores.end());
  const std::size_t n = scores.size();
  const auto rows = static_cast<double>(n);
  const auto share = static_cast<std::size_t>(rows * std::min(kTailShare, smallest));
  const std::size_t above = std::min(std::max(kTailRows, share), (n - 1) / 2);

  // P(S >= scores[i]) is (n - i) / n where scores[i] is the first of its equals.
  knots_.clear();
  for (std::size_t i = 0; i < n - above;) {
    if (knots_.empty() || scores[i] > knots_.back().score) {
      const auto first = static_cast<std::size_t>(std::lower_bound(scores.begin(), scores.end(), scores[i]) -
                                                  scores.begin());
      const double log_probability = std::log((rows - static_cast<double>(first)) / rows);
      if (knots_.empty() || log_probability < knots_.back().log_probability) {
        knots_.push_back({scores[i], log_probability});
      }
    }
    if (i + 1 == n - above) break;
    const auto left = static_cast<std::size_t>((rows - static_cast<double>(i)) * kKnotRatio);
    i = std::max(i + 1, std::min(n - left, n - above - 1));
  }

  const Knot& start = knots_.back();
  double sum = 0, count = 0;
  for (std::size_t i = n; i-- > 0 && scores[i] > start.score; ++count) sum += scores[i] - start.score;
  // With few rows, or with ties, the tail leans on the slope from the median to its start.
  const double median = scores[n / 2];
  const double body = (start.score - median) / std::max(1.0, std::log(0.5) - start.log_probability);
  excess_ = std::max(kSmallestExcess, (sum + kPriorRows * body) / (count + kPriorRows));
}

double TailModel::log_probability(double score) const {
  const auto next = std::upper_bound(knots_.begin(), knots_.end(), score,
                                     [](double value, const Knot& knot) { return value < knot.score; });
  if (next == knots_.begin()) return knots_.front().log_probability;
  const Knot& below = next[-1];
  if (next == knots_.end()) return below.log_probability - (score - below.score) / excess_;
  const double part = (score - below.score) / (next->score - below.score);
  return below.log_probability + part * (next->log_probability - below.log_probability);
}

void TailModel::save(std::string& out) const {
  put(out, excess_);
  put(out, static_cast<std::uint32_t>(knots_.size()));
  for (const Knot& knot : knots_) {
    put(out, knot.score);
    put(out, knot.log_probability);
  }
}

void TailModel::load(ByteReader& in) {
  excess_ = in.get<double>();
  const auto size = in.get<std::uint32_t>();
  in.check(std::isfinite(excess_) && excess_ > 0 && size >= 1 && size <= in.left() / sizeof(Knot),
           "has a tail that makes no sense");
  knots_.resize(size);
  for (std::uint32_t i = 0; i < size; ++i) {
    knots_[i] = {in.get<double>(), in.get<double>()};
    const bool finite = std::isfinite(knots_[i].score) && std::isfinite(knots_[i].log_probability);
    const bool rising = i == 0 || (knots_[i].score > knots_[i - 1].score &&
                                   knots_[i].log_probability < knots_[i - 1].log_probability);
    in.check(finite && rising, "has a tail that makes no sense");
  }
}

double probability_of(double surprise) {
  return std::max(kSmallestP, std::exp(-std::numbers::ln10 * surprise));
}

}  // namespace aiops::model
