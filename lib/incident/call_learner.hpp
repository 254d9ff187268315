// Guesses who calls whom from how services' metrics move together, for where nothing better knows it.
//
// Requests that come in go on to whom a service calls, and who waits becomes slow with whom it waits for. So
// of each service the traffic and the time to answer are taken, as changes from step to step and by rank, so
// that neither a trend nor an outlier counts. Two services are linked where these go together beyond what
// all other services explain (partial correlation over the inverse of the covariance, shrunk towards
// independence), at the same step or up to kLags apart; so the load that all have in common links nobody,
// and who is called by the one whom I call is no neighbour. What counts as too much for chance is held
// against the number of pairs (Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995),
// 289-300), and against how far the pairs as a whole are from what independence would give (an empirical
// null: Efron, Journal of the American Statistical Association 99 (2004), 96-104).
//
// Requests come to the caller first, slowness to the callee. Where the one lags in one direction and the
// other in the other, that tells who calls; a lag of both alike tells only that they are not asked for their
// metrics at the same moment. Steps are mostly too long for it, and then a pair is taken to call both ways.
//
// Memory: kMostServices services, kMostSteps steps each of traffic and of time to answer, 16 bytes a step:
// 1.3 MB for ten services of a day at 15 s, at most 40 MB, and as much again in learn(), whose time grows
// with the square of the services and the steps. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.hpp"
#include "incident/graph.hpp"

namespace aiops::incident {

struct LearnedCall {
  std::string caller, callee;  // in the order of names where both_ways
  bool both_ways = true;       // the direction is not known
  double strength = 0;         // standard deviations from chance
};

class CallLearner {
 public:
  static constexpr std::size_t kMostServices = 300, kMostSteps = 4096, kLeastSteps = 60;
  static constexpr int kLags = 2;
  static constexpr Nanos kFinest = 5 * kSecond;  // steps are no shorter
  static constexpr double kFalse = 0.05;         // the share of links that may be by chance

  // What a slot holds, before values of it come. Series that tell nothing of calls are passed over.
  void declare(std::uint32_t slot, const record::SeriesKey& key);
  // Values that are not finite, and those of unknown slots are passed over. Times may repeat and come a
  // little out of order.
  void add(std::uint32_t slot, Nanos time, double value);

  // Strongest first.
  std::vector<LearnedCall> learn() const;
  // Learns, and adds what was found to the graph.
  void fill(Graph& graph) const;

 private:
  enum Signal : std::uint8_t { kTraffic, kLatency };
  struct Bin {
    std::int64_t at;  // time in units of kFinest
    float sum;
    std::uint32_t count;
  };
  using Bins = std::deque<Bin>;  // by time
  // One signal of all services, step by step: 0 where there is none, of mean 0 and variance 1 otherwise.
  struct Matrix {
    std::vector<std::size_t> services;  // of the columns
    std::vector<std::vector<double>> columns;
    std::vector<std::size_t> known;  // values in each
  };
  using Lags = std::array<double, 2 * kLags + 1>;  // by how many steps the first service is before the second
  struct Pair {
    std::array<Lags, 2> z{};  // by signal, in standard deviations from chance
    std::array<bool, 2> known{};
  };
  using Pairs = std::map<std::pair<std::size_t, std::size_t>, Pair>;

  Matrix matrix(Signal signal) const;
  // What pairs that have nothing to do with each other show.
  struct Chance {
    double middle = 0, wide = 1;
  };
  struct Judged {
    double strength = 0;
    std::ptrdiff_t lead = 0;  // above 0: the first service calls the second; below: the second the first
  };
  static Judged judge(const Pair& pair, Chance chance);
  static void relate(const Matrix& matrix, Signal signal, Pairs& pairs);

  std::vector<int> slots_;  // service * 2 + signal, or -1
  std::map<std::string, std::size_t, std::less<>> ids_;
  std::vector<std::array<Bins, 2>> bins_;  // by service
};

}  // namespace aiops::incident
