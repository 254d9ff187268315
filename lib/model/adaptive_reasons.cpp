// What surprised, in words and numbers that a person can check against the data.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "base/number.hpp"
#include "model/adaptive_series.hpp"

namespace aiops::model {
namespace {

constexpr std::size_t kMostReasons = 4;
constexpr double kLeastShare = 0.5;  // of the strongest
constexpr std::array<std::string_view, kChannels> kNames = {
    "level", "daily_level", "jump", "forecast", "drift", "daily", "flat", "never_seen", "never_seen_move"};

std::string signed_number(double value) { return (value < 0 ? "" : "+") + text_6(value); }

std::string within(double value, double middle, double around) {
  return fmt::format("{}(expected {}..{})", text_6(value), text_6(middle - around), text_6(middle + around));
}

}  // namespace

std::string AdaptiveSeries::reason(Channel channel, const Judgement& judged) const {
  const int k = static_cast<int>(channel);
  const double value = judged.signals.value[k], usual = tails_[k].usual();
  const double expected = origin_ + judged.signals.expected, plain = origin_ + judged.signals.plain;
  switch (channel) {
    case Channel::level:
      return within(expected + value, expected, usual);
    case Channel::daily_level:
      return within(plain + value, plain, usual);
    case Channel::forecast:
      return within(origin_ + judged.signals.forecast + value, origin_ + judged.signals.forecast, usual);
    case Channel::daily:
      return within(plain + value, plain, usual);
    case Channel::jump:
    case Channel::drift:
      return fmt::format("{}(usual {})", signed_number(value), text_6(usual));
    case Channel::flat:
      return fmt::format("{}(usual {})", text_6(value), text_6(std::floor(run_of_log(std::log(usual)))));
    case Channel::never_seen:
      return fmt::format("{}(nearest {})", text_6(origin_ + value),
                         text_6(origin_ + judged.nearest[0].value));
    case Channel::never_seen_move:
      return fmt::format("{}(nearest {})", signed_number(value), signed_number(judged.nearest[1].value));
  }
  return {};
}

std::vector<std::string> AdaptiveSeries::reasons(const Judgement& judged) const {
  std::array<std::pair<double, int>, kChannels> strengths;
  for (int k = 0; k < kChannels; ++k) strengths[k] = {-strength(static_cast<Channel>(k), judged), k};
  std::sort(strengths.begin(), strengths.end());
  std::vector<std::string> out;
  for (const auto& [negative, k] : strengths) {
    if (-negative <= 0 || negative > kLeastShare * strengths[0].first || out.size() == kMostReasons) break;
    out.push_back(fmt::format("{}={}", kNames[k], reason(static_cast<Channel>(k), judged)));
  }
  return out;
}

}  // namespace aiops::model
