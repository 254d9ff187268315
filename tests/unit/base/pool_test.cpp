#include "base/pool.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>

using namespace aiops;

TEST_CASE("a pool works on each part once, again and again") {
  for (const unsigned jobs : {1u, 2u, 5u}) {
    Pool pool(jobs);
    CHECK(pool.jobs() == jobs);
    for (const std::size_t count : {0, 1, 2, 3, 100, 1000}) {
      std::vector<int> times(count);
      pool.run(count, [&](std::size_t part) { ++times[part]; });
      CHECK(times == std::vector<int>(count, 1));
    }
  }
}

TEST_CASE("a pool throws on what the first part threw, and is good for more") {
  for (const unsigned jobs : {1u, 4u}) {
    Pool pool(jobs);
    for (int round = 0; round < 50; ++round) {
      std::string said;
      try {
        pool.run(200, [&](std::size_t part) {
          if (part >= 20 && part % 10 == 3) throw std::runtime_error(std::to_string(part));
        });
      } catch (const std::runtime_error& error) {
        said = error.what();
      }
      CHECK(said == "23");
    }
    std::atomic<int> done = 0;
    pool.run(100, [&](std::size_t) { ++done; });
    CHECK(done == 100);
  }
}
