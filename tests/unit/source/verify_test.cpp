// Counting again what a manifest says.
#include "source/verify.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "source/manifest.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

Manifest two_queries() {
  Manifest manifest;
  manifest.source = "prometheus";
  manifest.by_metric = true;
  manifest.start = 10 * kSecond;
  manifest.parts.resize(2);
  manifest.parts[0].name = "cpu";
  manifest.parts[0].records = 3;
  manifest.parts[0].missing_values = 1;
  manifest.parts[0].first = 10 * kSecond;
  manifest.parts[0].last = 30 * kSecond;
  manifest.parts[1].name = "mem";
  manifest.parts[1].environment = "eu";
  return manifest;
}

Recount recount_of(const Manifest& manifest) { return Recount(read_manifest(manifest.json(), "m")); }

void add_cpu(Recount& recount) {
  recount.add("cpu", "", 20 * kSecond, true);
  recount.add("cpu_count", "", 10 * kSecond, false);
  recount.add("cpu", "", 30 * kSecond, false);
}

}  // namespace

TEST_CASE("what is as the manifest says has no differences") {
  Recount recount = recount_of(two_queries());
  add_cpu(recount);
  CHECK(recount.differences().empty());
  CHECK(recount.records() == 3);
}

TEST_CASE("what differs is told part by part") {
  Recount recount = recount_of(two_queries());
  recount.add("cpu", "", 11 * kSecond, false);
  recount.add("mem", "eu", 12 * kSecond, false);
  recount.add("disk", "us", 12 * kSecond, false);
  CHECK(recount.differences() ==
        std::vector<std::string>{
            "cpu: 1 record, and the manifest says 3",
            "cpu: 0 records without a value, and the manifest says 1",
            "cpu: the oldest is of 1970-01-01T00:00:11Z, and the manifest says 1970-01-01T00:00:10Z",
            "cpu: the newest is of 1970-01-01T00:00:11Z, and the manifest says 1970-01-01T00:00:30Z",
            "disk at us: 1 record, and the manifest has no such part",
            "mem at eu: 1 record, and the manifest says 0",
            "mem at eu: the oldest is of 1970-01-01T00:00:12Z, and the manifest says none",
            "mem at eu: the newest is of 1970-01-01T00:00:12Z, and the manifest says none"});
}

TEST_CASE("records of a run before are not counted, where the run went on with a file") {
  Manifest manifest = two_queries();
  manifest.resumed = true;
  Recount recount = recount_of(manifest);
  recount.add("cpu", "", 9 * kSecond, false);
  add_cpu(recount);
  CHECK(recount.differences().empty());
  CHECK(recount.earlier() == 1);
}

TEST_CASE("logs are compared by target, all queries together") {
  Manifest manifest = two_queries();
  manifest.by_metric = false;
  manifest.records = "log record";
  manifest.parts[1].environment.clear();
  manifest.parts[1].records = 1;
  manifest.parts[1].first = manifest.parts[1].last = 40 * kSecond;
  Recount recount = recount_of(manifest);
  for (const Nanos time : {10, 20, 30, 40}) recount.add("", "", time * kSecond, true);
  CHECK(recount.differences().empty());
  recount.add("", "", 41 * kSecond, true);
  CHECK(recount.differences() ==
        std::vector<std::string>{
            "all: 5 records, and the manifest says 4",
            "all: the newest is of 1970-01-01T00:00:41Z, and the manifest says 1970-01-01T00:00:40Z"});
  manifest.resumed = true;
  Recount more = recount_of(manifest);
  for (const Nanos time : {1, 10, 20, 30, 40}) more.add("", "", time * kSecond, true);
  CHECK(more.differences().empty());
}

TEST_CASE("what is no manifest is refused") {
  for (const char* text :
       {"", "[]", "{}", R"({"source":"x"})", R"({"source":"x","parts":[{"records":-1}]})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(read_manifest(text, "m"), InputError);
  }
}
