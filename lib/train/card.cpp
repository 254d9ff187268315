#include "train/card.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::train {
namespace {

std::string list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts) {
    if (out.size() > 1) out += ", ";
    append_json_string(out, text);
  }
  return out + "]";
}

std::string time_or_null(Nanos time) { return time == kNoTime ? "null" : json_string(format_time(time)); }

// Six significant digits, or null.
std::string number(double value) {
  const std::string out = text_6(value);
  return out.empty() ? "null" : out;
}

std::string rate(double number_of, double over) { return over > 0 ? number(number_of / over) : "null"; }

std::string tested(const Tested& one) {
  std::string scores;
  for (const float score : one.scores.at) {
    if (!scores.empty()) scores += ", ";
    append_6(scores, score);
  }
  return fmt::format(
      "{{\"rows\": {}, \"scored\": {}, \"alerts\": {}, \"days\": {}, \"alerts_per_day\": {}, \"scores\": "
      "[{}]}}",
      one.rows, one.scored, one.alerts, number(one.days), rate(static_cast<double>(one.alerts), one.days),
      one.scores.count > 0 ? scores : "");
}

std::string series(const std::vector<FittedSeries>& all, bool trained) {
  std::string out = "[";
  for (const FittedSeries& one : all) {
    out += out.size() > 1 ? ",\n    " : "\n    ";
    out += fmt::format("{{\"series\": {}, \"rows\": {}", json_string(one.series), one.rows);
    if (trained) {
      if (one.trained != kNoTime) out += ", \"trained\": " + time_or_null(one.trained);
      if (one.expected > 0) out += fmt::format(", \"expected\": {}", one.expected);
      out += fmt::format(", \"last\": {}, \"backtest\": {}", time_or_null(one.last),
                         one.tested ? tested(*one.tested) : "null");
    }
    out += '}';
  }
  return out + (all.empty() ? "]" : "\n  ]");
}

std::string kinds(const Figures& figures) {
  std::string out = "[";
  for (std::size_t i = 0; i < kBacktestKinds.size(); ++i) {
    const Figures::Kind& kind = figures.kinds[i];
    if (kind.injected == 0) continue;
    out += out.size() > 1 ? ",\n      " : "\n      ";
    out += fmt::format(
        "{{\"kind\": \"{}\", \"injected\": {}, \"found\": {}, \"share\": {}, \"median_delay\": {}}}",
        inject::info(kBacktestKinds[i]).name, kind.injected, kind.found,
        rate(static_cast<double>(kind.found), static_cast<double>(kind.injected)),
        kind.median_delay ? json_string(format_duration(*kind.median_delay)) : "null");
  }
  return out + (out.size() == 1 ? "]" : "\n    ]");
}

std::string backtest(const BacktestOptions& options, const Figures& figures) {
  if (figures.series == 0) return "null";
  const auto of = static_cast<double>(figures.series);
  return "{\n    " +
         join({"\"share\": " + number(options.share), fmt::format("\"series\": {}", figures.series),
               fmt::format("\"rows\": {}", figures.rows), fmt::format("\"scored\": {}", figures.scored),
               "\"series_days\": " + number(figures.series_days),
               fmt::format("\"alerts\": {}", figures.alerts),
               "\"alerts_per_day\": " + (figures.series_days > 0 ? number(figures.alerts_per_day) : "null"),
               "\"alerts_per_series_and_day\": " +
                   (figures.series_days > 0 ? number(figures.alerts_per_day / of) : "null"),
               fmt::format("\"series_with_anomalies\": {}", figures.replayed),
               "\"magnitude\": " + number(options.magnitude), "\"anomalies\": " + kinds(figures)},
              ",\n    ") +
         "\n  }";
}

