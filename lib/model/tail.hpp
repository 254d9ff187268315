// From anomaly scores to probabilities: how likely is a score at least as high in what was learned?
//
// Scores of different models cannot be compared, tail probabilities can. The distribution is the empirical
// one of the training scores as far as that reaches, and beyond it an exponential tail: the scores' excess
// over the start of the tail is about exponential (the simplest case of Pickands, "Statistical Inference
// Using Extreme Order Statistics", Annals of Statistics 3, 1975), and two hundred rows are too few to fit
// more.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.hpp"

namespace aiops::model {

// No verdict's probability is smaller, for its logarithm is wanted.
inline constexpr double kSmallestP = 1e-300;
// Of a surprise, which is -log10 of a probability.
double probability_of(double surprise);

class TailModel {
 public:
  // scores: of the training rows, at least one, finite, any order. smallest: a probability that the empirical
  // part should reach if there are rows enough (10 beyond it).
  void fit(std::vector<double> scores, double smallest);

  // ln P(S >= score), at most 0, falling with the score (level only below the smallest training score).
  double log_probability(double score) const;

  void save(std::string& out) const;
  void load(ByteReader& in);  // throws InputError

 private:
  struct Knot {
    double score, log_probability;
  };
  std::vector<Knot> knots_;  // scores ascending, probabilities falling; straight lines between
  double excess_ = 1;        // mean excess beyond the last knot
};

}  // namespace aiops::model
