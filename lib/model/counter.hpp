// A series that only grows is a counter, until it falls to nearly nothing: then its process began anew, and
// what it counts goes on, as Prometheus' rate() sees it. Inline; 16 bytes.
#pragma once

#include <cstdint>
#include <utility>

#include "model/archive.hpp"

namespace aiops::model {

class Counter {
 public:
  // If the value is that of a counter that began anew: what it had before; else 0.
  double push(double value) {
    const bool falls = value < last_;
    const bool reset = falls && rising_ >= kProof && 2 * grown_ >= rising_ && value >= 0 && last_ > 0 &&
                       value <= kNothing * last_;
    if (falls && !reset) {
      rising_ = grown_ = 0;
    } else if (!falls && rising_ < 10 * kProof) {
      ++rising_;
      grown_ += value > last_ ? 1 : 0;
    }
    const double before = std::exchange(last_, value);
    return reset ? before : 0;
  }
  void archive(Archive& archive) { archive(last_, rising_, grown_); }

 private:
  static constexpr std::uint32_t kProof = 256;  // samples in a row without a fall, half of them growing
  static constexpr double kNothing = 0.05;      // of the value before

  double last_ = 0;
  std::uint32_t rising_ = 0, grown_ = 0;
};

}  // namespace aiops::model
