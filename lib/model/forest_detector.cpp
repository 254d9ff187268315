#include "model/forest_detector.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/number.hpp"
#include "record/fields.hpp"

namespace aiops::model {
namespace {

constexpr double kBand = 3;  // standard deviations on either side of the expected value
constexpr std::size_t kMaxReasons = 5;
constexpr double kSmallestReason = 0.005;  // shows as 0.01

// Numbers beyond the range of a float are as strange as its largest.
float narrow(double value) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(value, -kLargest, kLargest));
}

bool complete(const float* row, std::size_t width) {
  return std::none_of(row, row + width, [](float value) { return std::isnan(value); });
}

}  // namespace

void ForestDetector::attach(const Schema& schema) {
  log_contamination_ = std::log(parameters_.contamination);
  inputs_ = schema.inputs;
  value_ = schema.joint ? -1 : schema.find(field::kValue);
  mean_ = schema.find(field::kRollingMean);
  std_ = schema.find(field::kRollingStd);
  zscore_ = schema.find(field::kZscore);
}

void ForestDetector::fit(const Schema& schema, const History& history, std::uint64_t seed) {
  const double contamination = parameters_.contamination;
  if (!(contamination > 0 && contamination < 1)) {
    throw UsageError(fmt::format("expected a contamination between 0 and 1, not {}", contamination));
  }
  attach(schema);
  const std::size_t width = history.width;
  std::vector<float> rows;
  rows.reserve(history.count * width);
  for (std::size_t i = 0; i < history.count; ++i) {
    const float* row = history.data + i * width;
    if (complete(row, width)) rows.insert(rows.end(), row, row + width);
  }
  const std::size_t count = rows.size() / width;
  if (count == 0) throw InputError("expected rows with all inputs, there is none");
  for (float& value : rows) value = narrow(value);

  profiles_.clear();
  for (std::size_t f = 0; f < width; ++f) {
    const bool names = inputs_[f] == field::kStatusCode;  // 503 is not 1.5 times as much as 404
    profiles_.push_back(Profile::of(rows.data() + f, count, width, contamination, names));
  }
  forest_.fit(rows.data(), count, width,
              static_cast<std::size_t>(std::max<std::int64_t>(0, parameters_.trees)),
              static_cast<std::size_t>(std::max<std::int64_t>(0, parameters_.samples)), seed);
  std::vector<double> scores(count);
  forest_.score(rows.data(), count, scores.data());
  tail_.fit(std::move(scores), contamination);
}

double ForestDetector::combine(double forest_score, const float* row) const {
  double square = 0;
  for (std::size_t f = 0; f < profiles_.size(); ++f) {
    const double outside = profiles_[f].outside(row[f]);
    square += outside * outside;
  }
  const double score = tail_.log_probability(forest_score) / log_contamination_;
  return square == 0 ? score : score + parameters_.range_weight * std::log2(1 + std::sqrt(square));
}

void ForestDetector::expect(const float* row, Verdict& verdict) const {
  if (value_ < 0) return;
  const Profile& value = profiles_[value_];
  if (mean_ < 0 || std_ < 0) {
    verdict.expected = value.median;
    verdict.lower = value.low;
    verdict.upper = value.high;
    return;
  }
  verdict.expected = std::clamp(row[mean_], value.low, value.high);
  const double around = kBand * std::min(row[std_], profiles_[std_].p95);
  verdict.lower = verdict.expected - around;
  verdict.upper = verdict.expected + around;
}

void ForestDetector::explain(const float* row, Verdict& verdict) const {
  const std::size_t width = inputs_.size();
  std::vector<float> usual(row, row + width);
  std::vector<std::pair<double, std::size_t>> falls;
  for (std::size_t f = 0; f < width; ++f) {
    usual[f] = profiles_[f].median;
    double forest_score = 0;
    forest_.score(usual.data(), 1, &forest_score);
    const double fall = verdict.score - combine(forest_score, usual.data());
    if (fall >= kSmallestReason) falls.emplace_back(-fall, f);
    usual[f] = row[f];
  }
  std::sort(falls.begin(), falls.end());
  if (falls.size() > kMaxReasons) falls.resize(kMaxReasons);
  for (const auto& [fall, f] : falls) {
    std::string number;
    append_6(number, row[f]);
    verdict.reasons.push_back(fmt::format("{}={}(+{:.2f})", inputs_[f], number, -fall));
  }
}

