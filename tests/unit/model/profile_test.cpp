#include "model/profile.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

TEST_CASE("independent values: white noise counts in full, what hangs together counts less") {
  const std::vector<float> noise = normal_rows(20'000, 1, 2);
  CHECK(independent_values(noise.data(), noise.size(), 1) > 14'000);

  // x' = 0.9 x + e has an integrated autocorrelation time of (1 + 0.9) / (1 - 0.9) = 19.
  std::vector<float> walk(20'000);
  for (std::size_t i = 1; i < walk.size(); ++i) walk[i] = 0.9f * walk[i - 1] + noise[i];
  const double independent = independent_values(walk.data(), walk.size(), 1);
  CHECK(independent > 20'000.0 / 19 * 0.7);
  CHECK(independent < 20'000.0 / 19 * 1.6);

  // The mean of 60 neighbours: 60.
  std::vector<float> mean(20'000);
  for (std::size_t i = 60; i < mean.size(); ++i) {
    for (std::size_t j = 0; j < 60; ++j) mean[i] += noise[i - j] / 60;
  }
  const double of_means = independent_values(mean.data() + 60, mean.size() - 60, 1);
  CHECK(of_means > 20'000.0 / 60 * 0.6);
  CHECK(of_means < 20'000.0 / 60 * 2);

  const std::vector<float> constant(500, 3.0f);
  CHECK(independent_values(constant.data(), constant.size(), 1) == 500);
}

TEST_CASE("quantiles and range are of the column") {
  std::vector<float> rows;
  for (int i = 0; i <= 1000; ++i) {
    rows.push_back(static_cast<float>(i * 10 % 1001));  // 0 … 1000, each once
    rows.push_back(-1);
  }
  const Profile profile = Profile::of(rows.data(), 1001, 2, 0.01);
  CHECK(profile.min == 0);
  CHECK(profile.low == 5);
  CHECK(profile.median == 500);
  CHECK(profile.high == 995);
  CHECK(profile.p95 == 950);
  CHECK(profile.max == 1000);
  CHECK(profile.width() == 990);
}

TEST_CASE("distance counts from the range and its margin, in widths") {
  Profile profile;
  profile.min = -10;
  profile.low = 0;
  profile.high = 100;
  profile.max = 120;
  profile.margin = 20;
  CHECK(profile.outside(-30) == 0);
  CHECK(profile.outside(140) == 0);
  CHECK(profile.outside(190) == doctest::Approx(0.5));
  CHECK(profile.outside(-130) == doctest::Approx(1));
  CHECK(profile.outside(1e9f) == Profile::kMaxOutside);
  CHECK(profile.outside(std::numeric_limits<float>::max()) == Profile::kMaxOutside);
}

TEST_CASE("a constant is left at once, by 5 % of it or by anything if it is 0") {
  const std::vector<float> eight(100, 8.0f), zero(100, 0.0f);
  const Profile profile = Profile::of(eight.data(), 100, 1, 0.001);
  CHECK(profile.margin == 0);
  CHECK(profile.outside(8) == 0);
  CHECK(profile.outside(8.4f) == doctest::Approx(1));
  CHECK(profile.outside(7.8f) == doctest::Approx(0.5));
  const Profile nothing = Profile::of(zero.data(), 100, 1, 0.001);
  CHECK(nothing.outside(0) == 0);
  CHECK(nothing.outside(1e-9f) == Profile::kMaxOutside);
}

TEST_CASE("the fewer independent rows, the wider the margin") {
  const std::vector<float> few = normal_rows(50, 1, 3), many = normal_rows(5000, 1, 3);
  const Profile small = Profile::of(few.data(), few.size(), 1, 0.0002);
  const Profile large = Profile::of(many.data(), many.size(), 1, 0.0002);
  CHECK(small.margin > 0.1f * static_cast<float>(small.width()));
  CHECK(large.margin < 0.05f * static_cast<float>(large.width()));
  // 50 normal numbers reach 2.33 deviations, one in 5,000 lies beyond 3.72 (tables of the normal
  // distribution).
  CHECK(small.margin == doctest::Approx(small.width() * (3.719 - 2.326) / (2 * 2.326)).epsilon(0.15));
}

TEST_CASE("a profile of the largest numbers there are is saved and loaded") {
  const float huge = std::numeric_limits<float>::max();
  const std::vector<float> values = {-huge, huge, 0, -huge, huge};
  const Profile profile = Profile::of(values.data(), values.size(), 1, 0.001);
  std::string bytes;
  profile.save(bytes);
  Profile loaded;
  ByteReader in(bytes, "profile");
  loaded.load(in);
  CHECK(loaded.outside(huge) == 0);
  bytes[3] = '\x7f';
  bytes[2] = '\x7f';  // the minimum becomes NaN or larger than what follows
  ByteReader bad(bytes, "profile");
  CHECK_THROWS_AS(loaded.load(bad), InputError);
}

TEST_CASE("numbers that are names have no distance: seen or not") {
  const std::vector<float> statuses = {200, 200, 404, 200, 301};
  const Profile profile = Profile::of(statuses.data(), statuses.size(), 1, 0.001, true);
  CHECK(profile.outside(404) == 0);
  CHECK(profile.outside(302) == 1);
  CHECK(profile.outside(503) == 1);
  std::string bytes;
  profile.save(bytes);
  ByteReader in(bytes, "test");
  Profile loaded;
  loaded.load(in);
  CHECK(loaded.codes == std::vector<float>{200, 301, 404});
}
