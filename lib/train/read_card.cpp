#include "train/read_card.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include "base/error.hpp"

namespace aiops::train {
namespace {

Nanos time_of(const simdjson::dom::element& from, const char* name) {
  std::string_view text;
  if (from[name].get(text)) return kNoTime;
  return parse_time(text).value_or(kNoTime);
}

std::optional<Tested> tested_of(const simdjson::dom::element& one) {
  Tested tested;
  simdjson::dom::object backtest;
  simdjson::dom::array scores;
  if (one["backtest"].get(backtest) || backtest["rows"].get(tested.rows) ||
      backtest["scored"].get(tested.scored) || backtest["alerts"].get(tested.alerts) ||
      backtest["days"].get(tested.days) || backtest["scores"].get(scores) ||
      scores.size() != tested.scores.at.size()) {
    return std::nullopt;
  }
  std::size_t i = 0;
  for (const simdjson::dom::element score : scores) {
    double number = 0;
    if (score.get(number)) return std::nullopt;
    tested.scores.at[i++] = static_cast<float>(number);
  }
  tested.scores.count = tested.scored;
  return tested;
}

}  // namespace

std::string one_line(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (parser.parse(json).get(root)) return "";
  return simdjson::minify(root);
}

Card read_card(const std::string& text, const std::string& name) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  simdjson::dom::array series;
  if (parser.parse(text).get(root) || root["series"].get(series)) {
    throw InputError(fmt::format("{}: is no card of a model; train again", name));
  }
  Card card;
  card.created = time_of(root, "created");
  if (simdjson::dom::element parameters; !root["parameters"].get(parameters)) {
    card.parameters = simdjson::minify(parameters);
  }
  for (const simdjson::dom::element one : series) {
    std::string_view key;
    if (one["series"].get(key)) throw InputError(fmt::format("{}: has a series without a name", name));
    CardSeries read;
    read.last = time_of(one, "last");
    read.trained = time_of(one, "trained");
    if (read.trained == kNoTime) read.trained = card.created;
    read.tested = tested_of(one);
    card.series.emplace(key, read);
  }
  return card;
}

}  // namespace aiops::train
