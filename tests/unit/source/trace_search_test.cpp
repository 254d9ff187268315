#include "source/trace_search.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "source/span_buffer.hpp"

using namespace aiops;
using namespace aiops::source;

TEST_CASE("capture and recapture: the share of 10,000 that two searches found, one in two each") {
  CaptureRecapture estimate;
  CHECK(!estimate.share());
  Random random(7);
  std::uint64_t first = 0, second = 0, both = 0;
  for (int i = 0; i < 10'000; ++i) {
    const bool a = random.uniform() < 0.5, b = random.uniform() < 0.5;
    first += a;
    second += b;
    both += a && b;
  }
  estimate.add(first, second, both);
  CHECK(*estimate.share() == doctest::Approx(0.75).epsilon(0.02));
  CaptureRecapture whole;
  whole.add(10, 10, 10);
  CHECK(*whole.share() == 1);
}

TEST_CASE("slices: halved where there is too much, longer where there is little") {
  SliceWalk walk(kMinute, kSecond);
  CHECK(walk.end_of_slice(0, kHour) == kMinute);
  CHECK(walk.end_of_slice(0, 7 * kSecond) == 7 * kSecond);
  CHECK(walk.halve(0, 7 * kSecond));
  CHECK(walk.end_of_slice(0, kHour) == 3 * kSecond);  // whole seconds
  CHECK(walk.halve(0, 3 * kSecond));
  CHECK(!walk.halve(0, kSecond));
  CHECK(walk.end_of_slice(0, kHour) == kSecond);
  walk.adapt(10, 100);  // six times as much would do
  CHECK(walk.end_of_slice(0, kHour) == 6 * kSecond);
  walk.adapt(0, 100);
  CHECK(walk.end_of_slice(0, kHour) == 48 * kSecond);
  walk.adapt(90, 100);
  CHECK(walk.end_of_slice(0, kHour) == 32 * kSecond);
  for (int i = 0; i < 30; ++i) walk.adapt(0, 100);
  CHECK(walk.end_of_slice(0, 100 * kDay) == 7 * kDay);
}

TEST_CASE("the buffer of a slice: each span once, in the order of time; full, it says so") {
  struct Kept : RecordOut {
    std::string text;
    void log(const LogRecord&, std::string_view) override {}
    void span(const SpanRecord& s) override {
      text += std::to_string(s.time) + std::string(s.span_id) + std::string(s.service) +
              std::to_string(s.labels.size()) + " ";
    }
    void commit(Nanos) override {}
  } out;
  SpanBuffer buffer(4000);
  SpanRecord span;
  span.trace_id = "t";
  span.time = 5;
  span.span_id = "b";
  span.labels = {{"k", "v"}};
  buffer.add(span);
  buffer.add(span);
  span.service = "s";  // a server's with its client's id
  buffer.add(span);
  span.time = 3;
  span.span_id = "a";
  span.labels.clear();
  buffer.add(span);
  buffer.flush(out);
  CHECK((out.text == "3as0 5b1 5bs1 " || out.text == "3as0 5bs1 5b1 "));
  CHECK(buffer.bytes() == 0);
  const auto fill = [&] {
    for (int i = 0; i < 1000; ++i) {
      span.time = i;
      buffer.add(span);
    }
  };
  CHECK_THROWS_AS(fill(), SliceTooLarge);
}
