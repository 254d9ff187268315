#include "threshold_options.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::tools {
namespace {

constexpr std::string_view kUpper = "--upper", kLower = "--lower";

std::string text_of(const std::optional<double>& bound) {
  std::string text;
  if (bound) append_shortest(text, *bound);
  return text;
}

}  // namespace

void ThresholdOptions::declare(cli::Command& command) {
  command
      .custom(
          "--upper", "SELECTOR=NUMBER", [this](const std::string& text) { add(text, true); },
          "A static threshold: values of these series from here up alert, whatever a model says. May be "
          "given several times; [[threshold]] in the configuration file does the same and more.")
      .repeats = true;
  command
      .custom(
          "--lower", "SELECTOR=NUMBER", [this](const std::string& text) { add(text, false); },
          "The same for values from here down.")
      .repeats = true;
  command.duration(
      "--for", lasting,
      "A bound of --upper or --lower counts once it has been crossed for so long; until then it is "
      "pending.");
  command.thresholds(rules);
}

void ThresholdOptions::add(const std::string& text, bool above) {
  const std::size_t split = text.rfind('=');
  double bound = 0;
  const bool good = split != std::string::npos && split > 0 &&
                    parse_number(std::string_view(text).substr(split + 1), bound) == Number::ok;
  if (!good || !std::isfinite(bound)) {
    throw UsageError(fmt::format(
        "\"{}\" is no bound; expected e.g. latency_p99=0.5 or 'cpu{{pod=\"a\"}}=0.9'", printable(text)));
  }
  cli::ThresholdRule rule;
  rule.metric = text.substr(0, split);
  rule.high = bound;
  rule.above = above;
  rule.where = above ? kUpper : kLower;
  rules.push_back(std::move(rule));
}

std::vector<score::StaticThreshold> ThresholdOptions::parse() const {
  std::vector<score::StaticThreshold> parsed;
  for (const cli::ThresholdRule& rule : rules) {
    const bool given = rule.where == kUpper || rule.where == kLower;
    score::StaticThreshold one;
    try {
      one.series = record::Matcher::parse(rule.metric);
    } catch (const UsageError& e) {
      throw UsageError(fmt::format("{}: {}", rule.where, e.what()));
    }
    one.high = rule.high;
    one.critical = rule.critical;
    one.above = rule.above;
    one.lasting = given ? lasting : rule.lasting;
    one.name = fmt::format("{} {} {} {} {}", rule.metric, rule.above ? "above" : "below", text_of(one.high),
                           text_of(one.critical), one.lasting);
    parsed.push_back(std::move(one));
  }
  return parsed;
}

}  // namespace aiops::tools
