#include "feature/requests.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "feature/window_start.hpp"

using namespace aiops;
using namespace aiops::feature;

namespace {

struct Emitted {
  Nanos start;
  std::uint32_t key;
  RequestRow row;
};

struct Collected {
  std::vector<Emitted> rows;
  RequestWindows::Emit emit() {
    return [this](Nanos start, std::uint32_t key, const RequestRow& row) {
      rows.push_back({start, key, row});
    };
  }
};

Request at(int second, double duration = 1, int status = 200, bool error = false) {
  return {second * kSecond, duration, status, error};
}

}  // namespace

// Mean, deviation and median: numpy 1.24, mean(), std(ddof=1), median() of the six durations; the rest by
// hand.
TEST_CASE("a window's ten features") {
  Collected out;
  RequestWindows windows({kMinute, 0, false}, out.emit());
  const double durations[] = {12.5, 3.0, 8.0, 8.0, 40.25, 1.0};
  const int statuses[] = {200, 200, 404, 500, 503, 200};
  for (int i = 0; i < 6; ++i) windows.add(0, at(i, durations[i], statuses[i], statuses[i] >= 500));
  CHECK(out.rows.empty());
  windows.flush();
  REQUIRE(out.rows.size() == 1);
  const RequestRow expected = {6, 12.125, 14.368150542084392, 1, 40.25, 8, 2, 2.0 / 6, 4, 6};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(kRequestFeatures[i]);
    CHECK(out.rows[0].row[i] == doctest::Approx(expected[i]).epsilon(1e-12));
  }
}

TEST_CASE("the rate is a minute's, whatever the window; one request has no deviation") {
  Collected out;
  RequestWindows windows({10 * kSecond, 0, false}, out.emit());
  windows.add(0, at(3));
  windows.flush();
  CHECK(out.rows[0].row[9] == 6);
  CHECK(out.rows[0].row[2] == 0);
}

TEST_CASE("windows close by their key's clock; what is late is counted") {
  Collected out;
  RequestWindows windows({10 * kSecond, 5 * kSecond, false}, out.emit());
  windows.add(1, at(1));
  windows.add(0, at(2));
  windows.add(0, at(12));
  windows.add(0, at(14));
  CHECK(out.rows.empty());  // the clock of 0 is at 9 s
  windows.add(0, at(9));    // late by 5 s: in time
  windows.add(0, at(15));
  REQUIRE(out.rows.size() == 1);
  CHECK(out.rows[0].key == 0);
  CHECK(out.rows[0].row[0] == 2);
  windows.add(0, at(9));
  CHECK(windows.late() == 1);
  windows.flush();
  REQUIRE(out.rows.size() == 3);
  CHECK(out.rows[1].key == 1);
  CHECK(out.rows[2].start == 10 * kSecond);
  CHECK(out.rows[2].row[0] == 3);
}

TEST_CASE("a key that falls silent is closed as the stream goes on") {
  Collected out;
  RequestWindows windows({10 * kSecond, 5 * kSecond, false}, out.emit());
  windows.add(1, at(4));
  for (int second = 5; second < 40; ++second) windows.add(0, at(second));
  // Its clock is at 4 s plus what the stream went on since, 26 s less a window of 10 when the window of 30 s
  // began, less 5 s.
  CHECK(std::count_if(out.rows.begin(), out.rows.end(), [](const Emitted& row) { return row.key == 1; }) ==
        1);
  CHECK(windows.late() == 0);
}

TEST_CASE("logs that come one after another lose nothing, and give the rows that they give when mixed") {
  const auto rows = [](bool mixed) {
    Collected out;
    RequestWindows windows({10 * kSecond, kSecond, false}, out.emit());
    for (int i = 0; i < 200; ++i) windows.add(mixed ? i % 2 : i / 100, at(mixed ? i / 2 : i % 100));
    windows.flush();
    CHECK(windows.late() == 0);
    std::vector<std::tuple<Nanos, std::uint32_t, double>> got;
    for (const auto& row : out.rows) got.emplace_back(row.start, row.key, row.row[0]);
    std::sort(got.begin(), got.end());
    return got;
  };
  CHECK(rows(true).size() == 20);
  CHECK(rows(true) == rows(false));
}

TEST_CASE("quiet windows are written when asked for, from a key's first window on") {
  Collected out;
  RequestWindows windows({10 * kSecond, 0, true}, out.emit());
  windows.add(0, at(5));
  windows.add(1, at(25));
  windows.add(0, at(45));
  windows.flush();
  std::vector<std::tuple<int, int, int>> got;
  for (const auto& r : out.rows) got.emplace_back(r.start / kSecond, r.key, r.row[0]);
  CHECK(got ==
        std::vector<std::tuple<int, int, int>>{
            {0, 0, 1}, {10, 0, 0}, {20, 0, 0}, {20, 1, 1}, {30, 0, 0}, {30, 1, 0}, {40, 0, 1}, {40, 1, 0}});
  CHECK(std::isnan(out.rows[1].row[1]));
  CHECK(out.rows[1].row[7] == 0);
}

TEST_CASE("beyond what is kept, the median is of an even sample") {
  Collected out;
  RequestWindows windows({kMinute, 0, false}, out.emit());
  const int n = 400'000;
  for (int i = 0; i < n; ++i) windows.add(0, at(1, i));
  windows.flush();
  CHECK(out.rows[0].row[0] == n);
  // The median of 65,536 of them has a standard error of n / (2 * sqrt(65,536)) = 781.
  CHECK(std::abs(out.rows[0].row[5] - n / 2.0) < 5 * 781);
}

TEST_CASE("windows begin at multiples of their length, before 1970 too") {
  CHECK(window_start(61 * kSecond, kMinute) == kMinute);
  CHECK(window_start(-1, kMinute) == -kMinute);
  CHECK(window_start(-kMinute, kMinute) == -kMinute);
}
