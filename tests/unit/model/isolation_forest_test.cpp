#include "model/isolation_forest.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/isa.hpp"
#include "base/text.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

std::vector<double> scores_of(const IsolationForest& forest, const std::vector<float>& data) {
  std::vector<double> scores(data.size() / forest.width());
  forest.score(data.data(), scores.size(), scores.data());
  return scores;
}

std::string bytes_of(const IsolationForest& forest) {
  std::string bytes;
  forest.save(bytes);
  return bytes;
}

IsolationForest grown(const std::vector<float>& data, std::size_t width, std::size_t trees,
                      std::size_t samples, std::uint64_t seed = 1) {
  IsolationForest forest;
  forest.fit(data.data(), data.size() / width, width, trees, samples, seed);
  return forest;
}

// A second reader of the saved bytes, and the paper's algorithm 3 word by word: what both layouts are held
// against.
struct Reference {
  std::string bytes;

  std::vector<double> scores(const std::vector<float>& data, std::size_t width) const {
    std::vector<double> sums(data.size() / width), usual;
    ByteReader in(bytes, "reference");
    in.get<std::uint32_t>();
    const auto trees = in.get<std::uint32_t>(), samples = in.get<std::uint32_t>();
    for (std::uint32_t t = 0; t < trees; ++t) {
      in.get<std::uint32_t>();
      std::vector<std::size_t> rows(sums.size());
      std::iota(rows.begin(), rows.end(), 0);
      walk(in, data, width, rows, 0, sums);
    }
    for (double& sum : sums) sum = std::exp2(-sum / trees / c(samples));
    return sums;
  }

  static double c(double n) {
    if (n <= 1) return 0;
    return n == 2 ? 1 : 2 * (std::log(n - 1) + 0.5772156649) - 2 * (n - 1) / n;
  }

  static void walk(ByteReader& in, const std::vector<float>& data, std::size_t width,
                   const std::vector<std::size_t>& rows, int depth, std::vector<double>& sums) {
    const auto feature = in.get<std::uint8_t>();
    if (feature == 0xff) {
      const double path = depth + c(in.get<std::uint16_t>() + 1);
      for (std::size_t row : rows) sums[row] += path;
      return;
    }
    const auto threshold = in.get<float>();
    std::vector<std::size_t> left, right;
    for (std::size_t row : rows) (data[row * width + feature] <= threshold ? left : right).push_back(row);
    walk(in, data, width, left, depth + 1, sums);
    walk(in, data, width, right, depth + 1, sums);
  }
};

std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  std::vector<double> rank(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<double>(i);
  return rank;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double ma = std::accumulate(a.begin(), a.end(), 0.0) / n,
               mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

}  // namespace

TEST_CASE("mean path lengths are the paper's equation 1") {
  CHECK(mean_path_length(0) == 0);
  CHECK(mean_path_length(1) == 0);
  CHECK(mean_path_length(2) == 1);
  // By hand: 2 (ln 2 + 0.5772156649) - 4/3 and 2 (ln 255 + 0.5772156649) - 510/256.
  CHECK(mean_path_length(3) == doctest::Approx(1.2073923572));
  CHECK(mean_path_length(256) == doctest::Approx(10.2447709));
}

TEST_CASE("a forest of one tree scores as worked out by hand") {
  // Four rows were drawn; x1 <= 2.5 leaves three of them together, else one is alone.
  std::string bytes;
  put(bytes, std::uint32_t{2});  // features
  put(bytes, std::uint32_t{1});  // trees
  put(bytes, std::uint32_t{4});  // rows drawn
  put(bytes, std::uint32_t{3});  // nodes
  put(bytes, std::uint8_t{1});
  put(bytes, 2.5f);
  put(bytes, std::uint8_t{0xff});
  put(bytes, std::uint16_t{2});
  put(bytes, std::uint8_t{0xff});
  put(bytes, std::uint16_t{0});
  IsolationForest forest;
  forest.load(bytes);
  // c(3) = 1.2073924, c(4) = 1.8516560: 2^(-(1 + c(3)) / c(4)) and 2^(-1 / c(4)).
  const std::vector<double> scores = scores_of(forest, {9, 2.5f, -9, 2.6f, 0, 1e30f});
  CHECK(scores[0] == doctest::Approx(0.43763).epsilon(1e-4));
  CHECK(scores[1] == doctest::Approx(0.68774).epsilon(1e-4));
  CHECK(scores[2] == scores[1]);
  CHECK(bytes_of(forest) == bytes);
}

