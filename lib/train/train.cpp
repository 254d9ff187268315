#include "train/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "model/store.hpp"
#include "train/card.hpp"
#include "train/exclude.hpp"
#include "train/history.hpp"

namespace aiops::train {
namespace {

constexpr std::size_t kNamed = 20;  // series that are named when they are skipped; the card has all
constexpr std::array kDerived = {field::kDelta, field::kRollingMean, field::kRollingStd, field::kZscore};

bool has_features(const std::vector<std::string>& names) {
  return std::all_of(kDerived.begin(), kDerived.end(), [&](std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

// Returns how many series have too few rows.
std::size_t name_skipped(const std::vector<SeriesHistory>& histories, std::size_t least,
                         Diagnostics& diagnostics) {
  std::size_t skipped = 0;
  for (const SeriesHistory& history : histories) {
    if (history.count() >= least || ++skipped > kNamed) continue;
    diagnostics.warn(fmt::format("skipped {}: {}, fewer than --min-samples {}", printable(history.series),
                                 count(history.count(), "row"), least));
  }
  if (skipped > kNamed) {
    diagnostics.warn(fmt::format("skipped {} more series with fewer than {} rows; card.json names them",
                                 thousands(skipped - kNamed), least));
  }
  return skipped;
}

std::string summary(const std::string& where, const FitResult& result, const HistoryCounts& counts) {
  std::uint64_t rows = 0;
  for (const FittedSeries& one : result.trained) rows += one.rows;
  std::string text =
      fmt::format("{}: {} series, {}", where, thousands(result.trained.size()), count(rows, "row"));
  if (!result.skipped.empty()) text += fmt::format(", {} series skipped", thousands(result.skipped.size()));
  if (counts.excluded != 0) text += fmt::format(", {} excluded", count(counts.excluded, "row"));
  return text;
}

// "1.5 alerts a day (0.05 a series), 92% of 372 injected anomalies found: spike 100%, …"
std::string backtest_summary(const FitOptions& options, const FitResult& result) {
  const Figures figures = figures_of(result);
  if (figures.series == 0) {
    return "no back-test: no series has rows enough for a part to train on and a part to test";
  }
  std::string text =
      fmt::format("back-test on the last {:.3g}% of {} series: {}", 100 * options.backtest.share,
                  thousands(figures.series), count(figures.alerts, "alert"));
  if (figures.series_days > 0) {
    text += fmt::format(", {:.3g} a day ({:.3g} a series)", figures.alerts_per_day,
                        figures.alerts_per_day / static_cast<double>(figures.series));
  }
  if (figures.injected() == 0) {
    return text + (result.bundle.schema().joint ? "; anomalies are not injected into columns scored together"
                                                : "; no anomalies could be injected");
  }
  const auto percent = [](std::uint64_t part, std::uint64_t of) { return (200 * part + of) / (2 * of); };
  text += fmt::format("; {}% of {} found", percent(figures.found(), figures.injected()),
                      count(figures.injected(), "injected anomalies"));
  std::vector<std::string> kinds;
  for (std::size_t i = 0; i < kBacktestKinds.size(); ++i) {
    const Figures::Kind& kind = figures.kinds[i];
    if (kind.injected == 0) continue;
    kinds.push_back(
        fmt::format("{} {}%", inject::info(kBacktestKinds[i]).name, percent(kind.found, kind.injected)));
  }
  return text + ": " + join(kinds, ", ");
}

}  // namespace

Plan plan(const TrainOptions& options, const std::vector<std::string>& names) {
  Plan made;
  made.columns = options.input.columns;
  made.schema.by = made.columns.by;
  const std::vector<std::string>& values = options.input.columns.values;
  if (!options.features.empty()) {
    if (!options.window.empty())
      throw UsageError("--window goes with --value; --features are taken as they are");
    made.schema.joint = true;
    made.schema.inputs = options.features;
    made.columns.values = options.features;
    made.columns.split_values = false;
    return made;
  }
  made.schema.values = values;
  made.schema.inputs = {std::string(field::kValue)};
  made.schema.inputs.insert(made.schema.inputs.end(), kDerived.begin(), kDerived.end());
  if (options.window.empty() && values.size() == 1 && has_features(names)) {
    made.columns.named_by = values.front();
    made.columns.values.insert(made.columns.values.end(), kDerived.begin(), kDerived.end());
    return made;
  }
  made.schema.derive.rolling = true;
  if (!options.window.empty()) made.schema.derive.window = feature::Window::parse(options.window);
  return made;
}

Status train(const TrainOptions& options, Diagnostics& diagnostics) {
  const model::DetectorKind& kind = model::find_detector(options.fit.detector);
  kind.make(options.fit.parameters);

  record::Rejects rejects(diagnostics, options.rejects);
  record::Reader reader(options.input, rejects, diagnostics);
  const Plan made = plan(options, reader.peek());
  if (options.train_window > 0 && made.columns.time.empty()) {
    throw UsageError("--train-window needs the time of rows; name its field with --time");
  }
  reader.set_columns(made.columns);
  Exclusions exclusions;
  if (!options.exclude.empty()) exclusions.read(options.exclude, made.columns, diagnostics);

  HistoryCollector collector(made.schema, options.train_window, exclusions);
  reader.on_evict([&](record::SeriesId id) { collector.forget(id); });
  while (const record::Batch* batch = reader.next()) collector.add(*batch, reader.series());
  const Status status = reader.finish();
  if (stop_requested()) return Status::interrupted;

  std::vector<SeriesHistory> histories = collector.take();
  if (histories.empty()) throw InputError("no rows to train on");
  if (name_skipped(histories, options.fit.min_samples, diagnostics) == histories.size()) {
    throw InputError(fmt::format("no series has {} rows; give more history or a lower --min-samples",
                                 options.fit.min_samples));
  }
  // Locked no earlier, so that input that fails leaves no folder behind; no later, so that no work is in
  // vain.
  model::Store store(options.models);
  const model::Store::Lock lock = store.lock();
  std::unique_ptr<Champion> champion;
  // Without a question to answer, no work: the comparison costs as much again as the back-test.
  if (options.fit.backtest.share > 0 && options.promote != Promote::always) {
    champion = champion_of(store, made.schema, diagnostics);
  }
  FitOptions fitting = options.fit;
  fitting.champion = champion.get();
  FitResult result = fit(made.schema, std::move(histories), fitting);
  if (stop_requested()) return Status::interrupted;

  CardFacts facts;
  facts.created = now();
  facts.files = options.input.files.empty() ? std::vector<std::string>{"-"} : options.input.files;
  facts.train_window = options.train_window;
  facts.counts = collector.counts();
  facts.bundle = result.bundle.bytes();
  decide(options.promote, champion.get(), result, facts);
  const int version =
      store.add(lock, facts.bundle, card(facts, made.schema, options.fit, result), facts.promoted);
  diagnostics.info(summary(store.path(version).string(), result, collector.counts()));
  if (options.fit.backtest.share > 0) diagnostics.info(backtest_summary(options.fit, result));
  tell_promotion(champion.get(), store.path(version).string(), options.models, facts, result.compared,
                 diagnostics);
  const bool worse_one = !facts.promoted && options.promote == Promote::if_better;
  return worse(status, worse_one ? Status::gate : Status::done);
}

}  // namespace aiops::train
