#include "model/least_squares.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

namespace aiops::model {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kConverged = 1e-11;  // relative gain of a round
constexpr double kLargestDamping = 1e12;

double sum_of_squares(const std::vector<double>& residuals) {
  double sum = 0;
  for (const double r : residuals) sum += r * r;
  return std::isfinite(sum) ? sum : kInfinity;
}

// Solves the symmetric system in place (Cholesky; a is row-major, its lower half is used). false: not
// positive.
bool solve(std::vector<double>& a, std::vector<double>& b) {
  const std::size_t n = b.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = a[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= a[i * n + k] * a[j * n + k];
      if (i != j) {
        a[i * n + j] = sum / a[j * n + j];
      } else if (!(sum > 0)) {
        return false;
      } else {
        a[i * n + i] = std::sqrt(sum);
      }
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) b[i] -= a[i * n + k] * b[k];
    b[i] /= a[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) b[i] -= a[k * n + i] * b[k];
    b[i] /= a[i * n + i];
  }
  return true;
}

class Search {
 public:
  Search(const Residuals& residuals, std::vector<Bounded>& parameters)
      : residuals_(residuals), parameters_(parameters) {}

  double run(int rounds) {
    for (const Bounded& one : parameters_) x_.push_back(one.value);
    double sse = residuals_(x_, r_) ? sum_of_squares(r_) : kInfinity;
    for (int round = 0; std::isfinite(sse) && round < rounds; ++round) {
      if (!linearize()) break;
      const double before = sse;
      sse = descend(sse);
      if (!(before - sse > kConverged * before)) break;
    }
    for (std::size_t i = 0; i < x_.size(); ++i) parameters_[i].value = x_[i];
    return sse;
  }

 private:
  // Derivatives of the residuals, and the normal equations.
  bool linearize() {
    const std::size_t n = r_.size(), p = x_.size();
    columns_.resize(p);
    for (std::size_t i = 0; i < p; ++i) {
      const Bounded& one = parameters_[i];
      const double kept = x_[i];
      const double step = kept + one.step <= one.high ? one.step : -one.step;
      x_[i] = kept + step;
      const bool good = residuals_(x_, columns_[i]);
      x_[i] = kept;
      if (!good) return false;
      for (std::size_t t = 0; t < n; ++t) columns_[i][t] = (columns_[i][t] - r_[t]) / step;
    }
    normal_.assign(p * p, 0);
    gradient_.assign(p, 0);
    for (std::size_t i = 0; i < p; ++i) {
      for (std::size_t t = 0; t < n; ++t) gradient_[i] += columns_[i][t] * r_[t];
      for (std::size_t j = 0; j <= i; ++j) {
        double sum = 0;
        for (std::size_t t = 0; t < n; ++t) sum += columns_[i][t] * columns_[j][t];
        normal_[i * p + j] = sum;
      }
    }
    return true;
  }

  // A parameter at its bound that the gradient pushes on stays there.
  bool held(std::size_t i) const {
    const Bounded& one = parameters_[i];
    return (x_[i] <= one.low && gradient_[i] > 0) || (x_[i] >= one.high && gradient_[i] < 0);
  }

  // Steps with rising damping until one is better.
  double descend(double sse) {
    const std::size_t p = x_.size();
    std::vector<std::size_t> moving;
    for (std::size_t i = 0; i < p; ++i) {
      if (!held(i)) moving.push_back(i);
    }
    std::vector<double> trial, next;
    for (; damping_ < kLargestDamping; damping_ *= 4) {
      const std::size_t m = moving.size();
      std::vector<double> a(m * m, 0), b(m);
      for (std::size_t i = 0; i < m; ++i) {
        b[i] = -gradient_[moving[i]];
        for (std::size_t j = 0; j <= i; ++j) a[i * m + j] = normal_[moving[i] * p + moving[j]];
        a[i * m + i] = a[i * m + i] * (1 + damping_) + 1e-300;
      }
      if (!solve(a, b)) continue;
      trial = x_;
      for (std::size_t i = 0; i < m; ++i) {
        const Bounded& one = parameters_[moving[i]];
        trial[moving[i]] = std::clamp(trial[moving[i]] + b[i], one.low, one.high);
      }
      if (!residuals_(trial, next)) continue;
      const double found = sum_of_squares(next);
      if (!(found < sse)) continue;
      x_.swap(trial);
      r_.swap(next);
      damping_ = std::max(1e-9, damping_ / 8);
      return found;
    }
    return sse;
  }

  const Residuals& residuals_;
  std::vector<Bounded>& parameters_;
  std::vector<double> x_, r_;
  std::vector<std::vector<double>> columns_;
  std::vector<double> normal_, gradient_;
  double damping_ = 1e-3;
};

}  // namespace

double least_squares(const Residuals& residuals, std::vector<Bounded>& parameters, int rounds) {
  return Search(residuals, parameters).run(rounds);
}

}  // namespace aiops::model
