#include "train/card.hpp"

#include <fmt/format.h>

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

std::string parameters(const model::DetectorKind& kind, const model::Parameters& values) {
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

std::string series(const std::vector<FittedSeries>& all) {
  std::string out = "[";
  for (const FittedSeries& one : all) {
    out += out.size() > 1 ? ",\n    " : "\n    ";
    out += fmt::format("{{\"series\": {}, \"rows\": {}}}", json_string(one.series), one.rows);
  }
  return out + (all.empty() ? "]" : "\n  ]");
}

}  // namespace

std::string card(const CardFacts& facts, const model::Schema& schema, const FitOptions& options,
                 const FitResult& result) {
  std::vector<std::string> lines = {
      "\"created\": " + json_string(format_time(facts.created)),
      "\"detector\": " + json_string(options.detector),
      "\"parameters\": " + parameters(model::find_detector(options.detector), options.parameters),
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
      fmt::format("\"incomplete\": {}", facts.counts.incomplete),
      fmt::format("\"min_samples\": {}", options.min_samples),
      fmt::format("\"bundle_bytes\": {}", facts.bundle.size()),
      fmt::format("\"bundle_xxh64\": \"{:016x}\"", checksum(facts.bundle)),
      "\"series\": " + series(result.trained),
      "\"skipped\": " + series(result.skipped),
  };
  return "{\n  " + join(lines, ",\n  ") + "\n}\n";
}

}  // namespace aiops::train
