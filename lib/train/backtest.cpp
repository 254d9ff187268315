#include "train/backtest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>

#include "base/random.hpp"
#include "inject/plan.hpp"
#include "inject/recent.hpp"
#include "inject/shape.hpp"
#include "score/scorer.hpp"

namespace aiops::train {
namespace {

// Features that came with the records were computed elsewhere, over a window that is not told: the usual one.
feature::Window window_of(const model::Schema& schema) {
  return schema.derive.rolling ? schema.derive.window : feature::Window();
}

bool has_rolling(const model::Schema& schema) {
  return !schema.joint && schema.find(field::kRollingMean) >= 0;
}

// The rows of one series as a detector wants them, with values that may be others than the history's. Where
// the detector is not of the history's schema, both begin with the value, and it sees no more or computes the
// rest.
class RowMaker {
 public:
  RowMaker(const model::Schema& schema, const SeriesHistory& history)
      : history_(history),
        value_(schema.value_input()),
        width_(schema.inputs.size()),
        derived_(has_rolling(schema)),
        computed_(schema.derive.rolling),
        rolling_(window_of(schema)) {
    if (!derived_) return;
    for (const std::string& input : schema.inputs) {
      const auto at = std::find(kOrder.begin(), kOrder.end(), input);
      order_.push_back(at == kOrder.end() ? 0 : static_cast<std::size_t>(at - kOrder.begin()));
    }
  }

  std::size_t width() const { return width_; }
  double value(std::size_t row) const { return history_.data[row * history_.width + value_]; }

  // Appends a row as it is.
  void append(std::size_t row, std::vector<double>& out) {
    const float* at = history_.data.data() + row * history_.width;
    if (derived_ && computed_) return derive(history_.time[row], value(row), out);
    if (derived_) rolling_.update(history_.time[row], value(row));
    out.insert(out.end(), at, at + width_);
  }
  // Appends a row with another value.
  void append(std::size_t row, double value, std::vector<double>& out) {
    if (derived_) return derive(history_.time[row], value, out);
    const float* at = history_.data.data() + row * history_.width;
    out.insert(out.end(), at, at + width_);
    out[out.size() - width_ + value_] = value;
  }

 private:
  static constexpr std::array kOrder = {field::kValue, field::kDelta, field::kRollingMean, field::kRollingStd,
                                        field::kZscore};

  void derive(Nanos time, double value, std::vector<double>& out) {
    const feature::Features f = rolling_.update(time, value);
    const std::array<double, 5> all = {value, f.delta, f.mean, f.std, f.zscore};
    for (const std::size_t from : order_) out.push_back(all[from]);
  }

  const SeriesHistory& history_;
  std::size_t value_, width_;
  bool derived_, computed_;
  feature::Rolling rolling_;
  std::vector<std::size_t> order_;
};

constexpr double kNever = std::numeric_limits<double>::infinity();

class Replayer {
 public:
  Replayer(const model::Schema& schema, const model::Detector& detector, const SeriesHistory& history,
           const model::Expected& expected)
      : detector_(detector),
        history_(history),
        expected_(expected),
        first_(schema.joint ? 0 : schema.value_input()),
        compared_(schema.joint ? history.width : 1),
        rows_(schema, history),
        state_(detector.start()) {}

  // Rows [from, to) as they are; `judged` or only seen.
  void advance(std::size_t from, std::size_t to, bool judged, Replay& out) {
    constexpr std::size_t kBlock = 1024;
    for (std::size_t at = from; at < to; at += kBlock) {
      const std::size_t end = std::min(to, at + kBlock);
      data_.clear();
      for (std::size_t row = at; row < end; ++row) rows_.append(row, data_);
      update(state_.get(), at, end - at);
      if (!judged) continue;
      for (std::size_t row = at; row < end; ++row)
        judge(row, verdicts_[row - at], &data_[(row - at) * history_.width], out);
    }
  }
  // Brings the rolling features up to a row.
  void roll(std::size_t to) {
    for (std::size_t row = 0; row < to; ++row) {
      data_.clear();
      rows_.append(row, data_);
    }
  }

