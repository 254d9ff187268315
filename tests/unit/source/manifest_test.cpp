#include "source/manifest.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using source::Manifest;

namespace {

Manifest example() {
  Manifest manifest;
  manifest.source = "prometheus";
  manifest.url = "http://prom:9090";
  manifest.start = 0;
  manifest.end = kHour;
  manifest.step = 15 * kSecond;
  manifest.started = manifest.finished = kDay;
  Manifest::Part part;
  part.name = "cpu";
  part.what = "rate(x{a=\"b\"}[1m])";
  part.series = 12;
  part.records = 1234;
  part.requests = 3;
  part.first = 0;
  part.last = kHour;
  manifest.parts.push_back(part);
  return manifest;
}

}  // namespace

TEST_CASE("a complete manifest says so in one line") {
  Manifest manifest = example();
  CHECK(manifest.summary() == "prometheus: 1 query, 12 series, 1,234 samples: complete");
  CHECK(manifest.status() == Status::done);
  manifest.parts[0].gaps = 2;
  manifest.parts[0].gap_steps = 5;
  manifest.parts[0].missing_values = 1000;
  manifest.parts[0].retries = 1;
  CHECK(manifest.warn("slow"));
  CHECK_FALSE(manifest.warn("slow"));
  CHECK(manifest.summary() ==
        "prometheus: 1 query, 12 series, 1,234 samples (1,000 without a value), 2 gaps (5 steps), 1 retry, 1 "
        "warning by "
        "the server: complete");
}

TEST_CASE("what is missing makes the status and stands in the line") {
  Manifest manifest = example();
  manifest.problems = {"query a returned no series", "query b returned no series"};
  manifest.missing.push_back({0, kMinute, "no connection"});
  manifest.cut("the server's limit");
  manifest.cut("the server's limit");
  CHECK(manifest.truncated.size() == 1);
  CHECK(manifest.status() == Status::backend);
  CHECK(
      manifest.summary().ends_with(": incomplete: query a returned no series; query b returned no series; "
                                   "the server's limit; and 1 more"));
}

TEST_CASE("the manifest as JSON") {
  Manifest manifest = example();
  manifest.missing.push_back({kMinute, kHour, "no \"connection\""});
  manifest.parts.push_back({});
  CHECK(manifest.json() == R"json({
  "source": "prometheus",
  "url": "http://prom:9090",
  "started": "1970-01-02T00:00:00Z",
  "finished": "1970-01-02T00:00:00Z",
  "asked": {"start": "1970-01-01T00:00:00Z", "end": "1970-01-01T01:00:00Z", "step": "15s"},
  "record": "sample",
  "told_by": "environment",
  "parts": [
    {"name": "cpu", "asked": "rate(x{a=\"b\"}[1m])", "series": 12, "records": 1234, "missing_values": 0, "gaps": 0, "gap_steps": 0, "requests": 3, "retries": 0, "first": "1970-01-01T00:00:00Z", "last": "1970-01-01T01:00:00Z"},
    {"name": "", "series": 0, "records": 0, "missing_values": 0, "gaps": 0, "gap_steps": 0, "requests": 0, "retries": 0, "first": null, "last": null}
  ],
  "series": 12,
  "records": 1234,
  "missing_values": 0,
  "gaps": 0,
  "gap_steps": 0,
  "requests": 3,
  "retries": 0,
  "missing": [
    {"from": "1970-01-01T00:01:00Z", "to": "1970-01-01T01:00:00Z", "why": "no \"connection\""}
  ],
  "truncated": [],
  "warnings": [],
  "problems": [],
  "complete": false
}
)json");
}