std::string compared(const CardFacts& facts, const Comparison& with) {
  if (facts.champion.empty()) return "null";
  return fmt::format(
      "{{\"version\": {}, \"series\": {}, \"rows\": {}, \"series_seen\": {}, \"alerts\": {}, "
      "\"champion_alerts\": {},\n    \"anomalies\": {}, \"found\": {}, \"champion_found\": {}, "
      "\"only_found\": {}, "
      "\"only_champion_found\": {},\n    \"worse_if\": {}}}",
      json_string(facts.champion), with.series, with.rows, with.seen, with.alerts, with.champion_alerts,
      with.anomalies, with.found, with.champion_found, with.gained, with.lost,
      json_string(Comparison::rule()));
}

}  // namespace

std::string parameters_json(const model::DetectorKind& kind, const model::Parameters& values) {
  std::string out = "{";
  for (const auto& [name, value] : kind.parameters(values)) {
    if (out.size() > 1) out += ", ";
    append_json_string(out, name);
    out += ": ";
    if (const double* number = std::get_if<double>(&value)) {
      append_shortest(out, *number);
    } else {
      append_json_string(out, std::get<std::string>(value));
    }
  }
  return out + "}";
}

Figures figures_of(const FitResult& result) {
  std::vector<const Tested*> all;
  for (const FittedSeries& one : result.trained) {
    if (one.tested) all.push_back(&*one.tested);
  }
  return sum_up(all);
}

std::string card(const CardFacts& facts, const model::Schema& schema, const FitOptions& options,
                 const FitResult& result) {
  std::vector<FittedSeries> all = result.trained;
  all.insert(all.end(), facts.kept.begin(), facts.kept.end());
  std::sort(all.begin(), all.end(),
            [](const FittedSeries& a, const FittedSeries& b) { return a.series < b.series; });
  std::size_t known = 0;
  for (const FittedSeries& one : all) known += one.expected;
  std::vector<std::string> lines = {
      "\"created\": " + json_string(format_time(facts.created)),
      "\"detector\": " + json_string(options.detector),
      "\"parameters\": " + parameters_json(model::find_detector(options.detector), options.parameters),
      fmt::format("\"seed\": {}", options.seed),
      "\"by\": " + list(schema.by),
      "\"values\": " + list(schema.values),
      "\"inputs\": " + list(schema.inputs),
      fmt::format("\"joint\": {}", schema.joint),
      "\"window\": " + (schema.derive.rolling ? json_string(schema.derive.window.text()) : "null"),
      "\"files\": " + list(facts.files),
      "\"train_window\": " +
          (facts.train_window > 0 ? json_string(format_duration(facts.train_window)) : "null"),
      "\"first\": " + time_or_null(facts.counts.first),
      "\"last\": " + time_or_null(facts.counts.last),
      fmt::format("\"rows\": {}", facts.counts.rows),
      fmt::format("\"excluded\": {}", facts.counts.excluded),
      fmt::format("\"in_calendar\": {}", facts.counts.in_calendar),
      fmt::format("\"incomplete\": {}", facts.counts.incomplete),
      fmt::format(
          "\"feedback\": {{\"expected\": {}, \"missed\": {}, \"missed_rows\": {}, \"episodes_known\": {}}}",
          facts.feedback.expected, facts.feedback.missed, facts.counts.missed, known),
      fmt::format("\"min_samples\": {}", options.min_samples),
      fmt::format("\"bundle_bytes\": {}", facts.bundle.size()),
      fmt::format("\"bundle_xxh64\": \"{:016x}\"", checksum(facts.bundle)),
      "\"backtest\": " + backtest(options.backtest, figures_of(result)),
      "\"champion\": " + compared(facts, result.compared),
      fmt::format("\"promoted\": {}", facts.promoted),
      "\"not_promoted\": " + (facts.promoted ? "null" : json_string(facts.not_promoted)),
      "\"series\": " + series(all, true),
      "\"skipped\": " + series(result.skipped, false),
  };
  return "{\n  " + join(lines, ",\n  ") + "\n}\n";
}

}  // namespace aiops::train
