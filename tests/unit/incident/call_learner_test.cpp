#include "incident/call_learner.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "base/random.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;

namespace {

constexpr int kSteps = 400;

using Series = std::vector<double>;

Series noises(Random& random, int steps = kSteps) {
  Series values;
  for (int i = 0; i < steps; ++i) values.push_back(random.normal());
  return values;
}

// What the first has some steps before, and noise.
Series following(Random& random, const Series& first, int lag) {
  Series values = noises(random, static_cast<int>(first.size()));
  for (std::size_t i = static_cast<std::size_t>(lag); i < first.size(); ++i)
    values[i] = first[i - static_cast<std::size_t>(lag)] + 0.5 * values[i];
  return values;
}

struct Fleet {
  CallLearner learner;
  std::uint32_t slots = 0;
  void add(const std::string& service, const std::string& metric, const Series& values, double every = 15) {
    record::SeriesKey key;
    key.set("service", service);
    key.set("metric", metric);
    learner.declare(slots, key);
    for (std::size_t i = 0; i < values.size(); ++i)
      learner.add(slots, at(every * static_cast<double>(i)), values[i]);
    ++slots;
  }
};

}  // namespace

TEST_CASE("a chain of calls is found, without who calls whom at second hand, and without the load of all") {
  Random random(7);
  Fleet fleet;
  const Series load = noises(random);
  Series front = following(random, load, 0), cart = following(random, front, 0),
         store = following(random, cart, 0);
  for (Series* one : {&front, &cart, &store})
    for (std::size_t i = 0; i < load.size(); ++i) (*one)[i] += load[i];
  fleet.add("front", "request_rate", front);
  fleet.add("cart", "request_rate", cart);
  fleet.add("store", "request_rate", store);
  for (int i = 0; i < 12; ++i)
    fleet.add("other-" + std::to_string(i), "request_rate", following(random, load, 0));
  const auto calls = fleet.learner.learn();
  const auto has = [&](const char* a, const char* b) {
    return std::any_of(calls.begin(), calls.end(), [&](const LearnedCall& call) {
      return (call.caller == a && call.callee == b) || (call.caller == b && call.callee == a);
    });
  };
  CHECK(has("cart", "front"));
  CHECK(has("cart", "store"));
  CHECK_FALSE(has("front", "store"));
  CHECK_FALSE(has("other-0", "other-1"));
  for (const LearnedCall& call : calls) CHECK(call.both_ways);
}

TEST_CASE("what has nothing to do with each other is not linked, however many pairs there are") {
  std::size_t found = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Random random(seed);
    Fleet fleet;
    for (int i = 0; i < 20; ++i) {
      fleet.add("s" + std::to_string(i), "request_rate", noises(random));
      fleet.add("s" + std::to_string(i), "latency", noises(random));
    }
    found += fleet.learner.learn().size();
  }
  CHECK(found <= 3);  // 3,800 pairs; in 5 % of the fleets there is one
}

TEST_CASE("requests come to the caller first, slowness to the callee; a lag of both alike tells nothing") {
  for (const bool scraped_later : {false, true}) {
    Random random(3);
    const Series requests = noises(random), slowness = noises(random);
    Fleet fleet;
    fleet.add("a", "request_rate", requests);
    fleet.add("b", "request_rate", following(random, requests, 1));
    fleet.add(scraped_later ? "a" : "b", "latency_mean", slowness);
    fleet.add(scraped_later ? "b" : "a", "latency_mean", following(random, slowness, 1));
    const auto calls = fleet.learner.learn();
    REQUIRE(calls.size() == 1);
    CHECK(calls[0].caller == "a");
    CHECK(calls[0].callee == "b");
    CHECK(calls[0].both_ways == scraped_later);
  }
}

TEST_CASE("counters count by what they gain, and begin anew") {
  Random random(5);
  const Series rate = noises(random);
  Series counter(rate.size());
  double sum = 0;
  for (std::size_t i = 0; i < rate.size(); ++i) {
    if (i == 200) sum = 0;
    counter[i] = sum += 20 + rate[i];
  }
  Fleet fleet;
  fleet.add("a", "request_rate", rate);
  fleet.add("b", "requests_total", counter);
  CHECK(fleet.learner.learn().size() == 1);
}

TEST_CASE("too few steps, what hardly moves, other metrics and bad values tell nothing") {
  Random random(9);
  const Series same = noises(random, 50);
  Fleet fleet;
  fleet.add("a", "request_rate", same);
  fleet.add("b", "request_rate", same);
  CHECK(fleet.learner.learn().empty());
  Series still(kSteps, 1.0);
  still[100] = 2;
  fleet.add("c", "request_rate", still);
  fleet.add("d", "request_rate", still);
  fleet.add("c", "memory", noises(random));
  fleet.add("d", "request_rate", Series(kSteps, NAN));
  CHECK(fleet.learner.learn().empty());
  fleet.learner.add(12345, at(0), 1);  // never declared
  CHECK(CallLearner().learn().empty());
}

TEST_CASE("steps beyond those that are kept are the oldest") {
  Random random(11);
  Fleet fleet;
  const int steps = static_cast<int>(CallLearner::kMostSteps) + 500;
  const Series rate = noises(random, steps);
  fleet.add("a", "request_rate", rate);
  fleet.add("b", "request_rate", following(random, rate, 0));
  CHECK(fleet.learner.learn().size() == 1);
}

TEST_CASE("what is learned goes into the graph with the least trust") {
  Random random(13);
  Fleet fleet;
  const Series rate = noises(random);
  fleet.add("a", "request_rate", rate);
  fleet.add("b", "request_rate", following(random, rate, 0));
  Graph graph;
  fleet.learner.fill(graph);
  REQUIRE(graph.callees("a").size() == 1);
  CHECK(graph.callees("a")[0].trust == Trust::learned);
  CHECK(graph.callees("b").size() == 1);
  graph.add_call("b", "store", 1, Trust::mesh);
  CHECK(graph.callees("a").empty());
}
