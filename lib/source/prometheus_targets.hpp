// Several servers with the Prometheus API as one source: one that fails does not stop the others.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "source/prometheus.hpp"

namespace aiops::source {

class PrometheusTargets : public SampleSource {
 public:
  // options.server is not looked at. One server without an environment is asked as if it stood alone: its
  // failures go to the caller.
  PrometheusTargets(const PrometheusOptions& options, const std::vector<ServerOptions>& servers,
                    Manifest& manifest, Diagnostics& diagnostics);

  // Parts are those of the manifest: all queries of the first target, then those of the next. What a target
  // cannot give is entered in the manifest as missing, once the frame is complete. When no target gives
  // anything, the last failure is thrown.
  void prepare(Nanos start, Nanos end) override;
  void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) override;
  // One server alone may be asked twice at a time.
  std::unique_ptr<SampleSource> second(std::mutex& turn) override {
    return alone() ? targets_.front().source->second(turn) : nullptr;
  }
  void fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame);

  // As those of PrometheusSource, of all targets together.
  std::vector<std::string> series(Nanos start, Nanos end);
  std::vector<std::string> services();

 private:
  struct Target {
    std::string environment;
    std::unique_ptr<PrometheusSource> source;
    std::size_t first_part;
    bool failed = false;  // in this frame
    bool down = false;    // it has been said, and not been well since
  };
  void guarded(std::size_t part, Manifest::Range range, SampleFrame& frame,
               const std::function<void(PrometheusSource&, std::size_t part)>& fetch);
  void fail(Target& target, const net::HttpError& error);
  void conclude();
  std::vector<std::string> united(const std::function<std::vector<std::string>(PrometheusSource&)>& list);
  bool alone() const { return targets_.size() == 1 && targets_.front().environment.empty(); }

  Manifest& manifest_;
  Diagnostics& diagnostics_;
  std::vector<Target> targets_;
  SampleFrame::Mark mark_{};              // where the current target's samples begin
  std::vector<Manifest::Range> missing_;  // of this frame
};

}  // namespace aiops::source
