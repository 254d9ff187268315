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

namespace {

// How one visit of cart differs from the usual 5 ms of work, an answer from its store and one from ads.
struct Fault {
  Nanos own = 0;       // takes so much longer itself
  Nanos way = 0;       // the caller waits so much longer
  bool early = false;  // comes back before it asks ads
  bool gone = false;   // does not answer
};

// web asks cart, and then stock; cart asks its store and ads. A page a second for half an hour without
// `fault`, then two minutes in which every `each`th visit has it; one in `sample` traces is kept.
std::vector<Cause> ranked_of(const Fault& fault, int each = 1, int sample = 1) {
  Graph graph;
  CauseRanker ranker(graph);
  constexpr int kPages = 1800, kFaulty = 120;
  for (int page = 0; page < kPages + kFaulty; ++page) {
    const bool faulty = page >= kPages && page % each == 0;
    const Fault now = faulty ? fault : Fault{};
    if (page % sample != 0) continue;
    const std::string trace = std::to_string(page);
    const Nanos ms = kMillisecond;
    Nanos at = page * kSecond;
    const auto span = [&](const char* id, const char* parent, const char* service, const char* operation,
                          Nanos start, Nanos length) {
      ranker.add_span({trace, id, parent, service, operation, "", start, length, false});
    };
    const Nanos jitter = (page * 7919 % 5) * ms;
    const Nanos asks = now.early ? 0 : 8 * ms;
    const Nanos cart = now.gone ? 0 : 10 * ms + now.own + jitter + asks, waits = cart + 2 * ms + now.way;
    span("1", "", "web", "page", at, waits + 30 * ms);
    span("2", "1", "web", "GET", at += 5 * ms, waits);
    if (!now.gone) {
      span("3", "2", "cart", "show", at + ms, cart);
      span("4", "3", "cart", "SELECT", at + 2 * ms, 3 * ms);
      if (!now.early) span("5", "3", "cart", "GET", at + 6 * ms, 8 * ms);
      if (!now.early) span("6", "5", "ads", "pick", at + 7 * ms, 6 * ms);
    }
    at += waits + ms;
    if (now.gone) continue;  // and the page fails
    span("7", "1", "web", "GET", at, 9 * ms);
    span("8", "7", "stock", "count", at + ms, 7 * ms);
  }
  ranker.flush();
  return ranker.rank(kPages * kSecond, (kPages + kFaulty) * kSecond);
}

void check_first(const std::vector<Cause>& causes, const char* fault, const char* why) {
  REQUIRE(!causes.empty());
  CHECK(causes.front().service == "cart");
  CHECK(causes.front().fault == fault);
  CHECK(causes.front().why.front() == why);
  if (causes.size() > 1) CHECK(causes[1].score < causes[0].score);
}

}  // namespace

TEST_CASE("spans alone: usual visits are no cause") { CHECK(ranked_of({}).empty()); }

TEST_CASE("spans alone: a service that takes longer itself, for all or for a few") {
  check_first(ranked_of({.own = 50 * kMillisecond}), "latency",
              "spans: own time of show: 13 ms usually, 62.5 ms now");
  const auto few = ranked_of({.own = 300 * kMillisecond}, 4);
  check_first(few, "latency", "spans: own time of show: 25 % of visits slow, by 301 ms");
}

TEST_CASE("spans alone: a slow way to a service") {
  check_first(ranked_of({.way = 50 * kMillisecond}), "network",
              "spans: the way from web: 2 ms usually, 52 ms now");
}

TEST_CASE("spans alone: visits that end early, and answers that never come") {
  check_first(ranked_of({.early = true}), "error", "spans: show ends after SELECT: 0 % usually, 100 % now");
  check_first(ranked_of({.gone = true}), "error",
              "spans: calls from web without an answer: 0 % usually, 100 % now");
}

TEST_CASE("spans alone: one trace in ten is enough") {
  for (const Fault& fault : {Fault{.own = 50 * kMillisecond}, Fault{.way = 50 * kMillisecond},
                             Fault{.early = true}, Fault{.gone = true}}) {
    const auto causes = ranked_of(fault, 1, 10);
    REQUIRE_FALSE(causes.empty());
    CHECK(causes.front().service == "cart");
  }
  CHECK(ranked_of({}, 1, 10).empty());
}
