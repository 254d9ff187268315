#include "train/version.hpp"

#include <fmt/format.h>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "train/card.hpp"

namespace aiops::train {
namespace {

std::string summary(const std::string& where, const FitResult& result, const HistoryCounts& counts,
                    std::size_t kept) {
  std::uint64_t rows = 0;
  for (const FittedSeries& one : result.trained) rows += one.rows;
  std::string text =
      fmt::format("{}: {} series, {}", where, thousands(result.trained.size()), count(rows, "row"));
  if (!result.skipped.empty()) text += fmt::format(", {} series skipped", thousands(result.skipped.size()));
  if (kept != 0) text += fmt::format(", {} series kept", thousands(kept));
  if (counts.in_calendar != 0)
    text += fmt::format(", {} in times of the calendar left out", count(counts.in_calendar, "row"));
  if (counts.missed != 0)
    text += fmt::format(", {} left out as missed anomalies", count(counts.missed, "row"));
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

// What the version in use was told to expect; nothing where there is none that could be read, or one that
// looks at other columns.
std::map<std::string, std::string> known_expected(const model::Store& store, const model::Schema& schema) {
  std::map<std::string, std::string> known;
  const std::optional<int> version = store.current();
  if (!version) return known;
  try {
    const model::Bundle bundle = model::Bundle::open(store.path(*version) / model::kBundleFile);
    if (bundle.schema().joint != schema.joint || bundle.schema().inputs != schema.inputs) return known;
    for (std::size_t i = 0; i < bundle.size(); ++i) {
      if (!bundle.expected(i).empty()) known.emplace(bundle.series(i), bundle.expected(i));
    }
  } catch (const InputError&) {
    known.clear();
  }
  return known;
}

}  // namespace

Status make_version(model::Store& store, const model::Store::Lock& lock, VersionInput input,
                    const VersionOptions& options, Diagnostics& diagnostics) {
  std::unique_ptr<Champion> champion;
  // Without a question to answer, no work: the comparison costs as much again as the back-test.
  if (options.fit.backtest.share > 0 && options.promote != Promote::always) {
    champion = champion_of(store, input.schema, diagnostics);
  }
  FitOptions fitting = options.fit;
  if (input.take_over) fitting.known = known_expected(store, input.schema);
  fitting.champion = champion.get();
  FitResult result = fit(input.schema, std::move(input.histories), fitting);
  if (stop_requested()) return Status::interrupted;

  CardFacts facts;
  facts.created = now();
  facts.files = input.files.empty() ? std::vector<std::string>{"-"} : input.files;
  facts.train_window = input.train_window;
  facts.counts = input.counts;
  facts.feedback = input.feedback;
  for (KeptSeries& one : input.kept) {
    result.bundle.add(one.card.series, one.card.rows, std::move(one.part), std::move(one.expected));
    facts.kept.push_back(std::move(one.card));
  }
  facts.bundle = result.bundle.bytes();
  decide(options.promote, champion.get(), result, facts);
  const int version =
      store.add(lock, facts.bundle, card(facts, input.schema, options.fit, result), facts.promoted);
  const std::string path = store.path(version).string();
  diagnostics.info(summary(path, result, input.counts, facts.kept.size()));
  if (options.fit.backtest.share > 0) diagnostics.info(backtest_summary(options.fit, result));
  tell_promotion(champion.get(), path, options.models, facts, result.compared, diagnostics);
  return !facts.promoted && options.promote == Promote::if_better ? Status::gate : Status::done;
}

}  // namespace aiops::train
