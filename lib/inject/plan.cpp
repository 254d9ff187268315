#include "inject/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::inject {
namespace {

constexpr std::int64_t kMargin = 10;
// Tries before all series are looked through for one with room: enough while there is room in most.
constexpr int kTries = 32;

int decimals_of(std::string_view text) {
  if (text.find_first_of("eE") != text.npos) return kAllDecimals;
  const auto point = text.find('.');
  if (point == text.npos) return 0;
  return static_cast<int>(std::min<std::size_t>(text.size() - point - 1, kAllDecimals));
}

std::int64_t rows_of(const SeriesSurvey& survey, Anomaly kind, const Length& length) {
  if (length.rows > 0) return length.rows;
  if (length.time == 0) return info(kind).rows;
  if (survey.usable() < 2 || survey.last_time <= survey.first_time) return 1;
  const double step = (static_cast<double>(survey.last_time) - static_cast<double>(survey.first_time)) /
                      static_cast<double>(survey.usable() - 1);
  const double rows = std::ceil(static_cast<double>(length.time) / step - 1e-6);
  return static_cast<std::int64_t>(std::clamp(rows, 1.0, 1e15));
}

// Rows for anomalies and their margins: the margin of the last one, at least kMargin, may reach behind the
// end.
std::int64_t room(const SeriesSurvey& survey) { return survey.usable() + kMargin; }

// False where the kind could not be seen: a dip of what is near 0 anyway, a flat line in what is flat.
bool shows(const SeriesSurvey& survey, Anomaly kind, double magnitude) {
  switch (kind) {
    case Anomaly::dip:
      return survey.min < 0 || (survey.mean > 0 && survey.mean >= dip_room(magnitude) * survey.deviation());
    case Anomaly::flat_line:
      return survey.min < survey.max;
    default:
      return true;
  }
}

// Fills the series with anomalies, one at a time, then lays out those of each series.
class Placer {
 public:
  Placer(const std::vector<SeriesSurvey>& surveys, const Placement& placement)
      : surveys_(surveys), placement_(placement), random_(placement.seed), used_(surveys.size()) {
    sums_.reserve(surveys.size());
    double sum = 0;
    for (const auto& survey : surveys) sums_.push_back(sum += static_cast<double>(survey.usable()));
  }

  // False when there is no room left for this kind.
  bool add(Anomaly kind) {
    const auto series = choose(kind);
    if (!series) return false;
    Event event;
    event.series = *series;
    event.kind = kind;
    event.rows = rows_of(surveys_[*series], kind, placement_.length);
    event.time = placement_.length.rows > 0 ? 0 : placement_.length.time;
    used_[*series] += event.rows + margin(event.rows);
    events_.push_back(event);
    return true;
  }

  std::vector<Event> finish() {
    std::stable_sort(events_.begin(), events_.end(),
                     [](const Event& a, const Event& b) { return a.series < b.series; });
    for (std::size_t begin = 0, end = 0; begin < events_.size(); begin = end) {
      while (end < events_.size() && events_[end].series == events_[begin].series) ++end;
      lay_out(begin, end);
    }
    for (std::size_t i = 0; i < events_.size(); ++i) events_[i].seed = sub_seed(placement_.seed, i);
    return std::move(events_);
  }

 private:
  std::uint64_t below(std::uint64_t n) {
    return std::min(n - 1, static_cast<std::uint64_t>(random_.uniform() * static_cast<double>(n)));
  }

  bool fits(std::size_t series, Anomaly kind) const {
    const auto& survey = surveys_[series];
    if (survey.usable() == 0 || !shows(survey, kind, placement_.magnitude)) return false;
    const auto rows = rows_of(survey, kind, placement_.length);
    return rows <= survey.usable() && used_[series] + rows + margin(rows) <= room(survey);
  }

  std::optional<std::uint32_t> choose(Anomaly kind) {
    if (sums_.empty() || sums_.back() == 0) return std::nullopt;
    for (int i = 0; i < kTries; ++i) {
      const double at = random_.uniform() * sums_.back();
      const auto found = std::upper_bound(sums_.begin(), sums_.end(), at) - sums_.begin();
      const auto series = std::min<std::size_t>(static_cast<std::size_t>(found), sums_.size() - 1);
      if (fits(series, kind)) return static_cast<std::uint32_t>(series);
    }
    std::vector<std::uint32_t> open;
    for (std::size_t i = 0; i < surveys_.size(); ++i) {
      if (fits(i, kind)) open.push_back(static_cast<std::uint32_t>(i));
    }
    if (open.empty()) return std::nullopt;
    return open[below(open.size())];
  }