TEST_CASE("scores agree with scikit-learn's") {
  // tests/data/isolation-forest/make.py: 100 trees of 256 rows. One of its forests agrees with another with a
  // rank correlation of 0.96, and with the mean of twenty with 0.98; so must ours.
  std::vector<float> data;
  std::vector<double> one, mean;
  const std::vector<std::string> lines =
      split(read_file(AIOPS_TEST_DATA "/isolation-forest/scores.csv"), '\n');
  for (std::size_t i = 1; i < lines.size(); ++i) {
    const std::vector<std::string> cells = split(lines[i], ',');
    if (cells.size() < 7) continue;
    for (int f = 0; f < 5; ++f) data.push_back(std::stof(cells[f]));
    one.push_back(std::stod(cells[5]));
    mean.push_back(std::stod(cells[6]));
  }
  REQUIRE(one.size() == 600);
  const std::vector<double> ours = scores_of(grown(data, 5, 100, 256), data);
  CHECK(correlation(ranks(ours), ranks(one)) >= 0.95);
  CHECK(correlation(ranks(ours), ranks(mean)) >= 0.97);
  // With two thousand trees chance is gone, and what is left is the algorithm.
  const std::vector<double> many = scores_of(grown(data, 5, 2000, 256), data);
  CHECK(correlation(ranks(many), ranks(mean)) >= 0.995);
  CHECK(largest_difference(many, mean) < 0.02);
}

TEST_CASE("every layout and instruction set gives what the trees say, and the same bits") {
  struct Shape {
    std::size_t width, trees, samples, rows;
  };
  // Ranks: up to 16 features, 8 levels and so many thresholds. The others have more of one.
  for (const Shape& shape :
       {Shape{1, 100, 256, 900},  Shape{2, 7, 256, 900},   Shape{3, 100, 256, 900}, Shape{5, 100, 256, 2000},
        Shape{4, 129, 256, 900},  Shape{6, 300, 64, 900},  Shape{7, 10, 100, 300},  Shape{8, 100, 256, 900},
        Shape{9, 33, 256, 900},   Shape{10, 64, 256, 900}, Shape{11, 1, 256, 900},  Shape{13, 31, 256, 900},
        Shape{16, 100, 256, 900}, Shape{17, 20, 256, 900}, Shape{5, 10, 257, 900},  Shape{2, 5, 2000, 1500},
        Shape{1, 600, 256, 5000}, Shape{4, 3, 2, 50},      Shape{3, 9, 256, 2},     Shape{200, 4, 64, 100}}) {
    CAPTURE(shape.width);
    CAPTURE(shape.trees);
    CAPTURE(shape.samples);
    const std::vector<float> data = normal_rows(shape.rows, shape.width, 11);
    const IsolationForest forest = grown(data, shape.width, shape.trees, shape.samples);
    std::vector<float> fresh = normal_rows(777, shape.width, 12);
    for (std::size_t i = 0; i < fresh.size(); i += 13) fresh[i] = (i % 2 != 0) ? 1e38f : -1e38f;
    set_isa(Isa::portable);
    const std::vector<double> portable = scores_of(forest, fresh);
    CHECK(largest_difference(portable, Reference{bytes_of(forest)}.scores(fresh, shape.width)) < 1e-4);
    for (const Isa level : {Isa::avx2, Isa::avx512}) {
      set_isa(level);
      CHECK(scores_of(forest, fresh) == portable);
    }
    // A row's score does not depend on what is scored with it: one, fewer than a vector, more, several.
    for (const Isa level : {Isa::portable, Isa::avx2, Isa::avx512}) {
      set_isa(level);
      for (const std::size_t rows :
           {1, 2, 7, 8, 9, 19, 20, 31, 32, 33, 51, 52, 96, 97, 128, 129, 160, 511, 520}) {
        CAPTURE(rows);
        std::vector<double> some(rows);
        for (std::size_t from = 0; from + rows <= portable.size(); from += 1 + portable.size() / 8) {
          forest.score(&fresh[from * shape.width], rows, some.data());
          CHECK(std::equal(some.begin(), some.end(), portable.begin() + static_cast<std::ptrdiff_t>(from)));
        }
      }
    }

    IsolationForest loaded;
    loaded.load(bytes_of(forest));
    CHECK(scores_of(loaded, fresh) == portable);
    CHECK(bytes_of(loaded) == bytes_of(forest));
  }
}

TEST_CASE("a row on a threshold goes to the left, on every layout") {
  // Integers, so that inputs meet thresholds: 0 and -0 are one, and equal numbers are not above.
  std::vector<float> data(600);
  Random random(5);
  for (float& value : data) value = static_cast<float>(random.below(3)) - 1;
  for (float& value : data) value = value == 0 && random.below(2) != 0 ? -0.0f : value;
  const IsolationForest forest = grown(data, 2, 50, 256);
  const std::vector<double> reference = Reference{bytes_of(forest)}.scores(data, 2);
  for (const Isa level : {Isa::portable, Isa::avx2, Isa::avx512}) {
    set_isa(level);
    CHECK(largest_difference(scores_of(forest, data), reference) < 1e-4);
  }
}