// A cold row's inputs, with those that depend on the window as training would have them.
void ForestDetector::settle(const double* row, float* settled) const {
  if (value_ < 0 || mean_ < 0 || std_ < 0 || zscore_ < 0) return;
  const Profile &mean = profiles_[mean_], &std = profiles_[std_];
  const double usual_mean = std::clamp<double>(row[mean_], mean.min, mean.max);
  const double usual_std =
      std::isnan(row[std_]) ? std.median : std::clamp<double>(row[std_], std.min, std.max);
  settled[mean_] = narrow(usual_mean);
  settled[std_] = narrow(usual_std);
  settled[zscore_] = usual_std > 0 ? narrow((row[value_] - usual_mean) / usual_std) : 0;
}

void ForestDetector::judge(const float* row, double forest_score, double explain_from,
                           Verdict& verdict) const {
  verdict.score = combine(forest_score, row);
  verdict.p_value = std::max(kSmallestP, std::exp(log_contamination_ * verdict.score));
  expect(row, verdict);
  if (verdict.score >= explain_from) explain(row, verdict);
}

void ForestDetector::update(State*, const Rows& rows, Verdict* verdicts) const {
  constexpr std::size_t kBlock = 256;
  const std::size_t width = rows.width;
  // Kept from call to call: with thousands of series a call is often for a single row.
  thread_local std::vector<float> data;
  thread_local std::vector<std::size_t> places;
  double scores[kBlock];
  for (std::size_t at = 0; at < rows.count; at += kBlock) {
    data.clear();
    places.clear();
    for (std::size_t i = at; i < std::min(at + kBlock, rows.count); ++i) {
      const double* row = rows.data + i * width;
      verdicts[i] = Verdict();
      const std::size_t begin = data.size();
      for (std::size_t f = 0; f < width; ++f) data.push_back(narrow(row[f]));
      if (rows.cold != nullptr && rows.cold[i] != 0) settle(row, &data[begin]);
      if (complete(&data[begin], width)) {
        places.push_back(i);
        continue;
      }
      data.resize(begin);
      const bool value_missing = value_ < 0 || std::isnan(row[value_]);
      verdicts[i].condition = value_missing ? Condition::no_data : Condition::warming_up;
    }
    forest_.score(data.data(), places.size(), scores);
    for (std::size_t i = 0; i < places.size(); ++i)
      judge(&data[i * width], scores[i], rows.explain_from, verdicts[places[i]]);
  }
}

std::string ForestDetector::save() const {
  std::string out;
  put(out, parameters_.contamination);
  put(out, parameters_.range_weight);
  put(out, static_cast<std::uint32_t>(profiles_.size()));
  for (const Profile& profile : profiles_) profile.save(out);
  tail_.save(out);
  forest_.save(out);
  return out;
}

void ForestDetector::load(const Schema& schema, std::string_view bytes) {
  ByteReader in(bytes, "isolation forest");
  parameters_.contamination = in.get<double>();
  parameters_.range_weight = in.get<double>();
  in.check(parameters_.contamination > 0 && parameters_.contamination < 1,
           "has a contamination that makes no sense");
  in.check(std::isfinite(parameters_.range_weight), "has a range weight that makes no sense");
  in.check(in.get<std::uint32_t>() == schema.inputs.size(), "was made for other inputs");
  profiles_.assign(schema.inputs.size(), {});
  for (Profile& profile : profiles_) profile.load(in);
  tail_.load(in);
  forest_.load(in.take(in.left()));
  in.check(forest_.width() == profiles_.size(), "was made for other inputs");
  parameters_.trees = static_cast<std::int64_t>(forest_.trees());
  parameters_.samples = static_cast<std::int64_t>(forest_.sample_size());
  attach(schema);
}

}  // namespace aiops::model
