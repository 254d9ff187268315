#include "train/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "model/store.hpp"
#include "score/input.hpp"
#include "train/card.hpp"
#include "train/drift.hpp"
#include "train/exclude.hpp"
#include "train/feedback.hpp"
#include "train/history.hpp"
#include "train/read_card.hpp"
#include "train/version.hpp"

namespace aiops::train {
namespace {

constexpr std::array kNames = {std::string_view("old"), std::string_view("unknown"),
                               std::string_view("missing"), std::string_view("drifted")};

struct Data {
  std::vector<SeriesHistory> histories;
  HistoryCounts counts;
  Status status = Status::done;
};

Data read(const CheckOptions& options, const model::Schema& schema, Diagnostics& diagnostics) {
  record::Rejects rejects(diagnostics, options.rejects);
  record::ReaderOptions input = options.input;
  input.columns = score::columns_for(schema, input.columns, options.values_given);
  record::Reader reader(input, rejects, diagnostics);
  score::require_inputs(schema, reader.peek());
  const Exclusions none;
  std::optional<score::Calendar> calendar;
  if (!options.calendar.empty()) calendar = score::Calendar::read(options.calendar);
  HistoryCollector collector(schema, 0, none, nullptr, calendar ? &*calendar : nullptr);
  reader.on_evict([&](record::SeriesId id) { collector.forget(id); });
  while (const record::Batch* batch = reader.next()) collector.add(*batch, reader.series());
  Data data;
  data.status = reader.finish();
  data.histories = collector.take();
  data.counts = collector.counts();
  if (data.histories.empty() && !stop_requested()) throw InputError("no rows to check the model against");
  return data;
}

class Checker {
 public:
  Checker(const CheckOptions& options, const model::Bundle& bundle, const Card& card, CheckResult& result)
      : options_(options), bundle_(bundle), card_(card), result_(result) {}

  void look(const std::vector<SeriesHistory>& histories) {
    ages();
    std::set<std::string_view> seen;
    for (const SeriesHistory& history : histories) {
      if (stop_requested()) return;
      ++result_.series;
      seen.insert(history.series);
      const auto at = bundle_.find(history.series);
      if (at) {
        scores(history, *at);
      } else if (history.count() < options_.min_samples) {
        ++result_.too_short;
      } else {
        add(Trouble::unknown, history.series, count(history.count(), "row"));
      }
    }
    for (std::size_t i = 0; i < bundle_.size(); ++i) {
      if (seen.count(bundle_.series(i)) == 0)
        add(Trouble::missing, std::string(bundle_.series(i)), "no row in the data");
    }
    std::stable_sort(result_.findings.begin(), result_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.trouble < b.trouble; });
  }

 private:
  void add(Trouble trouble, std::string series, std::string text) {
    result_.findings.push_back({trouble, std::move(series), std::move(text)});
  }

  std::string age(Nanos trained) const {
    const Nanos whole = (now_ - trained) / kMinute * kMinute;
    return fmt::format("trained {} ago, more than {}", format_duration(whole),
                       format_duration(options_.max_age));
  }

  void ages() {
    if (options_.max_age <= 0) return;
    const auto old = [&](Nanos trained) { return trained != kNoTime && now_ - trained > options_.max_age; };
    if (old(card_.created)) return add(Trouble::old, "", age(card_.created));
    for (const auto& [series, one] : card_.series) {
      if (bundle_.find(series) && old(one.trained)) add(Trouble::old, series, age(one.trained));
    }
  }

