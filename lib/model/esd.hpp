// The generalized extreme Studentized deviate test: B. Rosner, "Percentage Points for a Generalized ESD
// Many-Outlier Procedure", Technometrics 25, 1983.
#pragma once

namespace aiops::model {

// Quantiles of the standard normal distribution, and of Student's with so many (at least 2) degrees of
// freedom. probability: above 0, below 1. Relative error below 1e-8 and, from 10 degrees of freedom on, 1e-5.
double normal_quantile(double probability);
double student_quantile(double probability, double degrees);

// What the i-th largest deviation (from 1) of n values, in standard deviations, must exceed for i of them to
// be outliers at this significance; for i from 1 to n - 4.
double esd_critical(double significance, double n, double i);

}  // namespace aiops::model
