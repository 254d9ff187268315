#include "source/otlp_samples.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";
constexpr std::size_t kManyStates = 100'000;

struct Unit {
  std::string_view name;
  double factor;
};
constexpr Unit kUnits[] = {{"us", 1e-6}, {"µs", 1e-6}, {"ns", 1e-9}, {"min", 60}, {"h", 3600}, {"d", 86400}};

void append_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size());
  out += ':';
  out += part;
}

double seconds(Nanos time) { return static_cast<double>(time) / 1e9; }

ExponentialHistogram histogram_of(const OtlpPoint& point) {
  ExponentialHistogram histogram;
  histogram.scale = point.scale;
  histogram.zero = static_cast<double>(point.zero_count);
  const auto fill = [](const OtlpBuckets& from, std::map<std::int32_t, double>& to) {
    for (std::size_t i = 0; i < from.counts.size(); ++i)
      if (from.counts[i] != 0)
        to[from.offset + static_cast<std::int32_t>(i)] = static_cast<double>(from.counts[i]);
  };
  fill(point.positive, histogram.positive);
  fill(point.negative, histogram.negative);
  return histogram;
}

}  // namespace

// ---- Which series.

OtlpSamples::State& OtlpSamples::find(const OtlpOrigin& origin, const OtlpMetric& metric,
                                      const OtlpPoint& point) {
  sorted_.assign(point.attributes.begin(), point.attributes.end());
  std::sort(sorted_.begin(), sorted_.end());
  identity_.clear();
  append_part(identity_, metric.name);
  append_part(identity_, metric.unit);
  identity_ += static_cast<char>('0' + static_cast<int>(metric.kind));
  identity_ += metric.cumulative ? 'c' : 'd';
  append_part(identity_, origin.scope_name);
  for (const OtlpAttributes* list : {&origin.resource, &origin.scope, &std::as_const(sorted_)}) {
    identity_ += '/';
    for (const auto& [name, text] : *list) {
      append_part(identity_, name);
      append_part(identity_, text);
    }
  }
  const auto [place, added] = states_.try_emplace(identity_);
  if (added && metric.monotonic && !options_.rates) ++rising_;
  return place->second;
}

record::SeriesKey OtlpSamples::key(std::string_view suffix, std::string_view le) const {
  record::SeriesKey key;
  if (!origin_->service.empty()) key.set(field::kService, origin_->service);
  std::string name(metric_->name);
  const bool of_unit =
      suffix.empty() || (suffix != "_count" && suffix != "_count_rate" && suffix != "_bucket");
  const bool rate = suffix.ends_with("_rate");
  name += rate ? suffix.substr(0, suffix.size() - 5) : suffix;
  if (of_unit && !name.ends_with(unit_)) name += unit_;
  if (rate) name += "_rate";
  key.set(field::kMetric, name);
  std::vector<std::pair<std::string, std::string>> labels;
  const auto add = [&](std::string_view label, std::string_view text) {
    const std::string with_prefix = std::string(kLabelPrefix).append(label);
    for (const auto& [there, value] : labels)
      if (there == with_prefix) return;
    if (!text.empty()) labels.emplace_back(with_prefix, text);
  };
  for (const auto& [label, text] : sorted_) add(label, text);
  if (!le.empty()) add("le", le);
  Keep::Attributes kept;
  if (options_.keep != nullptr) {
    options_.keep->add(origin_->scope, kept);
    options_.keep->add(origin_->resource, kept);
  }
  for (const auto& [label, text] : kept) add(label, text);
  std::sort(labels.begin(), labels.end());
  for (auto& label : labels) key.fields.push_back(std::move(label));
  return key;
}

SampleSeries& OtlpSamples::series(State& state, std::string_view suffix, std::string_view le) {
  std::string_view name = suffix;
  if (!le.empty()) name = text_.assign(suffix).append(le);
  for (const auto& [there, series] : state.series)
    if (there == name) return *series;
  auto made = std::make_unique<SampleSeries>();
  made->key = key(suffix, le);
  const auto [owner, added] = owners_.try_emplace(made->key.text(), identity_);
  if (!added && owner->second != identity_ && ambiguous_.empty()) ambiguous_ = owner->first;
  return *state.series.emplace_back(name, std::move(made)).second;
}

void OtlpSamples::emit_text(State& state, std::string_view suffix, std::string_view text) {
  emit_(series(state, suffix), point_->time, text);
}

void OtlpSamples::emit(State& state, std::string_view suffix, double value) {
  std::string text;
  if (std::isfinite(value)) append_shortest(text, value);
  emit_text(state, suffix, text);
}

void OtlpSamples::forget_idle(Nanos before) {
  if (states_.size() < kManyStates) return;
  std::erase_if(states_, [before](const auto& entry) { return entry.second.time < before; });
  std::erase_if(owners_, [this](const auto& entry) { return !states_.contains(entry.second); });
}

// ---- What is made of a point.

