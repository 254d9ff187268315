// Streams of samples, and what must hold of any detector's verdicts on them.
#pragma once

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <vector>

#include "support.hpp"

namespace aiops::model {

struct Stream {
  std::vector<Nanos> time;
  std::vector<double> value;

  std::size_t size() const { return value.size(); }
  void add(Nanos at, double x) { time.push_back(at), value.push_back(x); }
  Stream part(std::size_t from, std::size_t to) const {
    return {{time.begin() + static_cast<long>(from), time.begin() + static_cast<long>(to)},
            {value.begin() + static_cast<long>(from), value.begin() + static_cast<long>(to)}};
  }
};

// A daily wave with noise and a few spikes, steps and pauses, as metrics are.
inline Stream busy_stream(std::size_t count, Nanos step, std::uint64_t seed = 1) {
  Random random(seed);
  Stream out;
  for (std::size_t i = 0; i < count; ++i) {
    const Nanos time = static_cast<Nanos>(i) * step + 5 * kDay;
    const double day = static_cast<double>(time % kDay) / kDay;
    double x = 50 + 20 * std::sin(2 * std::numbers::pi * day) + 2 * random.normal();
    if (i % 397 == 396) x += 60 * random.uniform();
    if (i % 1499 > 1480) x += 25;
    out.add(time, i % 701 == 700 ? kMissing : x);
  }
  return out;
}

inline Stream stream_of(std::size_t count, const std::function<double(std::size_t)>& f,
                        Nanos step = kMinute) {
  Stream stream;
  for (std::size_t i = 0; i < count; ++i) stream.add(static_cast<Nanos>(i) * step, f(i));
  return stream;
}

inline Stream mapped(Stream stream, const std::function<double(double)>& f) {
  for (double& x : stream.value) x = f(x);
  return stream;
}

inline std::vector<Verdict> judge(const Detector& detector, State* state, const Stream& stream,
                                  std::size_t chunk = 1'000'000) {
  std::vector<Verdict> verdicts(stream.size());
  for (std::size_t at = 0; at < stream.size(); at += chunk) {
    const std::size_t n = std::min(chunk, stream.size() - at);
    detector.update(state, {stream.time.data() + at, stream.value.data() + at, n, 1}, verdicts.data() + at);
  }
  return verdicts;
}

inline bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

inline bool same(const Verdict& a, const Verdict& b) {
  return same(a.score, b.score) && same(a.level, b.level) && same(a.expected, b.expected) &&
         same(a.lower, b.lower) && same(a.p_value, b.p_value) && a.condition == b.condition &&
         a.reasons == b.reasons;
}

inline int alerts(const std::vector<Verdict>& verdicts) {
  int count = 0;
  for (const Verdict& verdict : verdicts) count += verdict.score >= 1;
  return count;
}

// No verdict has what no verdict may have.
inline void check_sane(const std::vector<Verdict>& verdicts) {
  for (const Verdict& verdict : verdicts) {
    if (verdict.condition == Condition::warming_up || verdict.condition == Condition::no_data) {
      REQUIRE(std::isnan(verdict.score));
      continue;
    }
    REQUIRE(std::isfinite(verdict.score));
    REQUIRE(verdict.score >= 0);
    REQUIRE(std::isfinite(verdict.level));
    REQUIRE(verdict.p_value > 0);
    REQUIRE(verdict.p_value <= 1);
    REQUIRE(std::isfinite(verdict.expected));
    REQUIRE(verdict.lower <= verdict.upper);
    for (const std::string& reason : verdict.reasons) {
      REQUIRE(reason.find("nan") == std::string::npos);
      REQUIRE(reason.find("inf") == std::string::npos);
    }
  }
}

}  // namespace aiops::model
