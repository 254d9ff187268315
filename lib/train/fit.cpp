#include "train/fit.hpp"

#include <algorithm>
#include <numeric>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/pool.hpp"
#include "base/random.hpp"
#include "base/stop.hpp"
#include "train/feedback.hpp"

namespace aiops::train {
namespace {

// A series' seed comes from its name, so that it does not matter who else is trained, or who is first.
std::uint64_t seed_of(const FitOptions& options, const SeriesHistory& history) {
  return sub_seed(options.seed, checksum(history.series));
}

// Which series get anomalies in the back-test: all, or so many that the seed chooses.
std::vector<bool> chosen(const std::vector<SeriesHistory>& histories, const FitOptions& options) {
  std::vector<bool> among(histories.size(), true);
  if (histories.size() <= options.backtest.most_series) return among;
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < histories.size(); ++i) order.emplace_back(seed_of(options, histories[i]), i);
  std::sort(order.begin(), order.end());
  for (std::size_t i = options.backtest.most_series; i < order.size(); ++i) among[order[i].second] = false;
  return among;
}

std::unique_ptr<model::Detector> fitted(const model::Schema& schema, const SeriesHistory& history,
                                        std::size_t rows, const FitOptions& options) {
  std::unique_ptr<model::Detector> detector = model::find_detector(options.detector).make(options.parameters);
  model::History view = history.view();
  view.count = rows;
  detector->fit(schema, view, seed_of(options, history));
  return detector;
}

struct Test {
  std::size_t begin = 0;  // 0: too few rows
  std::vector<Trial> trials;
  Replay replayed;
};

Test test(const model::Schema& schema, const SeriesHistory& history, const FitOptions& options,
          const model::Expected& expected, bool with_anomalies) {
  Test made;
  const std::size_t begin = backtest_begin(history, options.backtest.share, options.min_samples);
  if (begin == 0) return made;
  std::unique_ptr<model::Detector> detector;
  try {
    detector = fitted(schema, history, begin, options);
  } catch (const InputError&) {
    return made;  // enough rows for the whole, not for a part of it
  }
  made.begin = begin;
  // Another stream of random numbers than the detector's.
  const std::uint64_t seed = sub_seed(seed_of(options, history), 1);
  if (with_anomalies) made.trials = make_trials(schema, history, begin, options.backtest, seed);
  made.replayed = replay(schema, *detector, history, begin, begin, made.trials, expected);
  return made;
}

std::optional<Tested> figures(const SeriesHistory& history, const Test& made) {
  if (made.begin == 0) return std::nullopt;
  const std::vector<Trial>& trials = made.trials;
  const Replay& replayed = made.replayed;
  const std::size_t begin = made.begin;
  Tested tested;
  tested.rows = history.count() - begin;
  tested.scored = replayed.scored;
  tested.alerts = replayed.alerts.size();
  tested.days = days_from(history, begin);
  tested.replayed = !trials.empty();
  for (std::size_t i = 0; i < trials.size(); ++i) {
    tested.anomalies.push_back({trials[i].kind, replayed.trials[i].found, replayed.trials[i].delay});
  }
  tested.scores = Deciles::of(replayed.scores);
  return tested;
}

// What was said of this history, and what was known before.
model::Expected expected(const model::Schema& schema, const SeriesHistory& history,
                         const FitOptions& options) {
  model::Expected all;
  const auto found = options.known.find(history.series);
  if (found != options.known.end()) all = model::Expected::parse(found->second);
  for (model::Episode& episode : expected_of(schema, history).episodes) all.add(std::move(episode));
  return all;
}

Nanos newest(const SeriesHistory& history) {
  return history.time.empty() ? kNoTime : *std::max_element(history.time.begin(), history.time.end());
}

}  // namespace

FitResult fit(const model::Schema& schema, std::vector<SeriesHistory> histories, const FitOptions& options) {
  model::find_detector(options.detector);
  FitResult result{model::BundleWriter(schema), {}, {}, {}};
  std::vector<SeriesHistory> enough;
  for (SeriesHistory& history : histories) {
    if (history.count() < std::max<std::size_t>(1, options.min_samples)) {
      result.skipped.push_back({history.series, history.count(), newest(history), kNoTime, {}, 0});
    } else {
      enough.push_back(std::move(history));
    }
  }
  histories.clear();

  const std::vector<bool> with_anomalies = chosen(enough, options);
  std::vector<std::string> parts(enough.size()), notes(enough.size());
  std::vector<FittedSeries> series(enough.size());
  std::vector<Comparison> compared(enough.size());
  Pool(options.jobs).run(enough.size(), [&](std::size_t i) {
    if (stop_requested()) return;
    SeriesHistory& history = enough[i];
    series[i] = {history.series, history.count(), newest(history), kNoTime, {}, 0};
    const model::Expected known = expected(schema, history, options);
    series[i].expected = known.episodes.size();
    notes[i] = known.bytes();
    const Test made = test(schema, history, options, known, with_anomalies[i]);
    series[i].tested = figures(history, made);
    const auto detector = fitted(schema, history, history.count(), options);
    parts[i] = model::BundleWriter::part(*detector);
    if (options.champion != nullptr && made.begin > 0 && with_anomalies[i]) {
      compared[i] = compare(*options.champion,
                            {schema, history, made.begin, made.trials, made.replayed, *detector, known});
    }
    std::vector<float>().swap(history.data);
  });
  for (std::size_t i = 0; i < enough.size(); ++i) {
    if (parts[i].empty()) continue;  // stopped before
    result.bundle.add(series[i].series, series[i].rows, std::move(parts[i]), std::move(notes[i]));
    result.trained.push_back(std::move(series[i]));
    result.compared.add(compared[i]);
  }
  return result;
}

}  // namespace aiops::train
