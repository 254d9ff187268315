// Numbers printed a column at a time against write_6, by each instruction set.
#include "base/number_column.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "base/isa.hpp"
#include "base/random.hpp"

using namespace aiops;

namespace {

// How many of the texts differ; the first that does is shown.
int different(const std::vector<double>& values) {
  NumberColumn column;
  column.print(values.data(), values.size());
  int wrong = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    char one[kNumberChars], other[kNumberChars];
    const std::string_view expected(one, static_cast<std::size_t>(write_6(one, values[i]) - one));
    const std::string_view written(other, static_cast<std::size_t>(column.write(other, i) - other));
    if (written != expected && wrong++ == 0) CHECK(written == expected);
  }
  return wrong;
}

void for_each_isa(void (*check)()) {
  const Isa before = isa();
  for (const Isa level : {Isa::portable, Isa::avx2, Isa::avx512}) {
    set_isa(level);
    check();
  }
  set_isa(before);
}

}  // namespace

TEST_CASE("a column of numbers is printed as write_6 prints each") {
  for_each_isa([] {
    const double inf = std::numeric_limits<double>::infinity();
    for (std::size_t count = 0; count < 20; ++count) {
      std::vector<double> values = {0,        -0.0,     1,      -1,       0.5,  1e-5, 9.99999e-6,   999999,
                                    999999.4, 999999.5, 1e6,    123456.5, -inf, inf,  std::nan(""), 1e300,
                                    5e-324,   0.1,      -12.25, 1e15};
      values.resize(count);
      CHECK(different(values) == 0);
    }
  });
}

TEST_CASE("every six digits at every place of the point are printed alike") {
  for_each_isa([] {
    std::vector<double> values;
    for (int i = 100'000; i < 1'000'000; i += 7) {
      const double power = std::pow(10.0, i % 12 - 5);
      values.push_back((i % 2 ? 1 : -1) * i / 1e5 * power);
    }
    for (int i = 0; i < 1'000'000; ++i) values.push_back(i);  // with all numbers of trailing zeros
    CHECK(different(values) == 0);
  });
}

TEST_CASE("ties, neighbours of powers of ten and numbers of any size are printed alike") {
  for_each_isa([] {
    Random random(3);
    std::vector<double> values;
    for (int i = 0; i < 100'000; ++i) {
      const double tie = (random.below(900'000) + 100'000 + 0.5) / std::pow(2.0, random.below(16));
      values.push_back(tie);
      const double power = std::pow(10.0, static_cast<int>(random.below(14)) - 7);
      values.push_back(std::nextafter(power, random.below(2) ? 0 : 1e300));
      values.push_back(power * (1 - random.uniform() * 2e-6));
      values.push_back((random.uniform() - 0.5) * std::pow(10.0, static_cast<int>(random.below(40)) - 20));
    }
    CHECK(different(values) == 0);
  });
}
