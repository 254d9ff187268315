#include "base/stop.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <limits>
#include <thread>

#include "base/file.hpp"

namespace aiops {
namespace {

// Every case leaves the flag as it found it.
struct Unstopped {
  Unstopped() { request_stop(false); }
  ~Unstopped() { request_stop(false); }
};

}  // namespace

TEST_CASE("without a request a sleep comes to its end and a wait to its time-out") {
  const Unstopped unstopped;
  CHECK_FALSE(stop_requested());
  CHECK(sleep_unless_stopped(kMillisecond));
  CHECK(sleep_unless_stopped(0));
  CHECK(sleep_unless_stopped(-kSecond));
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  CHECK_FALSE(wait_readable(read_end.get(), kMillisecond));
  CHECK_FALSE(wait_readable(read_end.get(), 0));
  write_all(write_end.get(), "x", "pipe");
  CHECK(wait_readable(read_end.get(), -1));
  std::array<char, 8> buffer{};
  REQUIRE(::read(read_end.get(), buffer.data(), buffer.size()) == 1);
  write_end.reset();
  CHECK(wait_readable(read_end.get(), -1));  // the end can be read
}

TEST_CASE("a request wakes every sleeper and every waiter, and holds until it is taken back") {
  const Unstopped unstopped;
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  const Fd read_end(ends[0]), write_end(ends[1]);
  bool slept = true, readable = true;
  std::thread sleeper([&slept] { slept = sleep_unless_stopped(std::numeric_limits<Nanos>::max()); });
  std::thread waiter([&] { readable = wait_readable(read_end.get(), -1); });
  request_stop();
  sleeper.join();
  waiter.join();
  CHECK_FALSE(slept);
  CHECK_FALSE(readable);
  write_all(write_end.get(), "x", "pipe");
  CHECK_FALSE(wait_readable(read_end.get(), -1));
  CHECK_FALSE(sleep_unless_stopped(kHour));
  request_stop(false);
  CHECK_FALSE(stop_requested());
  CHECK(wait_readable(read_end.get(), -1));
}

TEST_CASE("a signal is a request to stop") {
  const Unstopped unstopped;
  install_stop_handlers();
  std::thread sender([] { ::kill(::getpid(), SIGTERM); });
  CHECK_FALSE(sleep_unless_stopped(std::numeric_limits<Nanos>::max()));
  sender.join();
  CHECK(stop_requested());
  // The second one would end the process.
  struct sigaction now {};
  ::sigaction(SIGTERM, nullptr, &now);
  CHECK((now.sa_handler == SIG_DFL));
  ::sigaction(SIGPIPE, nullptr, &now);
  CHECK((now.sa_handler == SIG_IGN));
  std::signal(SIGINT, SIG_DFL);
}

TEST_CASE("a signal that was ignored stays ignored") {
  const Unstopped unstopped;
  std::signal(SIGINT, SIG_IGN);
  install_stop_handlers();
  ::raise(SIGINT);
  CHECK_FALSE(stop_requested());
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
}

}  // namespace aiops
