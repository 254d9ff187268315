#include "incident/graph.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"
#include "incident/graph_file.hpp"

using namespace aiops;
using namespace aiops::incident;

namespace {

record::SeriesKey key(const char* text) { return record::SeriesKey::parse(text); }

// A file that goes with the test.
struct Scratch {
  std::string path =
      (std::filesystem::temp_directory_path() / ("graph-" + std::to_string(::getpid()))).string();
  explicit Scratch(std::string_view text) { write_file(path, text); }
  ~Scratch() { std::filesystem::remove(path); }
};

Graph read(std::string_view text) {
  const Scratch file(text);
  KeptDiagnostics diagnostics;
  Graph graph;
  read_graph_file(file.path, graph, diagnostics);
  return graph;
}

std::string message(std::string_view text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("neighbours and who is upstream, in a circle too") {
  Graph graph;
  graph.add_call("web", "cart", 3, Trust::file);
  graph.add_call("cart", "db", 1, Trust::file);
  graph.add_call("db", "cart", 1, Trust::file);
  graph.add_call("web", "ads", 1, Trust::file);
  CHECK(graph.neighbours("cart") == std::vector<std::string>{"db", "web"});
  CHECK(graph.neighbours("nobody").empty());
  CHECK(graph.is_upstream("web", "db"));
  CHECK_FALSE(graph.is_upstream("db", "web"));
  CHECK(graph.is_upstream("db", "cart"));
  CHECK(graph.is_upstream("cart", "db"));
  CHECK_FALSE(graph.is_upstream("cart", "cart"));
  CHECK(graph.are_neighbours("ads", "web"));
  CHECK_FALSE(graph.are_neighbours("ads", "cart"));
  CHECK(graph.share("web", "cart") == 0.75);
  CHECK(graph.share("web", "db") == 0);
}

TEST_CASE("a call has the count of the most trusted source") {
  Graph graph;
  graph.add_call("a", "b", 100, Trust::mesh);
  graph.add_call("a", "b", 2, Trust::spans);
  graph.add_call("a", "b", 5, Trust::file);
  graph.add_call("a", "b", 3, Trust::spans);
  REQUIRE(graph.callees("a").size() == 1);
  CHECK(graph.callees("a")[0].calls == 5);
  CHECK(graph.callees("a")[0].trust == Trust::spans);
}

TEST_CASE("what was learned counts only where nothing better is known of both") {
  Graph graph;
  graph.add_call("a", "b", 1, Trust::learned);
  graph.add_call("b", "c", 1, Trust::learned);
  CHECK(graph.is_upstream("a", "c"));
  graph.add_call("c", "d", 1, Trust::file);
  CHECK(graph.neighbours("c") == std::vector<std::string>{"d"});
  CHECK(graph.neighbours("a") == std::vector<std::string>{"b"});
}

TEST_CASE("a mesh's counters, from where they fell") {
  Graph graph;
  const auto requests =
      key("istio_requests_total{reporter=\"source\",source_workload=\"web\",destination_workload=\"cart\"}");
  CHECK(graph.add_metric(requests, 10));
  CHECK(graph.add_metric(requests, 15));
  CHECK(graph.add_metric(requests, 2));
  REQUIRE(graph.callees("web").size() == 1);
  CHECK(graph.callees("web")[0].calls == 17);
  CHECK(graph.callees("web")[0].trust == Trust::mesh);
  CHECK(graph.add_metric(
      key("istio_requests_total{source_workload=\"unknown\",destination_workload=\"web\"}"), 1));
  CHECK(graph.callers("web").empty());
  CHECK_FALSE(graph.add_metric(key("cpu{service=\"web\"}"), 1));
  CHECK_FALSE(graph.add_metric(
      key("istio_request_duration_sum{source_workload=\"x\",destination_workload=\"y\"}"), 1));
  CHECK(graph.add_metric(key("request_count{service=\"cart\",caller=\"web\"}"), 4));
  CHECK(graph.callees("web")[0].calls == 4);
  CHECK(graph.callees("web")[0].trust == Trust::spans);
}

TEST_CASE("memory is bounded") {
  Graph graph(Graph::Limits{3, 2});
  graph.add_call("a", "b", 1, Trust::file);
  graph.add_call("b", "c", 1, Trust::file);
  graph.add_call("c", "a", 1, Trust::file);
  graph.add_call("c", "d", 1, Trust::file);
  CHECK(graph.refused() == 2);
  CHECK(graph.services().size() == 3);
  CHECK(graph.neighbours("a") == std::vector<std::string>{"b"});
}

TEST_CASE("files: CSV, NDJSON, Jaeger's dependencies") {
  CHECK(read("caller,callee,calls\nweb,cart,3\nweb,ads,1\n").share("web", "cart") == 0.75);
  CHECK(read("Source,Target,Weight\nweb,cart,3\n").callees("web")[0].calls == 3);
  CHECK(read("caller,callee\nweb,cart\n").callees("web")[0].trust == Trust::file);
  CHECK(read("{\"caller\":\"web\",\"callee\":\"cart\",\"calls\":3}\n").callees("web")[0].calls == 3);
  CHECK(read("{\"data\":[{\"parent\":\"web\",\"child\":\"cart\",\"callCount\":7}],\"total\":0}")
            .callees("web")[0]
            .calls == 7);
  CHECK(read("[{\"parent\":\"web\",\"child\":\"cart\",\"callCount\":7}]").callees("web")[0].calls == 7);
}

TEST_CASE("files that are no graph are refused with their place") {
  CHECK(message("").find("is empty") != std::string::npos);
  CHECK(message("a,b\n1,2\n").find(":1: no calls") != std::string::npos);
  CHECK(message("caller,callee\nweb,\n").find(":2: a call without") != std::string::npos);
  CHECK(message("caller,callee,calls\nweb,cart,many\n").find("\"many\" is not a number") !=
        std::string::npos);
  CHECK(message("[{\"parent\":\"web\"}]").find("call 1: no parent or no child") != std::string::npos);
  CHECK(message("[{\"parent\":").find("dependencies") != std::string::npos);
}

TEST_CASE("what two services have in common counts less the more goes through it") {
  Graph graph;
  for (const char* service : {"a", "b", "c", "d"}) graph.add_call("gate", service, 1, Trust::file);
  graph.add_call("a", "store", 1, Trust::file);
  graph.add_call("b", "store", 1, Trust::file);
  CHECK(graph.affinity("a", "b") == doctest::Approx(0.25 + 0.5));
  CHECK(graph.affinity("c", "d") == doctest::Approx(0.25));
  CHECK(graph.affinity("a", "a") == 0);
  CHECK(graph.affinity("a", "nobody") == 0);
  CHECK(graph.affinity("a", "store") == 0);
  CHECK(graph.share_callee("a", "b"));
  CHECK_FALSE(graph.share_callee("c", "d"));
}
