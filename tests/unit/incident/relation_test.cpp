#include "incident/relation.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;

namespace {

// gate -> front -> cart -> store, front -> search; search -> front closes a circle.
Graph shop() {
  Graph graph;
  graph.add_call("gate", "front", 1, Trust::file);
  graph.add_call("front", "cart", 1, Trust::file);
  graph.add_call("front", "search", 1, Trust::file);
  graph.add_call("cart", "store", 1, Trust::file);
  graph.add_call("mail", "post", 1, Trust::file);
  return graph;
}

Incident of(const std::vector<std::pair<std::string, double>>& onsets) {
  Incident incident;
  for (const auto& [service, seconds] : onsets) {
    Member member;
    member.series.set("service", service);
    member.onset = at(seconds);
    incident.members.push_back(member);
    incident.services.push_back(service);
  }
  return incident;
}

}  // namespace

TEST_CASE("who calls a service of the incident suffers, also through one that shows nothing") {
  const Graph graph = shop();
  const Relations relations(graph);
  const Incident cart = of({{"cart", 0}});
  CHECK(relations.of("cart", cart) == Relation::same);
  CHECK(relations.of("front", cart) == Relation::caller);
  CHECK(relations.of("gate", cart) == Relation::caller);
  CHECK(relations.of("store", cart) == Relation::callee);
  CHECK(relations.of("search", cart) == Relation::none);
  CHECK(relations.of("post", cart) == Relation::none);
}

TEST_CASE("who is called by a service that something else explains is not of the incident") {
  const Graph graph = shop();
  const Relations relations(graph);
  CHECK(relations.of("search", of({{"front", 0}})) == Relation::callee);
  CHECK(relations.of("search", of({{"cart", 0}, {"front", 5}})) == Relation::none);
  // The metrics of the cart may show it a little later than those of its caller.
  CHECK(relations.of("search", of({{"front", 0}, {"cart", 20}})) == Relation::none);
  CHECK(relations.of("search", of({{"front", 0}, {"cart", 120}})) == Relation::callee);
}

TEST_CASE("where nothing is known of a service, or of all, time alone can tell") {
  const Graph graph = shop(), empty;
  CHECK(Relations(graph).of("node", of({{"cart", 0}})) == Relation::unknown);
  CHECK(Relations(graph).of("cart", of({{"node", 0}})) == Relation::unknown);
  CHECK(Relations(empty).of("cart", of({{"front", 0}})) == Relation::unknown);
}

TEST_CASE("suspects: its services, and whom they call unless something explains them") {
  const Graph graph = shop();
  const Relations relations(graph);
  CHECK(relations.suspects(of({{"front", 0}})) ==
        std::vector<std::string>{"cart", "front", "search", "store"});
  CHECK(relations.suspects(of({{"cart", 0}, {"front", 5}})) ==
        std::vector<std::string>{"cart", "front", "store"});
  CHECK(relations.independent({"gate", "front", "cart"}) == 1);
  CHECK(relations.independent({"gate", "search", "post"}) == 2);
}

TEST_CASE("signs of calls of one caller that begin together belong together") {
  const Graph graph = shop();
  const Relations relations(graph);
  Incident one = of({{"cart", 0}});
  one.start = at(0);
  one.members[0].series.set("labels.caller", "front");
  record::SeriesKey call;
  call.set("service", "search");
  CHECK(relations.of(call, at(10), one) == Relation::none);
  call.set("labels.caller", "front");
  CHECK(relations.of(call, at(10), one) == Relation::caller);
  CHECK(relations.of(call, at(60), one) == Relation::none);
  call.set("labels.caller", "mail");
  CHECK(relations.of(call, at(10), one) == Relation::none);
}

TEST_CASE("a circle of calls comes to an end") {
  Graph graph = shop();
  graph.add_call("search", "front", 1, Trust::file);
  graph.add_call("store", "cart", 1, Trust::file);
  const Relations relations(graph);
  CHECK(relations.of("store", of({{"cart", 0}})) == Relation::caller);
  CHECK(relations.of("search", of({{"cart", 0}})) == Relation::caller);
}