TEST_CASE("the seed makes the forest") {
  const std::vector<float> data = normal_rows(1000, 3, 4);
  CHECK(bytes_of(grown(data, 3, 20, 256, 8)) == bytes_of(grown(data, 3, 20, 256, 8)));
  CHECK(bytes_of(grown(data, 3, 20, 256, 8)) != bytes_of(grown(data, 3, 20, 256, 9)));
  // More trees are the same trees and more.
  const std::string few = bytes_of(grown(data, 3, 5, 256, 8)), many = bytes_of(grown(data, 3, 6, 256, 8));
  CHECK(many.substr(12, few.size() - 12) == few.substr(12));
}

TEST_CASE("samples are drawn without replacement, every row as likely as any other") {
  // One split sets row 7 apart if it was drawn; over the trees it is drawn with probability 40 / 100.
  std::vector<float> data(100, 0.0f);
  data[7] = 1;
  const IsolationForest forest = grown(data, 1, 2000, 40);
  const std::string bytes = bytes_of(forest);
  ByteReader in(bytes, "forest");
  in.take(12);
  int drawn = 0, leaves_of_39 = 0;
  for (int t = 0; t < 2000; ++t) {
    if (in.get<std::uint32_t>() == 1) {
      in.take(3);
      continue;
    }
    ++drawn;
    in.take(5);
    in.get<std::uint8_t>();
    leaves_of_39 += in.get<std::uint16_t>() == 38;
    in.take(3);
  }
  CHECK(leaves_of_39 == drawn);        // once, not twice
  CHECK(std::abs(drawn - 800) < 110);  // five standard deviations of a binomial: 5 sqrt(2000 0.4 0.6) = 109.5
}

TEST_CASE("with no more rows than samples, all are drawn") {
  const std::vector<float> data = {1, 2, 3, 4, 5};
  const IsolationForest forest = grown(data, 1, 10, 256);
  CHECK(forest.sample_size() == 5);
  const std::string bytes = bytes_of(forest);
  ByteReader in(bytes, "forest");
  in.take(12);
  for (int t = 0; t < 10; ++t) {
    std::size_t rows = 0;
    for (auto nodes = in.get<std::uint32_t>(); nodes > 0; --nodes) {
      if (in.get<std::uint8_t>() == 0xff) {
        rows += in.get<std::uint16_t>() + 1u;
      } else {
        in.get<float>();
      }
    }
    CHECK(rows == 5);
  }
}

TEST_CASE("what cannot be told apart is ordinary") {
  CHECK(scores_of(grown({3, 3, 3, 3}, 1, 10, 256), {3, 100})[1] == doctest::Approx(0.5));
  CHECK(scores_of(grown({3}, 1, 10, 256), {3, 100}) == std::vector<double>{0.5, 0.5});
}

TEST_CASE("arguments out of range are refused") {
  IsolationForest forest;
  const std::vector<float> data(600, 1.0f);
  CHECK_THROWS_AS(forest.fit(data.data(), 10, 1, 0, 256, 1), UsageError);
  CHECK_THROWS_AS(forest.fit(data.data(), 10, 1, 10'001, 256, 1), UsageError);
  CHECK_THROWS_AS(forest.fit(data.data(), 10, 1, 10, 1, 1), UsageError);
  CHECK_THROWS_AS(forest.fit(data.data(), 10, 1, 10, 65'537, 1), UsageError);
  CHECK_THROWS_AS(forest.fit(data.data(), 2, 255, 10, 256, 1), UsageError);
}

TEST_CASE("bytes that are no forest are refused, and never more than that") {
  const std::vector<float> data = normal_rows(200, 3, 4);
  const std::string good = bytes_of(grown(data, 3, 3, 64));
  IsolationForest forest;
  for (std::size_t length = 0; length < good.size(); length += 1 + length / 50) {
    CHECK_THROWS_AS(forest.load(std::string_view(good).substr(0, length)), InputError);
  }
  CHECK_THROWS_AS(forest.load(good + "x"), InputError);
  Random random(6);
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good;
    for (std::uint32_t flips = 1 + random.below(3); flips > 0; --flips) {
      bad[random.below(static_cast<std::uint32_t>(bad.size()))] ^= static_cast<char>(1 << random.below(8));
    }
    IsolationForest other;
    try {
      other.load(bad);
      for (double score : scores_of(other, std::vector<float>(other.width() * 40, 0.5f))) {
        CHECK(std::isfinite(score));
      }
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > 300);
}
