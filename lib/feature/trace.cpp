#include "feature/trace.hpp"

#include <algorithm>
#include <tuple>

namespace aiops::feature {
namespace {

using Kind = TraceSpan::Kind;

// Children of each span, in the order of time: those of span i are [first[i], first[i + 1]) of `all`.
struct Children {
  std::vector<std::uint32_t> first, all;

  explicit Children(const std::vector<std::uint32_t>& parent) : first(parent.size() + 1) {
    for (const std::uint32_t p : parent)
      if (p != Trace::kNone) ++first[p + 1];
    for (std::size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    all.resize(first.back());
    std::vector<std::uint32_t> at(first.begin(), first.end() - 1);
    for (std::uint32_t i = 0; i < parent.size(); ++i)
      if (parent[i] != Trace::kNone) all[at[parent[i]]++] = i;
  }
};

void sort_and_unite(Trace& trace) {
  const auto order = [](const TraceSpan& s) {
    return std::tuple(s.start, s.id, s.kind, s.service, s.duration);
  };
  std::sort(trace.spans.begin(), trace.spans.end(), [&](const TraceSpan& a, const TraceSpan& b) {
    return std::tuple(order(a), a.operation, a.error) < std::tuple(order(b), b.operation, b.error);
  });
  const auto end =
      std::unique(trace.spans.begin(), trace.spans.end(),
                  [&](const TraceSpan& a, const TraceSpan& b) { return a.id != 0 && order(a) == order(b); });
  trace.repeated = static_cast<std::uint64_t>(trace.spans.end() - end);
  trace.spans.erase(end, trace.spans.end());
}

// Where several spans have the id of a parent, the child's own service is meant, else who serves.
std::uint32_t choose(const std::vector<TraceSpan>& spans,
                     const std::vector<std::pair<std::uint64_t, std::uint32_t>>& ids, std::uint32_t child) {
  const TraceSpan& span = spans[child];
  std::uint32_t found = Trace::kNone;
  int best = -1;
  for (auto at = std::lower_bound(ids.begin(), ids.end(), std::pair(span.parent, std::uint32_t{0}));
       at != ids.end() && at->first == span.parent; ++at) {
    if (at->second == child) continue;
    const TraceSpan& other = spans[at->second];
    const int fit = 2 * (other.service == span.service) + (other.kind == Kind::server);
    if (fit > best) {
      best = fit;
      found = at->second;
    }
  }
  return found;
}

void find_parents(Trace& trace) {
  const std::vector<TraceSpan>& spans = trace.spans;
  std::vector<std::pair<std::uint64_t, std::uint32_t>> ids;
  for (std::uint32_t i = 0; i < spans.size(); ++i)
    if (spans[i].id != 0) ids.emplace_back(spans[i].id, i);
  std::sort(ids.begin(), ids.end());
  trace.parent.assign(spans.size(), Trace::kNone);
  trace.orphans = 0;
  for (std::uint32_t i = 0; i < spans.size(); ++i) {
    if (spans[i].parent != 0) trace.parent[i] = choose(spans, ids, i);
    if (spans[i].parent != 0 && trace.parent[i] == Trace::kNone) ++trace.orphans;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {  // an id that client and server share
    if (spans[ids[i].second].kind != Kind::server) continue;
    for (std::size_t j = i; j-- > 0 && ids[j].first == ids[i].first;)
      if (spans[ids[j].second].kind == Kind::client) trace.parent[ids[i].second] = ids[j].second;
    for (std::size_t j = i + 1; j < ids.size() && ids[j].first == ids[i].first; ++j)
      if (spans[ids[j].second].kind == Kind::client) trace.parent[ids[i].second] = ids[j].second;
  }
}

// A way up that meets itself is cut where it was entered.
void cut_circles(std::vector<std::uint32_t>& parent) {
  std::vector<std::uint32_t> seen(parent.size(), Trace::kNone);  // the walk that came by
  for (std::uint32_t walk = 0; walk < parent.size(); ++walk) {
    std::uint32_t at = walk;
    while (seen[at] == Trace::kNone) {
      seen[at] = walk;
      if (parent[at] == Trace::kNone) break;
      if (seen[parent[at]] == walk) {
        parent[at] = Trace::kNone;
        break;
      }
      at = parent[at];
    }
  }
}

}  // namespace

void take_apart(std::vector<TraceSpan> spans, Trace& trace) {
  trace.spans = std::move(spans);
  sort_and_unite(trace);
  find_parents(trace);
  cut_circles(trace.parent);
  const Children children(trace.parent);
  trace.self.resize(trace.spans.size());
  trace.root = Trace::kNone;
  for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
    const TraceSpan& span = trace.spans[i];
    Nanos covered = 0, upto = span.start;  // children's time, and where it ends
    for (std::uint32_t c = children.first[i]; c < children.first[i + 1]; ++c) {
      const TraceSpan& child = trace.spans[children.all[c]];
      const Nanos from = std::max(child.start, upto), to = std::min(child.end(), span.end());
      if (to <= from) continue;
      covered += to - from;
      upto = to;
    }
    trace.self[i] = span.duration - covered;
    if (trace.parent[i] != Trace::kNone) continue;
    // One without any parent, rather than one whose parent is missing.
    if (trace.root == Trace::kNone || (span.parent == 0 && trace.spans[trace.root].parent != 0))
      trace.root = i;
  }
}

std::vector<std::pair<std::uint32_t, Nanos>> critical_path(const Trace& trace) {
  Children children(trace.parent);
  for (std::size_t i = 0; i + 1 < children.first.size(); ++i) {  // last to end first
    std::stable_sort(
        children.all.begin() + children.first[i], children.all.begin() + children.first[i + 1],
        [&](std::uint32_t a, std::uint32_t b) { return trace.spans[a].end() > trace.spans[b].end(); });
  }
  struct Part {
    std::uint32_t span;
    Nanos from, to;
  };
  const TraceSpan& root = trace.spans[trace.root];
  std::vector<Part> open = {{trace.root, root.start, root.end()}};
  std::vector<std::pair<std::uint32_t, Nanos>> path;
  while (!open.empty()) {
    const auto [span, from, to] = open.back();
    open.pop_back();
    Nanos at = to, own = 0;
    for (std::uint32_t c = children.first[span]; c < children.first[span + 1]; ++c) {
      const TraceSpan& child = trace.spans[children.all[c]];
      const Nanos begin = std::max(child.start, from), end = std::min(child.end(), at);
      if (end <= begin) continue;
      own += at - end;
      open.push_back({children.all[c], begin, end});
      at = begin;
    }
    path.emplace_back(span, own + at - from);
  }
  std::sort(path.begin(), path.end());
  std::erase_if(path, [](const auto& part) { return part.second == 0; });
  return path;
}

}  // namespace aiops::feature
