#include "deliver/exec_hook.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::deliver;

TEST_CASE("a hook gets the incident on its standard input, and nothing of it on its command line") {
  const Scratch scratch;
  ExecOptions options;
  options.command = "cat > " + scratch.file("got") + "; echo done >&2";
  options.dry_run = false;
  ExecHook hook(options);
  const auto one = incident("x", 1, "open", R"(,"logs":[{"message":"$(touch /tmp/no); `id`"}])");
  const Outcome outcome = hook.send(message_for(one));
  CHECK(outcome.result == Outcome::sent);
  CHECK(outcome.why == "done");
  CHECK(read_file(scratch.file("got")) == one->json + "\n");
}

TEST_CASE("a hook that is not set to run only says what it would do") {
  const Scratch scratch;
  ExecOptions options;
  options.command = "touch " + scratch.file("got");
  ExecHook hook(options);
  const Outcome outcome = hook.send(message_for(incident("x", 1)));
  CHECK(outcome.result == Outcome::sent);
  CHECK(outcome.why == "dry run: " + options.command);
  CHECK_FALSE(std::filesystem::exists(scratch.file("got")));
}

TEST_CASE("a hook runs for what it is meant for, and so often an hour") {
  ExecOptions options;
  options.command = "true";
  options.dry_run = false;
  options.most_an_hour = 2;
  ExecHook hook(options);
  for (int i = 0; i < 5; ++i) {
    CHECK(hook.send(message_for(incident("x", 2, "resolved"), What::resolved)).result == Outcome::sent);
  }
  CHECK(hook.send(message_for(incident("x", 1))).result == Outcome::sent);
  CHECK(hook.send(message_for(incident("y", 1))).result == Outcome::sent);
  const Outcome third = hook.send(message_for(incident("z", 1)));
  CHECK(third.result == Outcome::refused);
  CHECK(third.why.find("2 times within an hour") != std::string::npos);
}

TEST_CASE("a hook that fails, hangs or reads nothing") {
  const auto outcome = [](const std::string& command, Nanos limit = kMinute) {
    ExecOptions options;
    options.command = command;
    options.dry_run = false;
    options.time_limit = limit;
    ExecHook hook(options);
    const std::string big(300'000, 'x');
    return hook.send(message_for(incident("x", 1, "open", ",\"more\":\"" + big + "\"")));
  };
  CHECK(outcome("echo no such pod >&2; exit 3").why ==
        "\"echo no such pod >&2; exit 3\" ended with status 3; it said: no such pod");
  CHECK(outcome("sleep 60", 200 * kMillisecond).result == Outcome::refused);
  CHECK(outcome("sleep 60", 200 * kMillisecond).why.find("was terminated") != std::string::npos);
  CHECK(outcome("/no/such/program").why.find("status 127") != std::string::npos);
  CHECK(outcome("yes", 200 * kMillisecond).result == Outcome::refused);
  CHECK(outcome("exec 0<&-; true").result == Outcome::sent);
}
