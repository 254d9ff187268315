#include "incident/graph.hpp"

#include <algorithm>

#include "record/fields.hpp"

namespace aiops::incident {
namespace {

// Istio calls a caller outside of the mesh so.
constexpr std::string_view kUnknown = "unknown";

// The label of one end of a call, whatever the mesh calls it.
std::string_view end_of_call(const record::SeriesKey& key, std::string_view end) {
  for (const std::string_view what :
       {"workload", "service_name", "service", "canonical_service", "app", "deployment"}) {
    std::string name = "labels.";
    name.append(end).append("_").append(what);
    if (const std::string_view value = key.get(name); !value.empty()) return value;
  }
  return {};
}

bool ends_with(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::string_view trust_name(Trust trust) {
  constexpr std::array<std::string_view, 4> kNames = {"correlation", "mesh", "file", "spans"};
  return kNames[static_cast<std::size_t>(trust)];
}

Graph::Id Graph::find(std::string_view service) const {
  const auto at = ids_.find(std::string(service));
  return at == ids_.end() ? kNone : at->second;
}

Graph::Id Graph::intern(std::string_view service) {
  if (const Id id = find(service); id != kNone) return id;
  if (nodes_.size() >= limits_.services) return kNone;
  const Id id = static_cast<Id>(nodes_.size());
  nodes_.push_back({std::string(service), {}, {}, false});
  ids_.emplace(service, id);
  return id;
}

void Graph::add_call(std::string_view caller, std::string_view callee, double calls, Trust trust) {
  if (caller.empty() || callee.empty() || caller == callee || caller == kUnknown || callee == kUnknown)
    return;
  const Id from = intern(caller), to = intern(callee);
  if (from == kNone || to == kNone) {
    ++refused_;
    return;
  }
  auto at = edges_.find({from, to});
  if (at == edges_.end()) {
    if (edges_.size() >= limits_.calls) {
      ++refused_;
      return;
    }
    at = edges_.emplace(std::pair(from, to), Counts{}).first;
    nodes_[from].callees.push_back(to);
    nodes_[to].callers.push_back(from);
  }
  at->second[static_cast<std::size_t>(trust)] += calls > 0 ? calls : 1;
  if (trust != Trust::learned) trusted_ = nodes_[from].trusted = nodes_[to].trusted = true;
}

bool Graph::add_metric(const record::SeriesKey& key, double value) {
  const std::string_view metric = key.get(field::kMetric);
  if (metric.find("request") == std::string_view::npos || !(value >= 0)) return false;
  const std::string_view by_spans = key.get("labels.caller");
  if (!by_spans.empty() && ends_with(metric, "request_count")) {
    add_call(by_spans, key.get(field::kService), value, Trust::spans);
    return true;
  }
  // Durations and sizes of requests have the same labels; each request would count several times.
  for (const std::string_view other : {"duration", "bytes", "latency", "size", "_bucket", "_sum"})
    if (metric.find(other) != std::string_view::npos) return false;
  const std::string_view caller = end_of_call(key, "source"), callee = end_of_call(key, "destination");
  if (caller.empty() || callee.empty()) return false;
  std::string name = key.text();
  auto at = counters_.find(name);
  if (at == counters_.end()) {
    if (counters_.size() >= limits_.calls) {
      ++refused_;
      return true;
    }
    at = counters_.emplace(std::move(name), 0.0).first;
  }
  const double more = value >= at->second ? value - at->second : value;
  at->second = value;
  if (more > 0) add_call(caller, callee, more, Trust::mesh);
  return true;
}

const Graph::Counts* Graph::counts(Id caller, Id callee) const {
  const auto at = edges_.find({caller, callee});
  return at == edges_.end() ? nullptr : &at->second;
}

bool Graph::visible(Id caller, Id callee, Call& call) const {
  const Counts* const known = counts(caller, callee);
  if (known == nullptr) return false;
  for (std::size_t i = known->size(); i-- > 0;) {
    if ((*known)[i] <= 0) continue;
    call.calls = (*known)[i];
    call.trust = static_cast<Trust>(i);
    return call.trust != Trust::learned || (!nodes_[caller].trusted && !nodes_[callee].trusted);
  }
  return false;
}

bool Graph::knows(std::string_view service) const {
  const Id id = find(service);
  return id != kNone && nodes_[id].trusted;
}

std::vector<std::string> Graph::services() const {
  std::vector<std::string> names;
  for (const Node& node : nodes_) names.push_back(node.name);
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<Call> Graph::ends(std::string_view service, bool callers) const {
  std::vector<Call> found;
  const Id id = find(service);
  if (id == kNone) return found;
  for (const Id other : callers ? nodes_[id].callers : nodes_[id].callees) {
    Call call;
    if (!(callers ? visible(other, id, call) : visible(id, other, call))) continue;
    call.service = nodes_[other].name;
    found.push_back(std::move(call));
  }
  std::sort(found.begin(), found.end(), [](const Call& a, const Call& b) { return a.service < b.service; });
  return found;
}

std::vector<Call> Graph::callers(std::string_view service) const { return ends(service, true); }
std::vector<Call> Graph::callees(std::string_view service) const { return ends(service, false); }

std::vector<std::string> Graph::neighbours(std::string_view service) const {
  std::vector<std::string> names;
  for (const bool callers : {true, false})
    for (Call& call : ends(service, callers)) names.push_back(std::move(call.service));
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

bool Graph::are_neighbours(std::string_view a, std::string_view b) const {
  const Id from = find(a), to = find(b);
  Call call;
  return from != kNone && to != kNone && (visible(from, to, call) || visible(to, from, call));
}

bool Graph::is_upstream(std::string_view a, std::string_view b) const {
  const Id from = find(a), to = find(b);
  if (from == kNone || to == kNone || from == to) return false;
  std::vector<bool> seen(nodes_.size());
  std::vector<Id> open = {from};
  seen[from] = true;
  while (!open.empty()) {
    const Id at = open.back();
    open.pop_back();
    for (const Id next : nodes_[at].callees) {
      Call call;
      if (seen[next] || !visible(at, next, call)) continue;
      if (next == to) return true;
      seen[next] = true;
      open.push_back(next);
    }
  }
  return false;
}

std::size_t Graph::degree(Id service, bool callers) const {
  const std::vector<Id>& others = callers ? nodes_[service].callers : nodes_[service].callees;
  return static_cast<std::size_t>(std::count_if(others.begin(), others.end(), [&](Id other) {
    Call call;
    return callers ? visible(other, service, call) : visible(service, other, call);
  }));
}

double Graph::in_common(Id a, Id b, bool callers) const {
  double sum = 0;
  for (const Id other : callers ? nodes_[a].callers : nodes_[a].callees) {
    Call call;
    const auto calls = [&](Id one) {
      return callers ? visible(other, one, call) : visible(one, other, call);
    };
    if (other != b && calls(a) && calls(b)) sum += 1.0 / static_cast<double>(degree(other, !callers));
  }
  return sum;
}

double Graph::affinity(std::string_view a, std::string_view b) const {
  const Id one = find(a), other = find(b);
  if (one == kNone || other == kNone || one == other) return 0;
  return in_common(one, other, true) + in_common(one, other, false);
}

bool Graph::share_callee(std::string_view a, std::string_view b) const {
  const Id one = find(a), other = find(b);
  return one != kNone && other != kNone && one != other && in_common(one, other, false) > 0;
}

double Graph::share(std::string_view caller, std::string_view callee) const {
  double all = 0, these = 0;
  for (const Call& call : callees(caller)) {
    all += call.calls;
    if (call.service == callee) these = call.calls;
  }
  return all > 0 ? these / all : 0;
}

}  // namespace aiops::incident