  // The rows at and behind the trial that reach the threshold, as offsets from its first one.
  std::vector<std::size_t> attempt(const Trial& trial) {
    const std::size_t end = std::min(history_.count(), trial.row + trial.values.size() + kGrace);
    RowMaker changed = rows_;
    data_.clear();
    for (std::size_t row = trial.row; row < end; ++row) {
      const std::size_t at = row - trial.row;
      changed.append(row, at < trial.values.size() ? trial.values[at] : rows_.value(row), data_);
    }
    const auto copy = state_ ? detector_.restore(state_->save()) : nullptr;
    if (state_ && !copy) return {};
    update(copy.get(), trial.row, end - trial.row);
    std::vector<std::size_t> hits;
    for (std::size_t i = 0; i < end - trial.row; ++i) {
      if (verdicts_[i].score >= 1) hits.push_back(i);
    }
    return hits;
  }

  bool over(std::size_t row) const { return std::binary_search(over_.begin(), over_.end(), row); }

 private:
  void update(model::State* state, std::size_t row, std::size_t count) {
    if (verdicts_.size() < count) verdicts_.resize(count);
    model::Rows rows{
        history_.time.data() + row, data_.data(), count, rows_.width(), nullptr, nullptr, kNever};
    detector_.update(state, rows, verdicts_.data());
  }

  // `numbers`: the row as the detector saw it.
  void judge(std::size_t row, const model::Verdict& verdict, const double* numbers, Replay& out) {
    if (!std::isfinite(verdict.score)) return;
    ++out.scored;
    out.scores.push_back(static_cast<float>(verdict.score));
    const Nanos time = history_.time[row];
    if (!(verdict.score >= 1)) return run_.below(expected_, time, numbers + first_, compared_);
    over_.push_back(row);
    const Nanos own = history_.events ? 0 : detector_.refractory(state_.get());
    const Nanos quiet = own >= 0 ? own : score::kSampleRefractory;
    if (run_.covers(expected_, time, numbers + first_, compared_, quiet)) return;
    if (last_alert_ != kNoTime && time != kNoTime && quiet > 0 && time - last_alert_ < quiet) return;
    last_alert_ = time;
    out.alerts.push_back(row);
  }

  const model::Detector& detector_;
  const SeriesHistory& history_;
  const model::Expected& expected_;
  model::ExpectedRun run_;
  std::size_t first_, compared_;  // the numbers of a row that are compared with what is expected
  RowMaker rows_;
  std::unique_ptr<model::State> state_;
  std::vector<double> data_;
  std::vector<model::Verdict> verdicts_;
  std::vector<std::size_t> over_;  // rows at or over the threshold as they are
  Nanos last_alert_ = kNoTime;
};

// What the series' values look like, and the level before a row.
class Looks {
 public:
  Looks(const model::Schema& schema, const SeriesHistory& history)
      : history_(history), value_(schema.value_input()) {
    bool whole = true;
    for (std::size_t row = 0; row < history.count(); ++row) {
      plausible.negative |= value(row) < 0;
      whole = whole && value(row) == std::floor(value(row));
    }
    plausible.decimals = whole ? 0 : inject::kAllDecimals;
  }
  double value(std::size_t row) const { return history_.data[row * history_.width + value_]; }
  inject::RecentValues before(std::size_t row) const {
    inject::RecentValues recent;
    const std::size_t window = inject::RecentValues::kWindow;
    for (std::size_t i = row > window ? row - window : 0; i < row; ++i) recent.add(value(i));
    return recent;
  }

  inject::Plausible plausible{false, inject::kAllDecimals};

