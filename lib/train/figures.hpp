// The figures of a back-test: of one series, and of all of them together.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "train/backtest.hpp"

namespace aiops::train {

// A distribution of scores in ten parts: what later scores are compared with.
struct Deciles {
  std::uint64_t count = 0;       // scores that it was made of
  std::array<float, 9> at = {};  // ascending; meaningless where count is 0

  static Deciles of(std::vector<float> scores);
};

// One anomaly that was injected.
struct Found {
  std::size_t kind = 0;  // in kBacktestKinds
  bool found = false;
  Nanos delay = 0;
};

// Of one series.
struct Tested {
  std::uint64_t rows = 0, scored = 0, alerts = 0;
  double days = 0;        // 0: the rows have no time
  bool replayed = false;  // anomalies were tried
  std::vector<Found> anomalies;
  Deciles scores;
};

// Of all series.
struct Figures {
  struct Kind {
    std::uint64_t injected = 0, found = 0;
    std::optional<Nanos> median_delay;  // of those found
  };
  std::uint64_t series = 0, replayed = 0;
  std::uint64_t rows = 0, scored = 0, alerts = 0;
  double series_days = 0;
  double alerts_per_day = 0;  // of all series together
  std::array<Kind, kBacktestKinds.size()> kinds;

  std::uint64_t injected() const;
  std::uint64_t found() const;
};

Figures sum_up(const std::vector<const Tested*>& tested);

}  // namespace aiops::train
