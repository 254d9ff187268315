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
  Graph graph = shop();
  graph.add_call("front", "ads", 1, Trust::file);  // so that its callees have little in common
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

TEST_CASE("near: much in common at any time, something in common if it begins together") {
  Graph graph;
  for (const char* caller : {"a", "b", "c"})
    for (const char* replica : {"store-1", "store-2"}) graph.add_call(caller, replica, 1, Trust::file);
  for (const char* callee : {"a", "b", "c", "x", "y"}) graph.add_call("gate", callee, 1, Trust::file);
  graph.add_call("x", "base", 1, Trust::file);
  graph.add_call("y", "base", 1, Trust::file);
  const Relations relations(graph);
  const auto relation = [&](const char* service, double seconds, const char* of_incident) {
    Incident one = of({{of_incident, 0}});
    one.start = at(0);
    record::SeriesKey key;
    key.set("service", service);
    return relations.of(key, at(seconds), one);
  };
  CHECK(relation("store-2", 200, "store-1") == Relation::near);
  CHECK(relation("x", 20, "y") == Relation::near);
  CHECK(relation("x", 40, "y") == Relation::none);
  // An entrance that calls everything, and nothing else.
  CHECK(relation("x", 20, "a") == Relation::none);
  CHECK(relation("gate", 20, "a") == Relation::caller);
}

TEST_CASE("near: what several of them depend on, though each is explained") {
  Graph graph;
  for (const char* one : {"a", "b"}) {
    graph.add_call(one, "store", 1, Trust::file);
    graph.add_call(one, "node", 1, Trust::file);
  }
  graph.add_call("a", "mail", 1, Trust::file);
  const Relations relations(graph);
  Incident all = of({{"store", 0}, {"a", 1}, {"b", 1}});
  all.start = at(0);
  record::SeriesKey key;
  key.set("service", "node");
  CHECK(relations.of("node", all) == Relation::none);
  CHECK(relations.of(key, at(200), all) == Relation::near);
  key.set("service", "mail");  // one of them
  CHECK(relations.of(key, at(200), all) == Relation::none);
}

TEST_CASE("a call that is guessed brings together, and one that is not guessed tells nothing") {
  Graph graph;
  graph.add_call("cart", "store", 1, Trust::learned);
  graph.add_call("mail", "post", 1, Trust::learned);
  const Relations relations(graph);
  CHECK(relations.of("cart", of({{"store", 0}})) == Relation::caller);
  CHECK(relations.of("mail", of({{"store", 0}})) == Relation::unknown);
  CHECK_FALSE(graph.knows("cart"));
  CHECK_FALSE(graph.knows_any());
  graph.add_call("front", "cart", 1, Trust::mesh);
  CHECK(graph.knows("cart"));
  CHECK_FALSE(graph.knows("mail"));
  CHECK(graph.knows_any());
}
