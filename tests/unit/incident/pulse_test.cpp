#include "incident/pulse.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "base/random.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::at;
using testing::Stream;

namespace {

constexpr Nanos kWindow = 4 * kMinute;

// False alarms of a fleet, each of another service, so many an hour.
template <typename Take>
void alarms(double hourly, double hours, const Take& take) {
  Random random(1);
  double seconds = 0;
  for (int i = 0; seconds < 3600 * hours; ++i) {
    seconds += -std::log(1 - random.uniform()) * 3600 / hourly;
    take("s" + std::to_string(i % 200), seconds);
  }
}

}  // namespace

TEST_CASE("what is near in time says the less the more often that is so by chance") {
  Pulse quiet(kWindow, kMinute), noisy(kWindow, kMinute);
  CHECK(quiet.telling(kWindow) == kWindow);
  alarms(1, 24, [&](const std::string& service, double seconds) { quiet.sign(service, at(seconds), true); });
  CHECK(quiet.telling(kWindow) == kWindow);
  alarms(60, 24, [&](const std::string& service, double seconds) { noisy.sign(service, at(seconds), true); });
  // A minute between them on average: in 13 s comes one of five.
  CHECK(noisy.telling(kWindow) > 8 * kSecond);
  CHECK(noisy.telling(kWindow) < 20 * kSecond);
  CHECK(noisy.telling(5 * kSecond) == 5 * kSecond);
}

TEST_CASE("many signs at once are one moment") {
  Pulse pulse(kWindow, kMinute);
  for (int hour = 0; hour < 24; ++hour) {
    for (int i = 0; i < 60; ++i) pulse.sign("s" + std::to_string(i), at(3600.0 * hour + i), true);
  }
  CHECK(pulse.telling(kWindow) == kWindow);
}

TEST_CASE("first signs are those of services that had none for long, and met the rule") {
  Pulse pulse(kWindow, kMinute);
  pulse.sign("a", at(0), true);
  pulse.sign("a", at(200), true);
  pulse.sign("b", at(210), false);
  pulse.sign("b", at(220), true);
  pulse.sign("c", at(230), true);
  CHECK(pulse.first_since(at(180)) == std::vector<std::string>{"b", "c"});
  CHECK(pulse.first_since(at(225)) == std::vector<std::string>{"c"});
}

TEST_CASE(
    "false alarms of a fleet do not chain into one incident without an end, and a change of all is one") {
  Stream stream;
  double last = 0;
  alarms(60, 6, [&](const std::string& service, double seconds) {
    stream.row(service, "cpu", seconds, 2);
    last = seconds;
  });
  stream.incidents.finish();
  std::size_t late = 0, most = 0;
  for (const Incident& one : stream.opened()) late += one.start > at(3 * 3600);
  for (const auto& [event, one] : stream.told)
    if (one.start > at(3 * 3600)) most = std::max(most, one.services.size());
  CHECK(late > 90);  // of 180
  CHECK(most <= 8);
  for (int i = 0; i < 180; ++i)
    for (const char* metric : {"cpu", "memory", "latency"})
      stream.row("s" + std::to_string(i), metric, last + 5 + 0.1 * i, 3);
  stream.incidents.finish();
  std::size_t wide = 0, services = 0;
  for (const Incident& one : stream.open()) {
    wide += one.fleet_wide();
    services = std::max(services, one.services.size());
  }
  CHECK(wide == 1);
  CHECK(services >= 170);  // though there is room for 200 of the 540 series
}
