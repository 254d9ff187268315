#include "source/prometheus_targets.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"

namespace aiops::source {

PrometheusTargets::PrometheusTargets(const PrometheusOptions& options,
                                     const std::vector<ServerOptions>& servers, Manifest& manifest,
                                     Diagnostics& diagnostics)
    : manifest_(manifest), diagnostics_(diagnostics) {
  for (const ServerOptions& server : servers) {
    PrometheusOptions own = options;
    own.server = server;
    const std::size_t first = manifest.parts.size();
    targets_.push_back(
        {server.environment, std::make_unique<PrometheusSource>(own, manifest, diagnostics), first});
  }
}

void PrometheusTargets::prepare(Nanos start, Nanos end) {
  for (Target& target : targets_) {
    try {
      target.source->prepare(start, end);
    } catch (const net::HttpError& error) {
      if (alone()) throw;
      fail(target, error);
    }
  }
}

void PrometheusTargets::fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) {
  guarded(part, {steps.first, steps.last(), "", ""}, frame,
          [&](PrometheusSource& source, std::size_t own) { source.fetch(own, steps, book, frame); });
}

void PrometheusTargets::fetch_instant(std::size_t part, Nanos time, SeriesBook& book, SampleFrame& frame) {
  guarded(part, {time, time, "", ""}, frame,
          [&](PrometheusSource& source, std::size_t own) { source.fetch_instant(own, time, book, frame); });
}

void PrometheusTargets::guarded(std::size_t part, Manifest::Range range, SampleFrame& frame,
                                const std::function<void(PrometheusSource&, std::size_t)>& fetch) {
  if (alone()) return fetch(*targets_.front().source, part);
  if (part == 0) missing_.clear();
  const auto target = std::find_if(targets_.rbegin(), targets_.rend(),
                                   [part](const Target& one) { return one.first_part <= part; });
  if (part == target->first_part) {
    target->failed = false;
    mark_ = frame.mark();
  }
  if (!target->failed) {
    try {
      fetch(*target->source, part - target->first_part);
      if (target->down && part + 1 == target->first_part + target->source->parts()) {
        diagnostics_.info(fmt::format("{} answers again", target->environment));
        target->down = false;
        target->source->try_again(true);
      }
    } catch (const net::HttpError& error) {
      frame.rewind(mark_);
      range.why = error.what();
      range.environment = target->environment;
      missing_.push_back(std::move(range));
      fail(*target, error);
    }
  }
  if (part + 1 == manifest_.parts.size()) conclude();
}

void PrometheusTargets::fail(Target& target, const net::HttpError& error) {
  target.failed = true;
  if (target.down) return;
  target.down = true;
  target.source->try_again(false);  // not to keep the others waiting
  diagnostics_.warn(fmt::format("{}: {}; the other targets go on", target.environment, error.what()));
}

// The frame is complete: what is missing of it is entered, joined with what was missing just before.
void PrometheusTargets::conclude() {
  if (missing_.size() == targets_.size()) {
    const std::string why = missing_.back().why;
    missing_.clear();
    throw net::HttpError(fmt::format("no target answers: {}", why), 0, true);
  }
  for (Manifest::Range& range : missing_) {
    const auto before = std::find_if(manifest_.missing.rbegin(), manifest_.missing.rend(),
                                     [&](const auto& one) { return one.environment == range.environment; });
    const bool joins = before != manifest_.missing.rend() && manifest_.step != 0 &&
                       before->to + manifest_.step == range.from;
    if (joins) {
      before->to = range.to;
    } else {
      manifest_.missing.push_back(std::move(range));
    }
  }
  missing_.clear();
}

std::vector<std::string> PrometheusTargets::united(
    const std::function<std::vector<std::string>(PrometheusSource&)>& list) {
  std::vector<std::string> all;
  std::size_t failures = 0;
  for (Target& target : targets_) {
    try {
      const std::vector<std::string> own = list(*target.source);
      all.insert(all.end(), own.begin(), own.end());
    } catch (const net::HttpError& error) {
      if (++failures == targets_.size()) throw;
      fail(target, error);
      manifest_.problems.push_back(fmt::format("{}: {}", target.environment, error.what()));
    }
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::string> PrometheusTargets::series(Nanos start, Nanos end) {
  return united([&](PrometheusSource& source) { return source.series(start, end); });
}

std::vector<std::string> PrometheusTargets::services() {
  return united([](PrometheusSource& source) { return source.services(); });
}

}  // namespace aiops::source
