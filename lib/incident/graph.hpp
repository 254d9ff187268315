// Who calls whom: the graph of services, from what each source knows, in order of trust: spans, a file, the
// metrics of a mesh, lagged correlation.
//
// A call that several sources know has the count of the most trusted one. Calls that were learned from
// correlation are a guess: they count only between services of which no other source knows a call. Circles
// are legal: services do call each other.
//
// Services are known by their names. Memory is bounded: beyond Limits nothing new is taken, and refused()
// says so. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "record/series.hpp"

namespace aiops::incident {

enum class Trust : std::uint8_t { learned, mesh, file, spans };  // the later, the more
std::string_view trust_name(Trust trust);

// One end of a call, seen from the other.
struct Call {
  std::string service;
  double calls = 0;  // how many were seen, of the source's own count
  Trust trust = Trust::learned;
};

class Graph {
 public:
  struct Limits {
    std::size_t services = 10'000, calls = 100'000;
  };
  Graph() = default;
  explicit Graph(Limits limits) : limits_(limits) {}

  // calls: how many more; not above 0 is taken for 1. Names that are empty or "unknown" and calls of oneself
  // are passed over.
  void add_call(std::string_view caller, std::string_view callee, double calls, Trust trust);

  // Takes what a mesh's counter of requests says: a metric whose name has "request" with labels of both ends
  // (source_workload and destination_workload, or source_… and destination_… with service, service_name,
  // canonical_service or app), as istio_requests_total; or the rows of callers of aiops-features spans
  // (service, labels.caller, request_count). The value counts from 0, or from where it fell. False if it is
  // none of these.
  bool add_metric(const record::SeriesKey& key, double value);

  // All services that were named, sorted.
  std::vector<std::string> services() const;
  // Sorted by service.
  std::vector<Call> callers(std::string_view service) const;
  std::vector<Call> callees(std::string_view service) const;
  // Callers and callees, each once, sorted.
  std::vector<std::string> neighbours(std::string_view service) const;
  bool are_neighbours(std::string_view a, std::string_view b) const;
  // True if a calls b, or somebody who is upstream of b. Also within a circle; never of a service and itself.
  bool is_upstream(std::string_view a, std::string_view b) const;
  // How much two services have in common: for each caller that both have the share that one of its callees
  // is, and for each callee that both have the share that one of its callers is. So a service that calls, or
  // is called by, everything says little. (The resource allocation index of Zhou, Lue and Zhang, The European
  // Physical Journal B 71 (2009), 623-630.)
  double affinity(std::string_view a, std::string_view b) const;
  // Whether there is a service that both call.
  bool share_callee(std::string_view a, std::string_view b) const;
  // Which part of the caller's calls goes to the callee, 0 to 1.
  double share(std::string_view caller, std::string_view callee) const;

  // Whether something better than correlation knows a call of the service, or of any: only then does it say
  // something that no call is known.
  bool knows(std::string_view service) const;
  bool knows_any() const { return trusted_; }
  bool empty() const { return edges_.empty(); }
  std::uint64_t refused() const { return refused_; }

 private:
  using Id = std::uint32_t;
  static constexpr Id kNone = ~0u;
  struct Node {
    std::string name;
    std::vector<Id> callers, callees;
    bool trusted = false;  // somebody better than correlation knows a call of it
  };
  using Counts = std::array<double, 4>;  // by Trust

  Id find(std::string_view service) const;
  Id intern(std::string_view service);
  const Counts* counts(Id caller, Id callee) const;
  // Whether the call counts, and as what.
  bool visible(Id caller, Id callee, Call& call) const;
  std::size_t degree(Id service, bool callers) const;
  double in_common(Id a, Id b, bool callers) const;
  std::vector<Call> ends(std::string_view service, bool callers) const;

  Limits limits_;
  std::vector<Node> nodes_;
  std::unordered_map<std::string, Id> ids_;
  std::map<std::pair<Id, Id>, Counts> edges_;
  std::unordered_map<std::string, double> counters_;  // of a mesh: the newest value
  std::uint64_t refused_ = 0;
  bool trusted_ = false;  // any of nodes_ is
};

}  // namespace aiops::incident
