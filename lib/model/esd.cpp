#include "model/esd.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace aiops::model {

// P. J. Acklam's rational approximation (2003), with a step of Halley's method.
double normal_quantile(double probability) {
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                          6.680131188771972e+01, -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                          3.754408661907416e+00};
  const double p = std::min(probability, 1 - probability);
  double x;
  if (p < 0.02425) {
    const double q = std::sqrt(-2 * std::log(p));
    x = (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
        ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  } else {
    const double q = p - 0.5, r = q * q;
    x = (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
        (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
  }
  const double error = 0.5 * std::erfc(-x / std::numbers::sqrt2) - p;
  const double step = error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  x -= step / (1 + x * step / 2);
  return probability <= 0.5 ? x : -x;
}

// R. A. Fisher and E. A. Cornish's expansion (M. Abramowitz, I. A. Stegun, 26.7.5, with one term more).
double student_quantile(double probability, double degrees) {
  const double x = normal_quantile(probability), s = x * x, v = degrees;
  const double g1 = (s + 1) * x / 4;
  const double g2 = ((5 * s + 16) * s + 3) * x / 96;
  const double g3 = (((3 * s + 19) * s + 17) * s - 15) * x / 384;
  const double g4 = ((((79 * s + 776) * s + 1482) * s - 1920) * s - 945) * x / 92160;
  return x + (g1 + (g2 + (g3 + g4 / v) / v) / v) / v;
}

double esd_critical(double significance, double n, double i) {
  const double left = n - i + 1, degrees = n - i - 1;
  const double t = -student_quantile(significance / (2 * left), degrees);
  return (n - i) * t / std::sqrt((degrees + t * t) * left);
}

}  // namespace aiops::model