  // Rows that are newer than what the series was trained on.
  void scores(const SeriesHistory& history, std::size_t at) {
    const auto card = card_.series.find(history.series);
    if (card == card_.series.end() || !card->second.tested) return;
    const Nanos last = card->second.last;
    const auto found = std::find_if(history.time.begin(), history.time.end(),
                                    [&](Nanos time) { return last == kNoTime || time > last; });
    const auto fresh = static_cast<std::size_t>(found - history.time.begin());
    if (fresh == history.count()) return;
    const std::unique_ptr<model::Detector> detector = bundle_.make(at);
    Replay replayed = replay(bundle_.schema(), *detector, history, fresh, fresh, {});
    const Drift moved = drift(card->second.tested->scores, std::move(replayed.scores));
    result_.compared += moved.tested;
    if (!moved.drifted()) return;
    add(Trouble::drifted, history.series,
        fmt::format("scores are {} than in the back-test: distance {:.2f}, {:.2f} allowed",
                    moved.higher ? "higher" : "lower", moved.distance, moved.allowed));
  }

  const CheckOptions& options_;
  const model::Bundle& bundle_;
  const Card& card_;
  CheckResult& result_;
  const Nanos now_ = now();
};

// The series that are to be trained anew.
std::set<std::string> stale(const CheckResult& result, const model::Bundle& bundle) {
  std::set<std::string> names;
  for (const Finding& finding : result.findings) {
    if (finding.trouble == Trouble::missing) continue;
    if (!finding.series.empty()) names.insert(finding.series);
    for (std::size_t i = 0; finding.series.empty() && i < bundle.size(); ++i) {
      names.emplace(bundle.series(i));
    }
  }
  return names;
}

KeptSeries kept(const model::Bundle& bundle, std::size_t at, const Card& card) {
  KeptSeries series;
  series.card.series = bundle.series(at);
  series.card.rows = bundle.rows(at);
  series.part = bundle.part(at);
  series.expected = bundle.expected(at);
  series.card.expected = model::Expected::parse(series.expected).episodes.size();
  const auto found = card.series.find(series.card.series);
  if (found == card.series.end()) return series;
  series.card.last = found->second.last;
  series.card.trained = found->second.trained;
  series.card.tested = found->second.tested;
  return series;
}

// The detector and the parameters of the model: those of the series that had the most rows.
FitOptions fit_options(const CheckOptions& options, const model::Bundle& bundle, const Card& card) {
  FitOptions fit;
  std::size_t most = 0;
  for (std::size_t i = 1; i < bundle.size(); ++i) {
    if (bundle.rows(i) > bundle.rows(most)) most = i;
  }
  const std::unique_ptr<model::Detector> detector = bundle.make(most);
  fit.detector = detector->name();
  detector->tell(fit.parameters);
  // Parts of other parameters would not be parts of the same model.
  const std::string told = one_line(parameters_json(model::find_detector(fit.detector), fit.parameters));
  if (!card.parameters.empty() && card.parameters != told) {
    throw InputError(
        fmt::format("--retrain: the model was trained with {}, of which {} does not keep all; train the "
                    "whole of it with aiops-train",
                    card.parameters, fit.detector));
  }
  fit.seed = options.seed;
  fit.jobs = options.jobs;
  fit.min_samples = options.min_samples;
  fit.backtest.share = options.backtest_share;
  return fit;
}

Status retrain(const CheckOptions& options, model::Store& store, const model::Store::Lock& lock,
               const model::Bundle& bundle, const Card& card, Data data, CheckResult& result,
               Diagnostics& diagnostics) {
  const std::set<std::string> names = stale(result, bundle);
  VersionInput input;
  input.schema = bundle.schema();
  input.files = options.input.files;
  std::set<std::string> anew;
  for (SeriesHistory& history : data.histories) {
    if (names.count(history.series) == 0 || history.count() < options.min_samples) continue;
    input.counts.rows += history.count();
    input.histories.push_back(std::move(history));
    anew.insert(input.histories.back().series);
  }
  input.counts.first = data.counts.first;
  input.counts.last = data.counts.last;
  if (input.histories.empty()) {
    diagnostics.info("nothing to train: no stale series has rows enough in the data");
    return Status::done;
  }
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    if (anew.count(std::string(bundle.series(i))) == 0) input.kept.push_back(kept(bundle, i, card));
  }
  const Status status =
      make_version(store, lock, std::move(input),
                   {options.models, options.promote, fit_options(options, bundle, card)}, diagnostics);
  if (status == Status::interrupted) return status;
  result.retrained = model::Store::version_name(store.versions().back());
  if (status != Status::done || options.promote == Promote::never) return status;
  const auto remedied = [&](const Finding& finding) {
    if (finding.trouble == Trouble::missing) return false;
    if (!finding.series.empty()) return anew.count(finding.series) > 0;
    // The model as a whole was old: it still is where a series had no rows.
    return std::all_of(names.begin(), names.end(),
                       [&](const std::string& name) { return anew.count(name) > 0; });
  };
  result.left = static_cast<std::uint64_t>(
      std::count_if(result.findings.begin(), result.findings.end(), std::not_fn(remedied)));
  return status;
}

}  // namespace

