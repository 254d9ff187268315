#include "record/block_input.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>

using namespace aiops;
using namespace aiops::record;

namespace {

// The first block of a pipe that gets "a\n", and a moment later "b\n" and its end.
std::string first_block(Nanos gather) {
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  BlockInput input({"/dev/fd/" + std::to_string(ends[0])}, 4096);
  input.gather = gather;
  REQUIRE(input.next_file());
  REQUIRE(write(ends[1], "a\n", 2) == 2);
  std::string block;
  const auto take = [&] {
    REQUIRE(input.more());
    block.assign(input.begin(), input.end());
  };
  const auto rest = [&] {
    CHECK(write(ends[1], "b\n", 2) == 2);
    close(ends[1]);
  };
  if (gather == 0) {
    take();
    rest();
  } else {
    std::thread later([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      rest();
    });
    take();
    later.join();
  }
  close(ends[0]);
  return block;
}

}  // namespace

TEST_CASE("what comes from a pipe is read as it comes, or gathered for a while") {
  CHECK(first_block(0) == "a\n");
  CHECK(first_block(kMinute) == "a\nb\n");  // it ends with the pipe
}
