#include "score/explain.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::score {
namespace {

// Of a band, which is no more exact than that.
std::string about(double value) {
  return std::abs(value) >= 1e4 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

// "cart", "cart (pod a)", "pod a": whose metric it is.
std::string whose(const record::SeriesKey& key) {
  std::string service, rest;
  for (const auto& [name, value] : key.fields) {
    if (name == field::kMetric) continue;
    if (name == field::kService) {
      service = value;
      continue;
    }
    constexpr std::string_view kLabel = "labels.";
    const std::string_view shown =
        name.starts_with(kLabel) ? std::string_view(name).substr(kLabel.size()) : name;
    rest += fmt::format("{}{} {}", rest.empty() ? "" : ", ", shown, value);
  }
  if (service.empty() || rest.empty()) return service + rest;
  return service + " (" + rest + ")";
}

std::string days(Nanos span) {
  if (span >= 2 * kDay) return fmt::format("{} days", span / kDay);
  if (span >= 2 * kHour) return fmt::format("{} hours", span / kHour);
  return fmt::format("{} minutes", std::max<Nanos>(1, span / kMinute));
}

// The reasons that are no comparison of the value with a band, in words; "" for the others.
std::string in_words(const std::string& reason) {
  struct Words {
    std::string_view code, before, after;
  };
  static constexpr std::array kWords = {
      Words{"threshold=", "at its bound: ", ""},
      Words{"flat=", "it has stood still for ", " rows"},
      Words{"jump=", "it stepped by ", ""},
      Words{"drift=", "it goes away from its forecasts, by ", " a row"},
      Words{"level=", "its last rows have a mean of ", ""},
      Words{"daily_level=", "for this time of the day its last rows have a mean of ", ""},
      Words{"never_seen=", "the mean of its last rows has never been there before: ", ""},
      Words{"never_seen_move=", "it has never been so far from its mean: ", ""},
      Words{"no_data=", "no row for ", ""},
  };
  for (const Words& words : kWords) {
    if (!reason.starts_with(words.code)) continue;
    std::string text = reason.substr(words.code.size());
    const std::size_t bracket = text.find('(');
    std::string aside;
    if (bracket != std::string::npos) {
      aside = " " + text.substr(bracket);
      text.resize(bracket);
    }
    return std::string(words.before) + text + std::string(words.after) + aside;
  }
  return "";
}

// How the value lies to what was seen and expected. Returns how much was told.
int past(const model::Verdict& verdict, double value, Nanos time, std::string& text) {
  int told = 0;
  const bool known = time != kNoTime && verdict.since != kNoTime && time > verdict.since;
  const Nanos span = known ? time - verdict.since : 0;
  const auto never = [&](std::string_view side, double bound) {
    text += fmt::format("; never {} {}{}", side, text_6(bound), known ? " in " + days(span) : " before");
    ++told;
  };
  if (value > verdict.highest) never("above", verdict.highest);
  if (value < verdict.lowest) never("below", verdict.lowest);
  if (value > verdict.upper || value < verdict.lower) {
    text += fmt::format("; expected {} to {}{}", about(verdict.lower), about(verdict.upper),
                        span >= 2 * kDay ? " at this hour" : "");
    ++told;
  }
  return told;
}

// Of a joint row, whose reasons are "moved=2(of 8)" and the members: "2 of 8 metrics of cart moved: a=3.1,
// b=2.8".
std::string together(const std::string& owner, const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& reason : reasons) {
    if (reason.starts_with("moved=")) {
      const std::size_t of = reason.find("(of ");
      text = fmt::format("{} of {} metrics{}{} moved", reason.substr(6, of - 6),
                         of == std::string::npos ? "" : reason.substr(of + 4, reason.size() - of - 5),
                         owner.empty() ? "" : " of ", owner);
      continue;
    }
    text += (text.ends_with(" moved") ? ": " : ", ") + reason;
  }
  return text;
}

}  // namespace

std::string explain(const record::SeriesKey& key, double value, Nanos time, const Scored& row) {
  if (row.severity == Severity::normal) return "";
  if (row.detector == "joint") return together(whose(key), row.verdict.reasons);
  const model::Verdict& verdict = row.verdict;
  const std::string_view metric = key.get(field::kMetric);
  const std::string owner = whose(key);
  std::string text(metric.empty() ? "a row" : metric);
  if (!owner.empty()) text += " of " + owner;
  const bool stopped = std::isnan(value) && row.status == "no_data";
  text += std::isfinite(value) ? " is " + text_6(value) : stopped ? " has stopped" : " is unusual";
  int told = past(verdict, value, time, text);
  for (const std::string& reason : verdict.reasons) {
    const bool bound = reason.starts_with("threshold=");
    if (told >= 2 && !bound) continue;
    std::string words = in_words(reason);
    if (words.empty() && told == 0) words = reason;
    if (words.empty()) continue;
    text += "; " + words;
    ++told;
  }
  return text;
}

}  // namespace aiops::score