void OtlpSamples::point(const OtlpOrigin& origin, const OtlpMetric& metric, const OtlpPoint& point) {
  origin_ = &origin;
  metric_ = &metric;
  point_ = &point;
  unit_ = metric.unit == "ms" ? "_ms" : "";
  factor_ = 1;
  for (const Unit& unit : kUnits)
    if (metric.unit == unit.name) factor_ = unit.factor;
  State& state = find(origin, metric, point);
  if (state.time != kNoTime && point.time <= state.time) {
    ++old_;
    return;
  }
  const bool number_kind = metric.kind == OtlpMetric::Kind::gauge || metric.kind == OtlpMetric::Kind::sum;
  if (point.no_value) {
    if (number_kind) emit_text(state, metric.monotonic && options_.rates ? "_rate" : "", "");
  } else if (number_kind) {
    number(metric, point, state);
  } else if (metric.kind == OtlpMetric::Kind::summary) {
    summary(point, state);
  } else {
    distribution(metric, point, state);
  }
  state.start = point.start;
  state.time = point.time;
}

void OtlpSamples::number(const OtlpMetric& metric, const OtlpPoint& point, State& before) {
  if (!metric.monotonic || !options_.rates) {
    if (!point.exact.empty() && factor_ == 1) {
      emit_text(before, "", point.exact);
    } else {
      emit(before, "", point.value * factor_);
    }
    return;
  }
  const bool known = before.time != kNoTime;
  const bool anew = known && metric.cumulative && (point.start > before.time || point.value < before.value);
  Nanos since = known ? before.time : kNoTime;
  if (!metric.cumulative && point.start != kNoTime) since = point.start;
  if (anew && point.start > before.time) since = point.start;
  const double change = metric.cumulative && !anew ? point.value - before.value : point.value;
  before.value = point.value;
  if (since == kNoTime || point.time <= since) {
    ++first_;
    return;
  }
  emit(before, "_rate", change * factor_ / seconds(point.time - since));
}

void OtlpSamples::summary(const OtlpPoint& point, State& state) {
  emit(state, "_count", static_cast<double>(point.count));
  if (point.has_sum) emit(state, "_sum", point.sum * factor_);
  for (const auto& [q, value] : point.quantiles) emit(state, fmt::format("_p{:g}", q * 100), value * factor_);
}

void OtlpSamples::distribution(const OtlpMetric& metric, const OtlpPoint& point, State& before) {
  const auto count = static_cast<double>(point.count);
  const bool known = before.time != kNoTime;
  const bool since_before = metric.cumulative && known && point.start <= before.time && count >= before.count;
  const double new_count = since_before ? count - before.count : count;
  const double new_sum = since_before ? point.sum - before.sum : point.sum;
  Nanos since = metric.cumulative && since_before ? before.time : point.start;
  if (metric.cumulative && !known) since = kNoTime;
  if (!options_.rates) {
    emit(before, "_count", count);
    if (point.has_sum) emit(before, "_sum", point.sum * factor_);
  } else if (since == kNoTime || point.time <= since) {
    ++first_;
  } else {
    emit(before, "_count_rate", new_count / seconds(point.time - since));
    if (point.has_sum) emit(before, "_sum_rate", new_sum * factor_ / seconds(point.time - since));
  }
  if (new_count > 0 && point.has_sum) emit(before, "_mean", new_sum / new_count * factor_);
  if (!metric.cumulative && point.has_min) emit(before, "_min", point.min * factor_);
  if (!metric.cumulative && point.has_max) emit(before, "_max", point.max * factor_);
  quantiles(point, since_before, before);
  if (options_.buckets && metric.kind == OtlpMetric::Kind::histogram) buckets(point, before);
  before.count = count;
  before.sum = point.sum;
}

// Of what came since the point before, where the histogram goes on from there.
void OtlpSamples::quantiles(const OtlpPoint& point, bool since_before, State& before) {
  const auto all = [&](const auto& histogram) {
    for (const double q : options_.quantiles) {
      const double value = histogram(q);
      if (std::isfinite(value)) emit(before, fmt::format("_p{:g}", q * 100), value * factor_);
    }
  };
  if (metric_->kind == OtlpMetric::Kind::exponential) {
    ExponentialHistogram now = histogram_of(point), fresh = now;
    if (since_before) fresh.subtract(before.exponential);
    all([&](double q) { return histogram_quantile(q, fresh); });
    before.exponential = std::move(now);
    return;
  }
  std::vector<double> now(point.counts.begin(), point.counts.end()), fresh = now;
  bool goes_on = since_before && before.bounds == point.bounds && before.counts.size() == now.size();
  for (std::size_t i = 0; i < now.size() && goes_on; ++i) goes_on = now[i] >= before.counts[i];
  for (std::size_t i = 0; i < now.size() && goes_on; ++i) fresh[i] -= before.counts[i];
  all([&](double q) { return histogram_quantile(q, point.bounds, fresh); });
  before.bounds = point.bounds;
  before.counts = std::move(now);
}

// As Prometheus has them: how many were at most `le`.
void OtlpSamples::buckets(const OtlpPoint& point, State& state) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < point.counts.size(); ++i) {
    below += point.counts[i];
    std::string le = "+Inf";
    if (i < point.bounds.size()) {
      le.clear();
      append_shortest(le, point.bounds[i] * factor_);
    }
    emit_(series(state, "_bucket", le), point.time, std::to_string(below));
  }
}

}  // namespace aiops::source
