#include "incident/rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::incident {
namespace {

using Condition = Rule::Condition;
using Kind = Condition::Kind;

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    for (const std::string& word : split(text, ' ')) {
      if (!word.empty()) words_.push_back(word);
    }
  }

  Rule parse() {
    Rule rule;
    rule.text = join(words_, " ");
    rule.any.emplace_back();
    while (true) {
      for (std::vector<Condition>& all : alternatives(rule)) rule.any.push_back(std::move(all));
      if (at_ == words_.size()) break;
      const std::string joint = words_[at_++];
      if (joint == "or") {
        rule.any.emplace_back();
      } else if (joint != "and") {
        fail(joint);
      }
    }
    return rule;
  }

 private:
  // The last alternative with the next condition in it; "either" makes two of it, and the second is returned.
  std::vector<std::vector<Condition>> alternatives(Rule& rule) {
    if (at_ == words_.size()) fail("its end");
    const std::string word = words_[at_++];
    std::vector<Condition>& last = rule.any.back();
    if (word == "either") {
      std::vector<Condition> other = last;
      last.push_back({Kind::threshold});
      other.push_back({Kind::model});
      if (at_ < words_.size() && words_[at_] == "and") fail("either and");
      return {other};
    }
    if (word == "threshold" || word == "both") last.push_back({Kind::threshold});
    if (word == "model" || word == "both") last.push_back({Kind::model});
    if (word == "critical") last.push_back({Kind::critical});
    if (word == "joint") last.push_back(joint());
    if (word == "threshold" || word == "model" || word == "both" || word == "critical" || word == "joint") {
      return {};
    }
    last.push_back(counted(word));
    return {};
  }

  Condition joint() {
    Condition condition{Kind::joint};
    if (at_ == words_.size()) fail("its end");
    const std::string& word = words_[at_++];
    if (parse_number(word, condition.p) != Number::ok || !(condition.p > 0 && condition.p < 1)) fail(word);
    return condition;
  }

  Condition counted(const std::string& word) {
    const auto n = parse_int(word);
    const std::string_view what = at_ < words_.size() ? std::string_view(words_[at_]) : "";
    if (!n || *n < 1 || *n > 1000 || what.empty()) fail(word);
    ++at_;
    if (what == "series") return {Kind::series, static_cast<unsigned>(*n)};
    if (what != "of" || at_ == words_.size()) fail(what);
    const auto m = parse_int(words_[at_++]);
    if (!m || *m < *n || *m > 64) fail(words_[at_ - 1]);
    return {Kind::rows, static_cast<unsigned>(*n), static_cast<unsigned>(*m)};
  }

  [[noreturn]] void fail(std::string_view at) const {
    throw UsageError(fmt::format(
        "\"{}\" is no rule, at {}; expected threshold, model, either, both, critical, \"3 of 5\" (rows of a "
        "series, at most 64), \"2 series\" or \"joint 1e-6\", joined by and, or",
        printable(text_), printable(at, 40)));
  }

  std::string_view text_;
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

}  // namespace

Rule Rule::parse(std::string_view text) { return Parser(text).parse(); }

bool Rule::has(Kind kind) const {
  return std::any_of(any.begin(), any.end(), [&](const std::vector<Condition>& all) {
    return std::any_of(all.begin(), all.end(), [&](const Condition& one) { return one.kind == kind; });
  });
}

double combine_p_values(const std::vector<double>& p_values) {
  if (p_values.empty()) return 1;
  double sum = 0;
  for (double p : p_values) {
    p = std::clamp(p, 1e-300, 1 - 1e-15);
    // For small p, tan((1/2 - p) pi) is 1 / (p pi): written so, for 1/2 - p would lose it.
    sum += p < 1e-15 ? 1 / (p * std::numbers::pi) : std::tan((0.5 - p) * std::numbers::pi);
  }
  const double mean = sum / static_cast<double>(p_values.size());
  return mean > 1e15 ? 1 / (mean * std::numbers::pi) : 0.5 - std::atan(mean) / std::numbers::pi;
}

bool RuleState::push(const ScoredRow& row) {
  if (!row.alert && !rule_.needs_all_rows()) return false;
  Service& service = services_[std::string(row.service)];
  service.seen = std::max(service.seen, row.time);
  Series& series = service.series[std::string(row.name)];
  series.seen = std::max(series.seen, row.time);
  series.over = series.over << 1 | std::uint64_t{row.is_sign()};
  if (std::isfinite(row.p_value)) series.p_value = row.p_value;
  if (row.alert) {
    series.alerted = row.time;
    if (row.by_threshold()) service.threshold = row.time;
    if (row.by_model()) service.model = row.time;
    if (row.severity == score::Severity::critical) service.critical = row.time;
  }
  for (const auto& all : rule_.any) {
    for (const Condition& one : all) {
      if (one.kind != Kind::rows) continue;
      const std::uint64_t mask = one.m == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << one.m) - 1;
      if (static_cast<unsigned>(__builtin_popcountll(series.over & mask)) >= one.n)
        series.rows_met = row.time;
    }
  }
  if (!row.is_sign()) return false;
  return std::any_of(rule_.any.begin(), rule_.any.end(), [&](const std::vector<Condition>& all) {
    return std::all_of(all.begin(), all.end(),
                       [&](const Condition& one) { return met(one, service, row.time); });
  });
}

bool RuleState::met(const Condition& condition, const Service& service, Nanos now) const {
  const auto count = [&](auto which) {
    return static_cast<unsigned>(std::count_if(service.series.begin(), service.series.end(),
                                               [&](const auto& one) { return which(one.second); }));
  };
  switch (condition.kind) {
    case Kind::threshold:
      return recent(service.threshold, now);
    case Kind::model:
      return recent(service.model, now);
    case Kind::critical:
      return recent(service.critical, now);
    case Kind::rows:
      return count([&](const Series& one) { return recent(one.rows_met, now); }) > 0;
    case Kind::series:
      return count([&](const Series& one) { return recent(one.alerted, now); }) >= condition.n;
    case Kind::joint: {
      std::vector<double> p_values;
      for (const auto& [name, one] : service.series) {
        if (recent(one.seen, now)) p_values.push_back(one.p_value);
      }
      return combine_p_values(p_values) <= condition.p;
    }
  }
  return false;
}

void RuleState::forget(Nanos now) {
  for (auto service = services_.begin(); service != services_.end();) {
    std::erase_if(service->second.series, [&](const auto& one) { return !recent(one.second.seen, now); });
    const bool gone = service->second.series.empty() && !recent(service->second.seen, now);
    service = gone ? services_.erase(service) : std::next(service);
  }
}

}  // namespace aiops::incident