  // The rows that are left over are dealt out before, between and behind the anomalies: sorted uniform
  // numbers give every way to do so the same probability.
  void lay_out(std::size_t begin, std::size_t end) {
    const auto series = events_[begin].series;
    for (std::size_t i = end - begin; i > 1; --i) {
      std::swap(events_[begin + i - 1], events_[begin + below(i)]);
    }
    const auto left = static_cast<std::uint64_t>(room(surveys_[series]) - used_[series]);
    std::vector<std::uint64_t> before(end - begin);
    for (auto& rows : before) rows = below(left + 1);
    std::sort(before.begin(), before.end());
    auto taken = surveys_[series].first_usable;
    for (std::size_t i = begin; i < end; ++i) {
      auto& event = events_[i];
      event.start = taken + static_cast<std::int64_t>(before[i - begin]);
      event.limit = event.start + event.rows + margin(event.rows) / 2;
      taken += event.rows + margin(event.rows);
    }
  }

  const std::vector<SeriesSurvey>& surveys_;
  const Placement& placement_;
  Random random_;
  std::vector<std::int64_t> used_;
  std::vector<double> sums_;  // of usable rows up to each series
  std::vector<Event> events_;
};

std::string_view condition(Anomaly kind) {
  switch (kind) {
    case Anomaly::dip:
      return " (a dip needs a series that is well above 0, or negative at times)";
    case Anomaly::flat_line:
      return " (a flat line needs a series that is not flat)";
    default:
      return "";
  }
}

[[noreturn]] void refuse(const std::vector<SeriesSurvey>& surveys, const Placement& placement,
                         std::size_t fit, Anomaly kind) {
  std::uint64_t usable = 0, series = 0;
  for (const auto& survey : surveys) {
    usable += static_cast<std::uint64_t>(survey.usable());
    series += survey.usable() > 0;
  }
  if (usable == 0) {
    throw UsageError(
        "no series has rows that may be changed: all are shorter than --warmup, or end before --after; give "
        "more "
        "rows, or a shorter warm-up");
  }
  throw UsageError(fmt::format(
      "--count {}: {} in {} can take {} and no more{}; ask for fewer, or shorten --duration or --warmup",
      placement.count, count(usable, "usable row"), series == 1 ? "1 series" : thousands(series) + " series",
      fit == 1 ? "1 anomaly" : thousands(fit) + " anomalies", condition(kind)));
}

}  // namespace

Length Length::parse(std::string_view text) {
  Length length;
  if (const auto rows = parse_int(text); rows && *rows > 0) {
    length.rows = *rows;
  } else if (const auto time = parse_duration(text); time && *time > 0) {
    length.time = *time;
  } else {
    throw UsageError("expected a number of rows such as 30, or a time such as 90s");
  }
  return length;
}

void SeriesSurvey::observe(Nanos time, double value, std::string_view text, std::int64_t warmup,
                           Nanos after) {
  if (first_usable < 0 && rows >= warmup && time >= after) {
    first_usable = rows;
    first_time = time;
  }
  ++rows;
  last_time = std::max(last_time, time);
  if (!std::isfinite(value)) return;
  min = std::min(min, value);
  max = std::max(max, value);
  // Welford, Technometrics 4 (1962).
  const double before = value - mean;
  mean += before / static_cast<double>(++values);
  squares += before * (value - mean);
  if (decimals < kAllDecimals) decimals = std::max(decimals, decimals_of(text));
}

double SeriesSurvey::deviation() const {
  return values < 2 ? 0 : std::sqrt(squares / static_cast<double>(values - 1));
}

double dip_room(double magnitude) { return std::min(magnitude, 3.0); }

std::int64_t margin(std::int64_t rows) { return std::max(rows, kMargin); }

std::vector<Event> place(const std::vector<SeriesSurvey>& surveys, const Placement& placement) {
  std::vector<Anomaly> kinds;
  for (std::int64_t i = 0; i < placement.count; ++i) {
    kinds.push_back(placement.kinds[static_cast<std::size_t>(i) % placement.kinds.size()]);
  }
  // The longest first: they find room only while there is much of it.
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](Anomaly a, Anomaly b) { return info(a).rows > info(b).rows; });
  Placer placer(surveys, placement);
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (!placer.add(kinds[i])) refuse(surveys, placement, i, kinds[i]);
  }
  return placer.finish();
}

}  // namespace aiops::inject
