#include "train/train.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "model/store.hpp"
#include "score/log_input.hpp"
#include "train/exclude.hpp"
#include "train/feedback.hpp"
#include "train/history.hpp"
#include "train/logs.hpp"
#include "train/read_card.hpp"
#include "train/version.hpp"

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

// True, and said, if the version in use is younger than --if-older.
bool young_enough(const model::Store& store, Nanos if_older, Diagnostics& diagnostics) {
  const std::optional<int> version = if_older > 0 ? store.current() : std::nullopt;
  if (!version) return false;
  Nanos created = kNoTime;
  try {
    const std::string name = (store.path(*version) / model::kCardFile).string();
    created = read_card(store.card(*version), name).created;
  } catch (const InputError&) {
    return false;  // whatever it is, it should be replaced
  }
  const Nanos age = now() - created;
  // One from the future is none to wait for: a clock was wrong.
  if (created == kNoTime || age < 0 || age >= if_older) return false;
  diagnostics.info(fmt::format("{} was trained {} ago, less than {}: nothing to do",
                               store.path(*version).string(), format_duration(age / kSecond * kSecond),
                               format_duration(if_older)));
  return true;
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
  if (!model::find_detector(options.fit.detector).derived) {
    if (!options.window.empty()) {
      throw UsageError(
          fmt::format("--window goes with detectors that see rolling features, as isolation-forest; {} sees "
                      "the value alone",
                      options.fit.detector));
    }
    return made;
  }
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

  model::Store store(options.models);
  if (young_enough(store, options.if_older, diagnostics)) return Status::done;

  record::Rejects rejects(diagnostics, options.rejects);
  record::Reader reader(options.input, rejects, diagnostics);
  if (score::have_templates(reader.peek())) return train_logs(options, reader, diagnostics);
  const Plan made = plan(options, reader.peek());
  if (options.train_window > 0 && made.columns.time.empty()) {
    throw UsageError("--train-window needs the time of rows; name its field with --time");
  }
  reader.set_columns(made.columns);
  Exclusions exclusions;
  if (!options.exclude.empty()) exclusions.read(options.exclude, made.columns, diagnostics);

  std::optional<score::Calendar> calendar;
  if (!options.calendar.empty()) calendar = score::Calendar::read(options.calendar);
  Feedback feedback;
  feedback.read(options.feedback, made.columns, diagnostics);
  HistoryCollector collector(made.schema, options.train_window, exclusions, &feedback,
                             calendar ? &*calendar : nullptr);
  reader.on_evict([&](record::SeriesId id) { collector.forget(id); });
  while (const record::Batch* batch = reader.next()) collector.add(*batch, reader.series());
  const Status status = reader.finish();
  if (stop_requested()) return Status::interrupted;

  std::vector<SeriesHistory> histories = collector.take();
  if (feedback.unused() > 0) {
    diagnostics.warn(fmt::format("--feedback: {} of series that are not in the history",
                                 count(feedback.unused(), "interval")));
  }
  if (histories.empty()) throw InputError("no rows to train on");
  if (name_skipped(histories, options.fit.min_samples, diagnostics) == histories.size()) {
    throw InputError(fmt::format("no series has {} rows; give more history or a lower --min-samples",
                                 options.fit.min_samples));
  }
  // Locked no earlier, so that input that fails leaves no folder behind; no later, so that no work is in
  // vain.
  const model::Store::Lock lock = store.lock();
  // Another run may have ended while this one read.
  if (young_enough(store, options.if_older, diagnostics)) return status;
  VersionInput input;
  input.schema = made.schema;
  input.histories = std::move(histories);
  input.counts = collector.counts();
  input.files = options.input.files;
  input.train_window = options.train_window;
  input.take_over = !options.forget_expected;
  input.feedback = {feedback.expected(), feedback.missed()};
  return worse(status, make_version(store, lock, std::move(input),
                                    {options.models, options.promote, options.fit}, diagnostics));
}

}  // namespace aiops::train
