// Nonlinear least squares within bounds.
#pragma once

#include <functional>
#include <vector>

namespace aiops::model {

struct Bounded {
  double value, low, high;
  double step;  // for derivatives: small against what matters
};

// Levenberg and Marquardt's method (K. Levenberg 1944, D. W. Marquardt 1963) with derivatives by differences,
// projected on the bounds. `residuals` writes them for given parameters, always as many (NaN is none), and
// returns false where there are none. Improves `parameters` for at most `rounds`, and returns the sum of
// squares; infinity if there is none at the start. Deterministic.
using Residuals = std::function<bool(const std::vector<double>& parameters, std::vector<double>& out)>;
double least_squares(const Residuals& residuals, std::vector<Bounded>& parameters, int rounds);

}  // namespace aiops::model