 private:
  const SeriesHistory& history_;
  std::size_t value_;
};

// Features that came with the records can be computed anew with an anomaly in them only if their window is
// known: false if they are not those of the window that window_of() takes them for.
bool can_derive(const model::Schema& schema, const SeriesHistory& history, std::size_t begin) {
  const int mean = schema.find(field::kRollingMean);
  if (mean < 0 || schema.derive.rolling) return true;
  const std::size_t value = schema.value_input();
  feature::Rolling rolling(window_of(schema));
  for (std::size_t row = 0; row < history.count(); ++row) {
    const float* at = history.data.data() + row * history.width;
    const feature::Features f = rolling.update(history.time[row], at[value]);
    // Features are written with six digits, histories keep seven.
    const double near = 1e-4 * std::max(std::abs(f.mean), f.std);
    if (row >= begin && std::abs(f.mean - at[mean]) > near) return false;
  }
  return true;
}

std::optional<Trial> make_trial(const Looks& looks, std::size_t kind, std::size_t row, std::size_t rows,
                                double magnitude, std::uint64_t seed) {
  const inject::RecentValues recent = looks.before(row);
  inject::Shape shape(kBacktestKinds[kind], magnitude, recent.level(), recent.empty() ? 0 : recent.last(),
                      looks.plausible, seed);
  if (!shape.possible(looks.value(row))) return std::nullopt;
  Trial trial{kind, row, {}};
  bool changes = false;
  for (std::size_t i = 0; i < rows; ++i) {
    const double was = looks.value(row + i);
    trial.values.push_back(
        shape.apply(was, static_cast<double>(i + 1) / static_cast<double>(rows)).value_or(was));
    changes |= trial.values.back() != was;
  }
  if (!changes) return std::nullopt;
  return trial;
}

}  // namespace

std::size_t backtest_begin(const SeriesHistory& history, double share, std::size_t least) {
  const auto tested = static_cast<std::size_t>(share * static_cast<double>(history.count()));
  if (tested < kLeastTested || history.count() - tested < std::max<std::size_t>(1, least)) return 0;
  return history.count() - tested;
}

std::vector<Trial> make_trials(const model::Schema& schema, const SeriesHistory& history, std::size_t begin,
                               const BacktestOptions& options, std::uint64_t seed) {
  std::vector<Trial> trials;
  if (schema.joint || !can_derive(schema, history, begin)) return trials;
  const Looks looks(schema, history);
  const std::size_t tested = history.count() - begin;
  Random random(seed);
  for (int round = 0; round < options.each; ++round) {
    for (std::size_t kind = 0; kind < kBacktestKinds.size(); ++kind) {
      const auto usual = static_cast<std::size_t>(inject::info(kBacktestKinds[kind]).rows);
      const std::size_t rows = std::min(usual, tested / 2);
      const std::size_t row = begin + random.below(static_cast<std::uint32_t>(tested - rows + 1));
      if (auto trial = make_trial(looks, kind, row, rows, options.magnitude, random.next())) {
        trials.push_back(std::move(*trial));
      }
    }
  }
  std::stable_sort(trials.begin(), trials.end(),
                   [](const Trial& a, const Trial& b) { return a.row < b.row; });
  return trials;
}

Replay replay(const model::Schema& schema, const model::Detector& detector, const SeriesHistory& history,
              std::size_t warm, std::size_t begin, const std::vector<Trial>& trials,
              const model::Expected& expected) {
  Replayer replayer(schema, detector, history, expected);
  Replay result;
  replayer.roll(warm);
  replayer.advance(warm, begin, false, result);
  std::vector<std::vector<std::size_t>> hits;
  std::size_t at = begin;
  for (const Trial& trial : trials) {
    replayer.advance(at, trial.row, true, result);
    at = trial.row;
    hits.push_back(replayer.attempt(trial));
  }
  replayer.advance(at, history.count(), true, result);
  for (std::size_t i = 0; i < trials.size(); ++i) {
    TrialResult found;
    for (const std::size_t offset : hits[i]) {
      const std::size_t row = trials[i].row + offset;
      // What is over the threshold without the anomaly, too, says nothing about it.
      if (replayer.over(row)) continue;
      found = {true, history.time[row] - history.time[trials[i].row]};
      break;
    }
    result.trials.push_back(found);
  }
  return result;
}

double days_from(const SeriesHistory& history, std::size_t begin) {
  const std::size_t rows = history.count() - begin;
  if (rows < 2 || history.time[begin] == kNoTime) return 0;
  const auto [low, high] =
      std::minmax_element(history.time.begin() + static_cast<std::ptrdiff_t>(begin), history.time.end());
  const double span = static_cast<double>(*high) - static_cast<double>(*low);
  return span / static_cast<double>(kDay) * static_cast<double>(rows) / static_cast<double>(rows - 1);
}

}  // namespace aiops::train
