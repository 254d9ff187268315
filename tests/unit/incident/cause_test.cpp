#include "incident/cause.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

using namespace aiops;
using namespace aiops::incident;

namespace {

constexpr Nanos kFault = 60 * kMinute, kEnd = 63 * kMinute;

// An hour of quiet series, and three minutes in which those that were said are other.
struct Shop {
  Graph graph;
  CauseRanker ranker;

  explicit Shop(CauseOptions options = {}) : ranker(graph, std::move(options)) {
    graph.add_call("web", "cart", 10, Trust::file);
    graph.add_call("web", "ads", 10, Trust::file);
    graph.add_call("cart", "db", 10, Trust::file);
  }
  void series(const char* name, double usual, double now) {
    const auto slot = ranker.slot(record::SeriesKey::parse(name));
    for (int i = 0; i < 63 * 4; ++i) {
      const Nanos time = i * 15 * kSecond;
      ranker.add_sample(slot, time, (time > kFault ? now : usual) * (1 + 0.02 * std::sin(i)));
    }
  }
  Cause first() const {
    const auto causes = ranker.rank(kFault, kEnd);
    return causes.empty() ? Cause{} : causes.front();
  }
};

}  // namespace

TEST_CASE("a processor that is busy, and callers that are slow for it") {
  Shop shop;
  shop.series("cpu_percent{service=\"cart\"}", 10, 90);
  shop.series("cpu_percent{service=\"web\"}", 10, 12);
  shop.series("request_duration_p95{service=\"web\"}", 0.1, 0.9);
  CHECK(shop.first().service == "cart");
  CHECK(shop.first().fault == "cpu");
  CHECK(shop.first().why.front().starts_with("cpu_percent{service=\"cart\"}: "));
  CHECK(shop.ranker.rank(kFault - 10 * kMinute, kFault).empty());
}

TEST_CASE("what is rare and does not matter is no cause") {
  Shop shop;
  shop.series("cpu_percent{service=\"ads\"}", 0.1, 0.5);
  shop.series("request_duration_p95{service=\"ads\"}", 0.0001, 0.004);
  shop.series("cpu_percent{service=\"cart\"}", 10, 60);
  CHECK(shop.first().service == "cart");
}

TEST_CASE("the way of an edge: what the caller waits longer than the callee works") {
  Shop shop;
  const char* const edge = "request_duration{service=\"db\",caller=\"cart\",reporter=\"%s\"}";
  const auto named = [&](const char* reporter) {
    std::string name = edge;
    return name.replace(name.find("%s"), 2, reporter);
  };
  shop.series(named("source").c_str(), 0.01, 0.61);
  shop.series(named("destination").c_str(), 0.005, 0.005);
  shop.series("request_duration_p95{service=\"web\"}", 0.1, 0.7);
  CHECK(shop.first().service == "db");
  CHECK(shop.first().fault == "network");
}

TEST_CASE("without edges, callers point at what they call") {
  Shop shop;
  shop.series("client_latency{service=\"cart\"}", 0.02, 0.8);
  shop.series("server_latency{service=\"cart\"}", 0.03, 0.81);
  shop.series("client_latency{service=\"web\"}", 0.05, 0.9);
  shop.series("server_latency{service=\"db\"}", 0.005, 0.005);
  CHECK(shop.first().service == "db");
  CHECK(shop.first().fault == "network");
}

TEST_CASE("failures at the entrance are blamed on who no longer makes its calls") {
  Shop shop;
  shop.series("success_rate_percent{service=\"web\"}", 99, 50);
  shop.series("requests{service=\"cart\"}", 10, 10);
  shop.series("requests{service=\"db\"}", 10, 0);
  shop.series("requests{service=\"web\"}", 10, 10);
  shop.series("requests{service=\"ads\"}", 10, 10);
  CHECK(shop.first().service == "cart");
  CHECK(shop.first().fault == "error");
  CHECK(shop.first().why.front().find("asks db less") != std::string::npos);
}

TEST_CASE("evidence from logs, and a change of who has it") {
  Shop shop;
  const auto key = record::SeriesKey::parse("log_new{service=\"db\"}");
  shop.ranker.add_log(key, kFault + kMinute, 3, "disk \x1b[31mfull");
  shop.ranker.add_change({kFault - kMinute, "db", "deployment", "v2"});
  const Cause cause = shop.first();
  CHECK(cause.service == "db");
  CHECK(cause.fault == "log");
  REQUIRE(cause.why.size() == 2);
  CHECK(cause.why[0] == "log_new: disk \\x1b[31mfull");
  CHECK(cause.why[1] == "deployment 1970-01-01T00:59:00Z: v2");
  CHECK(shop.ranker.rank(kFault - 20 * kMinute, kFault).empty());
}

TEST_CASE("more errors in a log than usual") {
  Shop shop;
  for (int i = 0; i < 63 * 60; ++i) {
    const bool error = i * kSecond > kFault && i % 2 == 0;
    shop.ranker.add_message("db", i * kSecond, error);
    shop.ranker.add_message("ads", i * kSecond, i % 30 == 0);
  }
  shop.ranker.flush();
  CHECK(shop.first().service == "db");
  CHECK(shop.first().fault == "log");
}

TEST_CASE("kinds of evidence can be left out, and services chosen") {
  CauseOptions options;
  options.use[static_cast<std::size_t>(Source::cpu)] = false;
  Shop shop(options);
  shop.series("cpu_percent{service=\"cart\"}", 10, 90);
  CHECK(shop.first().service.empty());
  Shop all;
  all.series("cpu_percent{service=\"cart\"}", 10, 90);
  all.series("cpu_percent{service=\"ads\"}", 10, 30);
  CHECK(all.ranker.rank(kFault, kEnd).size() == 2);
  CHECK(all.ranker.rank(kFault, kEnd, {"ads"}).size() == 1);
}

TEST_CASE("spans outweigh what is inferred from callers") {
  Shop shop;
  // By the metrics of callers alone it could be the one or the other.
  shop.series("client_latency{service=\"web\"}", 0.05, 0.9);
  int id = 0;
  for (int i = 0; i < 63 * 12; ++i) {
    const Nanos time = i * 5 * kSecond;
    const std::string trace = "t" + std::to_string(i);
    const auto span = [&](const std::string& own, const std::string& parent, const char* service,
                          Nanos length) {
      shop.ranker.add_span({trace, own, parent, service, "op", "", time, length, false});
    };
    const std::string root = std::to_string(++id), one = std::to_string(++id), two = std::to_string(++id);
    const Nanos slow = time > kFault ? 800 * kMillisecond : 0;
    span(root, "", "web", 50 * kMillisecond + slow);
    span(one, root, "web", 20 * kMillisecond + slow);
    span(std::to_string(++id), one, "ads", 18 * kMillisecond);
    span(two, root, "web", 20 * kMillisecond);
    span(std::to_string(++id), two, "cart", 18 * kMillisecond);
  }
  shop.ranker.flush();
  const auto causes = shop.ranker.rank(kFault, kEnd);
  REQUIRE_FALSE(causes.empty());
  CHECK(causes.front().service == "ads");
  CHECK(causes.front().fault == "network");
  CHECK(causes.front().why.front() == "spans: the way from web: 2 ms usually, 802 ms now");
  for (const Cause& cause : causes) CHECK(cause.service != "cart");
}
