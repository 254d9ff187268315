#include "inject/repeatable.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "../base/support.hpp"
#include "base/error.hpp"

using namespace aiops;
using inject::RepeatableInput;

namespace {

// Puts standard input back when the test ends.
class StandardInput {
 public:
  StandardInput() : kept_(dup(0)) {}
  ~StandardInput() { dup2(kept_.get(), 0); }

 private:
  Fd kept_;
};

std::string rest_of(int fd) {
  std::string text(1 << 16, '\0');
  std::size_t size = 0;
  for (ssize_t got; (got = read(fd, text.data() + size, text.size() - size)) > 0;)
    size += static_cast<std::size_t>(got);
  text.resize(size);
  return text;
}

}  // namespace

TEST_CASE("standard input from a pipe can be read twice") {
  const StandardInput guard;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  dup2(ends[0], 0);
  close(ends[0]);
  std::thread writer([fd = ends[1]] {
    write_all(fd, "one\ntwo\n", "pipe");
    close(fd);
  });
  RepeatableInput input({}, 1 << 20);
  writer.join();
  CHECK(input.files() == std::vector<std::string>{"-"});
  for (int pass = 0; pass < 3; ++pass) {
    input.rewind();
    CHECK(rest_of(0) == "one\ntwo\n");
  }
}

TEST_CASE("standard input from a file is read from where it stood") {
  const StandardInput guard;
  const ScratchFolder folder;
  write_file(folder / "in", "one\ntwo\n");
  const Fd file(open((folder / "in").c_str(), O_RDONLY));
  REQUIRE(lseek(file.get(), 4, SEEK_SET) == 4);
  dup2(file.get(), 0);
  RepeatableInput input({"-"}, 1);
  for (int pass = 0; pass < 2; ++pass) {
    input.rewind();
    CHECK(rest_of(0) == "two\n");
  }
}

TEST_CASE("a named pipe is copied, a file is not") {
  const ScratchFolder folder;
  write_file(folder / "file", "one\n");
  const auto pipe_name = (folder / "pipe").string();
  REQUIRE(mkfifo(pipe_name.c_str(), 0600) == 0);
  std::thread writer([&] {
    const Fd fd(open(pipe_name.c_str(), O_WRONLY));
    write_all(fd.get(), "two\n", "pipe");
  });
  RepeatableInput input({(folder / "file").string(), pipe_name}, 1 << 20);
  writer.join();
  REQUIRE(input.files().size() == 2);
  CHECK(input.files()[0] == (folder / "file").string());
  for (int pass = 0; pass < 2; ++pass) CHECK(read_file(input.files()[1]) == "two\n");
}

TEST_CASE("a pipe longer than the limit, and a file that is not there, are errors") {
  const ScratchFolder folder;
  const auto pipe_name = (folder / "pipe").string();
  REQUIRE(mkfifo(pipe_name.c_str(), 0600) == 0);
  std::thread writer([&] {
    const Fd fd(open(pipe_name.c_str(), O_WRONLY));
    write_all(fd.get(), std::string(1000, 'x'), "pipe");
  });
  CHECK_THROWS_AS(RepeatableInput({pipe_name}, 999), InputError);
  writer.join();
  CHECK_THROWS_AS(RepeatableInput({(folder / "none").string()}, 999), InputError);
}
