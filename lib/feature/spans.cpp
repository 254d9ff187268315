#include "feature/spans.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "feature/window_start.hpp"

namespace aiops::feature {
namespace {

constexpr Nanos kSweeps = 8;  // a trace_timeout

double milliseconds(Nanos time) { return static_cast<double>(time) / 1e6; }

}  // namespace

double SpanWindows::quantile(const std::vector<double>& sorted, double p) {
  if (sorted.empty()) return NAN;
  const double place = p * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

void SpanWindows::Sums::add(const TraceSpan& span, Nanos self_time, Random& random) {
  const double x = milliseconds(span.duration);
  ++count;
  errors += span.error;
  duration += x;
  self += milliseconds(self_time);
  if (durations.size() < kExact) {
    durations.push_back(x);
  } else if (const auto at = static_cast<std::uint64_t>(random.uniform() * static_cast<double>(count));
             at < kExact) {
    durations[at] = x;  // reservoir sampling (Vitter 1985, algorithm R)
  }
}

SpanRow SpanWindows::Sums::row(Nanos window) {
  std::sort(durations.begin(), durations.end());
  const double n = static_cast<double>(count), failed = static_cast<double>(errors);
  return {n,
          failed,
          failed / n,
          duration / n,
          quantile(durations, 0.5),
          quantile(durations, 0.95),
          quantile(durations, 0.99),
          n * static_cast<double>(kMinute) / static_cast<double>(window),
          self / n,
          self};
}

void SpanWindows::add(std::string_view trace, const TraceSpan& span) {
  if (trace.empty()) {
    ++out_of_trace_;
    return;
  }
  if (closed_ != kNoTime && span.start < closed_) {
    ++late_;
    return;
  }
  name_.assign(trace);
  const auto [place, added] = open_.try_emplace(name_);
  Open& open = place->second;
  open.oldest = added ? span.start : std::min(open.oldest, span.start);
  open.newest = added ? span.start : std::max(open.newest, span.start);
  open.spans.push_back(span);
  ++spans_;
  newest_ = std::max(newest_, span.start);
  if (spans_ > options_.max_spans) make_room();
  if (swept_ == kNoTime) swept_ = newest_;
  if (newest_ - swept_ >= std::max<Nanos>(options_.trace_timeout / kSweeps, 1)) sweep(false);
}

void SpanWindows::flush() {
  if (newest_ == kNoTime) return;
  sweep(true);
  if (!windows_.empty()) close_windows(windows_.rbegin()->first + options_.window);
}

// Completes the traces whose time is over, then the windows that no trace can reach any more.
void SpanWindows::sweep(bool all) {
  swept_ = newest_;
  std::vector<Traces::iterator> over;
  Nanos reach = newest_ - options_.trace_timeout;
  for (auto it = open_.begin(); it != open_.end(); ++it) {
    const Open& open = it->second;
    if (all || newest_ - open.newest >= options_.trace_timeout ||
        newest_ - open.oldest >= kLongestTrace * options_.trace_timeout) {
      over.push_back(it);
    } else {
      reach = std::min(reach, open.oldest);
    }
  }
  complete(over);
  if (!all) close_windows(window_start(reach, options_.window));
}

// The traces that were quiet for longest go, until a quarter of the room is free.
void SpanWindows::make_room() {
  std::vector<Traces::iterator> all;
  for (auto it = open_.begin(); it != open_.end(); ++it) all.push_back(it);
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return std::tie(a->second.newest, a->first) < std::tie(b->second.newest, b->first);
  });
  std::size_t left = spans_, taken = 0;
  while (taken < all.size() && left > options_.max_spans / 4 * 3) left -= all[taken++]->second.spans.size();
  all.resize(taken);
  cut_ += taken;
  complete(all);
}

void SpanWindows::complete(std::vector<Traces::iterator>& traces) {
  std::sort(traces.begin(), traces.end(), [](const auto& a, const auto& b) {
    return std::tie(a->second.oldest, a->first) < std::tie(b->second.oldest, b->first);
  });
  for (const Traces::iterator& it : traces) {
    spans_ -= it->second.spans.size();
    take_apart(std::move(it->second.spans), trace_);
    repeated_ += trace_.repeated;
    orphans_ += trace_.orphans;
    options_.traces ? receiver_.trace(it->first, trace_) : use(trace_);
    open_.erase(it);
  }
}

void SpanWindows::use(const Trace& trace) {
  for (std::size_t i = 0; i < trace.spans.size(); ++i) {
    const TraceSpan& span = trace.spans[i];
    Window& window = windows_[window_start(span.start, options_.window)];
    window.operations[span.operation].add(span, trace.self[i], random_);
    if (trace.parent[i] == Trace::kNone) continue;
    const TraceSpan& caller = trace.spans[trace.parent[i]];
    if (caller.service != span.service)
      window.edges[{caller.service, span.service}].add(span, trace.self[i], random_);
  }
}

void SpanWindows::close_windows(Nanos end) {
  while (!windows_.empty() && windows_.begin()->first < end) {
    auto& [start, window] = *windows_.begin();
    for (auto& [operation, sums] : window.operations)
      receiver_.operation(start, operation, sums.row(options_.window));
    for (auto& [edge, sums] : window.edges)
      receiver_.edge(start, edge.first, edge.second, sums.row(options_.window));
    windows_.erase(windows_.begin());
  }
  if (closed_ == kNoTime || end > closed_) closed_ = end;
}

}  // namespace aiops::feature
