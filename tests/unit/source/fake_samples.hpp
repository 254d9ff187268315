// A source of samples that is made up: every sample it gives can be computed, so what a collection writes can
// be, too.
#pragma once

#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "base/time.hpp"
#include "scratch.hpp"
#include "source/collection.hpp"

namespace aiops::source {

// Series i of a part has the value i * 1000 + step number, where present() says so.
struct FakeSource : SampleSource {
  std::size_t series = 2;
  std::size_t largest = 1'000'000;  // steps that the server answers at once
  std::vector<Steps> asked;
  std::function<bool(std::size_t, Nanos)> present = [](std::size_t, Nanos) { return true; };
  std::function<void(const Steps&)> before = [](const Steps&) {};
  std::string extra_label;
  Nanos extra_from = std::numeric_limits<Nanos>::max();

  void fetch(std::size_t part, const Steps& steps, SeriesBook& book, SampleFrame& frame) override {
    before(steps);
    if (steps.count > largest) throw RangeTooLarge{"exceeded maximum resolution"};
    asked.push_back(steps);
    const auto mark = frame.mark();
    try {
      for (std::size_t i = 0; i < series; ++i) {
        record::SeriesKey key;
        key.fields = {
            {"service", "s"}, {"metric", "m" + std::to_string(part)}, {"labels.i", std::to_string(i)}};
        if (steps.last() >= extra_from) key.fields.emplace_back("labels." + extra_label, "x");
        bool started = false;
        for (std::size_t k = 0; k < steps.count; ++k) {
          const Nanos time = steps.first + static_cast<Nanos>(k) * steps.step;
          if (!present(i, time)) continue;
          if (!std::exchange(started, true)) frame.start_series(book.find(part, key));
          const auto number = static_cast<std::int64_t>(i) * 1000 + time / steps.step;
          frame.add(time, number % 7 == 0 ? "" : std::to_string(number));
        }
      }
    } catch (const FrameFull&) {
      frame.rewind(mark);
      throw;
    }
  }
};

struct Run {
  explicit Run(std::size_t parts = 1) {
    manifest.source = "fake";
    for (std::size_t i = 0; i < parts; ++i) {
      manifest.parts.emplace_back();
      manifest.parts.back().name = "m" + std::to_string(i);
    }
    options.start = 0;
    options.step = kSecond;
    options.output.path = scratch / "out";
  }
  Status run() { return Collection(options, source, manifest, said).run(); }
  std::string text() const { return read_file(scratch / "out"); }
  std::vector<std::string> lines() const {
    std::vector<std::string> all = split(text(), '\n');
    if (!all.empty() && all.back().empty()) all.pop_back();
    return all;
  }

  Scratch scratch;
  CollectionOptions options;
  FakeSource source;
  Manifest manifest;
  KeptDiagnostics said;
};

// What steps 0 to last of a run with two series and one part must give.
inline std::string expected(Nanos last) {
  std::string out;
  for (Nanos k = 0; k <= last; ++k) {
    for (int i = 0; i < 2; ++i) {
      const auto number = i * 1000 + k;
      out += "{\"timestamp\":\"" + format_time(k * kSecond) +
             "\",\"service\":\"s\",\"metric\":\"m0\",\"value\":" +
             (number % 7 == 0 ? "null" : std::to_string(number)) + ",\"labels\":{\"i\":\"" +
             std::to_string(i) + "\"}}\n";
    }
  }
  return out;
}

}  // namespace aiops::source
