// Linear regression by recursive least squares with forgetting (L. Ljung & T. Söderström, "Theory and
// Practice of Recursive Identification", 1983). Inline: it is the inner loop.
#pragma once

#include <array>

#include "model/archive.hpp"

namespace aiops::model {

template <int N>
class Regression {
 public:
  using Inputs = std::array<double, N>;

  Regression() { reset(); }

  double predict(const Inputs& inputs) const {
    double sum = 0;
    for (int i = 0; i < N; ++i) sum += weights_[i] * inputs[i];
    return sum;
  }

  // error: what predict() missed, clipped by the caller as he likes. Inputs should be of the order of 1.
  void learn(const Inputs& inputs, double error, double forgetting) {
    std::array<double, N> gain{};
    for (int i = 0, at = 0; i < N; ++i) {
      gain[i] += covariance_[at++] * inputs[i];
      for (int j = i + 1; j < N; ++j, ++at) {
        gain[i] += covariance_[at] * inputs[j];
        gain[j] += covariance_[at] * inputs[i];
      }
    }
    double norm = forgetting;
    for (int i = 0; i < N; ++i) norm += gain[i] * inputs[i];
    if (!(norm > 0)) return reset();  // rounding has made the covariance negative
    const double inverse = 1 / norm, grow = 1 / forgetting;
    double trace = 0;
    for (int i = 0, at = 0; i < N; ++i) {
      weights_[i] += gain[i] * inverse * error;
      const int diagonal = at;
      for (int j = i; j < N; ++j, ++at)
        covariance_[at] = (covariance_[at] - gain[i] * gain[j] * inverse) * grow;
      trace += covariance_[diagonal];
    }
    // Forgetting without news makes the covariance grow without bound; rounding can make it negative.
    if (!(trace < kLargestTrace) || !(trace > 0)) reset();
  }

  void archive(Archive& archive) { archive(weights_), archive(covariance_); }

 private:
  static constexpr double kLargestTrace = 1e6, kStart = 10;

  void reset() {
    covariance_.fill(0);
    for (int i = 0, at = 0; i < N; at += N - i, ++i) covariance_[at] = kStart;
  }

  std::array<double, N> weights_{};
  std::array<double, N*(N + 1) / 2> covariance_;  // symmetric: row by row, from the diagonal on
};

}  // namespace aiops::model