std::string_view trouble_name(Trouble trouble) { return kNames[static_cast<std::size_t>(trouble)]; }

CheckResult check(const CheckOptions& options, Diagnostics& diagnostics) {
  model::Store store(options.models);
  const std::optional<int> version = store.current();
  if (!version) {
    throw InputError(fmt::format("{}: there is no model; make one with `aiops-train --models {}`",
                                 options.models, options.models));
  }
  const model::Bundle bundle = model::Bundle::open(store.path(*version) / model::kBundleFile);
  bundle.verify();
  const Card card = read_card(store.card(*version), (store.path(*version) / model::kCardFile).string());
  Data data = read(options, bundle.schema(), diagnostics);
  CheckResult result;
  result.model = options.models;
  result.version = model::Store::version_name(*version);
  result.created = card.created;
  Checker(options, bundle, card, result).look(data.histories);
  if (stop_requested()) {
    result.status = Status::interrupted;
    return result;
  }
  diagnostics.info(fmt::format(
      "{}: {} of data checked, {} compared with the back-test: {}{}", store.path(*version).string(),
      count(result.series, "series"), thousands(result.compared), count(result.findings.size(), "finding"),
      result.too_short == 0
          ? ""
          : fmt::format("; {} too short to be trained", count(result.too_short, "new series"))));
  result.left = result.findings.size();
  Status done = data.status;
  if (options.retrain && !result.findings.empty()) {
    const model::Store::Lock lock = store.lock();
    if (store.current() != version) {
      throw InputError(
          fmt::format("{}: another version came into use meanwhile; check again", options.models));
    }
    done = worse(done, retrain(options, store, lock, bundle, card, std::move(data), result, diagnostics));
  }
  result.status = worse(done, result.left > 0 ? Status::gate : Status::done);
  return result;
}

std::string check_text(const CheckResult& result) {
  std::string text;
  for (const Finding& finding : result.findings) {
    text +=
        fmt::format("{:<8} {} {}\n", trouble_name(finding.trouble),
                    finding.series.empty() ? result.version : printable(finding.series, 500), finding.text);
  }
  return text;
}

std::string check_json(const CheckResult& result) {
  std::string findings;
  for (const Finding& finding : result.findings) {
    findings += findings.empty() ? "\n    " : ",\n    ";
    findings +=
        fmt::format("{{\"finding\": \"{}\", \"series\": {}, \"text\": {}}}", trouble_name(finding.trouble),
                    finding.series.empty() ? "null" : json_string(finding.series), json_string(finding.text));
  }
  return fmt::format(
      "{{\n  \"model\": {},\n  \"version\": {},\n  \"created\": {},\n  \"series\": {},\n  \"too_short\": "
      "{},\n"
      "  \"compared\": {},\n  \"findings\": [{}],\n  \"left\": {},\n  \"retrained\": {}\n}}\n",
      json_string(result.model), json_string(result.version),
      result.created == kNoTime ? "null" : json_string(format_time(result.created)), result.series,
      result.too_short, result.compared, findings.empty() ? "" : findings + "\n  ", result.left,
      result.retrained.empty() ? "null" : json_string(result.retrained));
}

}  // namespace aiops::train
