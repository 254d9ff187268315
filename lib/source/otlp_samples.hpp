// Points of metrics as samples: what each kind of metric becomes, and under which names.
//
//   gauge, sum              NAME
//   monotonic sum, rates    NAME_rate: change a second since the point before
//   histogram               NAME_count, NAME_sum (or _count_rate, _sum_rate); NAME_mean, NAME_p50 … of what
//   came
//                           since the point before; delta: NAME_min, NAME_max; buckets: NAME_bucket
//   summary                 NAME_count, NAME_sum, NAME_p50 …
//
// Where the unit is ms, the names of times end in _ms; other units of time become seconds.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "record/series.hpp"
#include "source/histogram.hpp"
#include "source/keep.hpp"
#include "source/otlp.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct OtlpSampleOptions {
  bool rates = false;
  bool buckets = false;
  std::vector<double> quantiles = {0.5, 0.95, 0.99};
  const Keep* keep = nullptr;  // attributes of resource and scope that become labels; must outlive it
};

class OtlpSamples {
 public:
  // text: the value as JSON writes it, "" if missing.
  using Emit = std::function<void(SampleSeries& series, Nanos time, std::string_view text)>;

  OtlpSamples(OtlpSampleOptions options, Emit emit) : options_(std::move(options)), emit_(std::move(emit)) {}

  void point(const OtlpOrigin& origin, const OtlpMetric& metric, const OtlpPoint& point);

  std::uint64_t rising() const { return rising_; }  // monotonic series that were written as they are
  // Points that gave no rate, for they were the first of their series; those that were not newer than the
  // one before, which are left out.
  std::uint64_t first() const { return first_; }
  std::uint64_t old() const { return old_; }
  // A series that points of several resources or scopes came to, "" if there is none.
  const std::string& ambiguous() const { return ambiguous_; }

  // Drops what had no point since, when there are many: for long runs.
  void forget_idle(Nanos before);

 private:
  struct State {
    Nanos start = kNoTime, time = kNoTime;  // of the newest point
    double value = 0, count = 0, sum = 0;
    std::vector<double> bounds, counts;
    ExponentialHistogram exponential;
    std::vector<std::pair<std::string, std::unique_ptr<SampleSeries>>> series;  // by what is behind the name
  };

  State& find(const OtlpOrigin& origin, const OtlpMetric& metric, const OtlpPoint& point);
  void number(const OtlpMetric& metric, const OtlpPoint& point, State& before);
  void distribution(const OtlpMetric& metric, const OtlpPoint& point, State& before);
  void summary(const OtlpPoint& point, State& state);
  void quantiles(const OtlpPoint& point, bool since_before, State& before);
  void buckets(const OtlpPoint& point, State& state);
  record::SeriesKey key(std::string_view suffix, std::string_view le) const;
  SampleSeries& series(State& state, std::string_view suffix, std::string_view le = {});
  void emit(State& state, std::string_view suffix, double value);
  void emit_text(State& state, std::string_view suffix, std::string_view text);

  OtlpSampleOptions options_;
  Emit emit_;
  // Of the point that is worked on:
  const OtlpOrigin* origin_ = nullptr;
  const OtlpMetric* metric_ = nullptr;
  const OtlpPoint* point_ = nullptr;
  OtlpAttributes sorted_;  // its attributes
  std::string_view unit_;  // stands behind names of values in the metric's unit
  double factor_ = 1;      // to that unit
  std::string identity_, text_;

  std::unordered_map<std::string, State> states_;        // by all that tells points apart
  std::unordered_map<std::string, std::string> owners_;  // of series: the identity
  std::uint64_t rising_ = 0, first_ = 0, old_ = 0;
  std::string ambiguous_;
};

}  // namespace aiops::source
