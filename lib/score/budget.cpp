#include "score/budget.hpp"

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "model/archive.hpp"
#include "score/state.hpp"

namespace aiops::score {
namespace {

constexpr std::string_view kPrefix = "(budget)";
constexpr std::uint64_t kFewest = 64;  // rows before the rate is known
constexpr double kGain = 0.1;          // decades that an alert raises the threshold by
constexpr double kLowest = -0.5, kHighest = 3;
constexpr double kLeastSurprise = 2, kMostSurprise = 12;

}  // namespace

std::optional<AlertBudget> AlertBudget::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  AlertBudget budget;
  if (parse_number(text.substr(0, slash), budget.alerts) != Number::ok || !(budget.alerts > 0)) {
    return std::nullopt;
  }
  const std::string_view per = text.substr(slash + 1);
  constexpr std::pair<std::string_view, Nanos> kPeriods[] = {
      {"hour", kHour}, {"day", kDay}, {"week", 7 * kDay}, {"month", 30 * kDay}};
  for (const auto& [name, length] : kPeriods) {
    if (per == name) {
      budget.per = length;
      return budget;
    }
  }
  const auto duration = parse_duration(per);
  if (!duration || *duration <= 0) return std::nullopt;
  budget.per = *duration;
  return budget;
}

BudgetKeeper::Scope& BudgetKeeper::scope(const record::SeriesKey& key) {
  if (!budget_.by) return scopes_[key.text()];
  record::SeriesKey shared;
  for (const std::string& field : *budget_.by) {
    if (const std::string_view value = key.get(field); !value.empty()) shared.set(field, value);
  }
  return scopes_[shared.text()];
}

std::optional<double> BudgetKeeper::threshold(Scope& scope, Nanos time) const {
  ++scope.rows;
  if (time != kNoTime) {
    if (scope.newest != kNoTime && time > scope.newest) {
      const double share = static_cast<double>(time - scope.newest) / static_cast<double>(budget_.per);
      scope.offset = std::max(kLowest, scope.offset - kGain * budget_.alerts * share);
    }
    if (scope.oldest == kNoTime) scope.oldest = time;
    scope.newest = std::max(scope.newest, time);
  }
  if (scope.rows < kFewest || scope.newest <= scope.oldest) return std::nullopt;
  const double periods = static_cast<double>(scope.newest - scope.oldest) / static_cast<double>(budget_.per);
  const double rate = static_cast<double>(scope.rows - 1) / periods;
  return std::clamp(std::log10(std::max(1.0, rate / budget_.alerts)) + scope.offset, kLeastSurprise,
                    kMostSurprise);
}

void BudgetKeeper::alerted(Scope& scope) { scope.offset = std::min(kHighest, scope.offset + kGain); }

std::string BudgetKeeper::save() const {
  StateFile file;
  for (const auto& [name, scope] : scopes_) {
    std::string bytes;
    model::Archive archive(bytes);
    Scope copy = scope;
    archive(copy.offset, copy.rows, copy.oldest, copy.newest);
    file.series.emplace_back(std::string(kPrefix) + name, std::move(bytes));
  }
  return file.bytes();
}

void BudgetKeeper::load(std::string_view bytes, std::string_view name) {
  for (const auto& [series, state] : StateFile::parse(bytes, name).series) {
    if (!series.starts_with(kPrefix)) continue;
    Scope scope;
    model::Archive archive(state, "state of an alert budget");
    archive(scope.offset, scope.rows, scope.oldest, scope.newest);
    archive.end();
    scopes_[series.substr(kPrefix.size())] = scope;
  }
}

}  // namespace aiops::score
