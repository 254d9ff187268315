#include "model/tail.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "base/error.hpp"
#include "base/random.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

TailModel fitted(std::vector<double> scores, double smallest) {
  TailModel tail;
  tail.fit(std::move(scores), smallest);
  return tail;
}

std::vector<double> exponential(std::size_t count, double mean) {
  Random random(3);
  std::vector<double> scores(count);
  for (double& score : scores) score = -mean * std::log(1 - random.uniform());
  return scores;
}

}  // namespace

TEST_CASE("within the data, probabilities are shares of the rows") {
  std::vector<double> scores;
  for (int i = 1; i <= 1000; ++i) scores.push_back(i);
  const TailModel tail = fitted(scores, 0.001);
  CHECK(tail.log_probability(0) == 0);
  CHECK(tail.log_probability(1) == 0);
  // (1001 - s) / 1000 of the rows have a score of s or more; knots stand apart, so between them it is close.
  for (int s : {2, 100, 400, 501, 750, 900, 950, 980}) {
    CAPTURE(s);
    CHECK(std::exp(tail.log_probability(s)) == doctest::Approx((1001 - s) / 1000.0).epsilon(0.03));
  }
}

TEST_CASE("the share asked for is reached exactly where the rows reach it") {
  for (const double share : {0.05, 0.02, 0.01}) {
    const std::vector<double> scores = exponential(2000, 1);
    const TailModel tail = fitted(scores, share);
    int beyond = 0;
    for (double score : scores) beyond += tail.log_probability(score) <= std::log(share);
    CHECK(beyond >= 2000 * share * 0.8);
    CHECK(beyond <= 2000 * share * 1.2);
  }
}

TEST_CASE("beyond the data, the tail goes on as it has begun") {
  // Exponential with mean 2: P(S >= s) = e^(-s/2). 10,000 rows tell of e^-9; at s = 30 it is e^-15.
  const TailModel tail = fitted(exponential(10'000, 2), 1e-6);
  CHECK(tail.log_probability(10) == doctest::Approx(-5).epsilon(0.05));
  CHECK(tail.log_probability(30) == doctest::Approx(-15).epsilon(0.15));
}

TEST_CASE("probabilities fall with the score, whatever the scores were") {
  Random random(8);
  for (std::size_t count : {1u, 2u, 3u, 10u, 21u, 60u, 500u}) {
    for (int kind = 0; kind < 3; ++kind) {
      std::vector<double> scores(count);
      for (double& score : scores) {
        score = kind == 0 ? 0.5 : kind == 1 ? static_cast<double>(random.below(3)) : random.normal();
      }
      const TailModel tail = fitted(scores, 0.001);
      double before = 0;
      for (double score = -5; score < 9; score += 0.01) {
        const double now = tail.log_probability(score);
        CHECK(now <= before);
        CHECK(now > -1e6);
        before = now;
      }
      CHECK(tail.log_probability(9) < tail.log_probability(5));
    }
  }
}

TEST_CASE("a tail comes back from its bytes, and nothing else does") {
  const TailModel tail = fitted(exponential(500, 1), 0.001);
  std::string bytes;
  tail.save(bytes);
  TailModel loaded;
  ByteReader in(bytes, "tail");
  loaded.load(in);
  in.end();
  for (double score = 0; score < 20; score += 0.37) {
    CHECK(loaded.log_probability(score) == tail.log_probability(score));
  }
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    ByteReader cut(std::string_view(bytes).substr(0, length), "tail");
    CHECK_THROWS_AS(TailModel().load(cut), InputError);
  }
  std::string bad;
  put(bad, 1.0);
  put(bad, std::uint32_t{2});
  for (double number : {0.5, 0.0, 0.4, -1.0}) put(bad, number);  // scores that do not rise
  ByteReader wrong(bad, "tail");
  CHECK_THROWS_AS(TailModel().load(wrong), InputError);
}
