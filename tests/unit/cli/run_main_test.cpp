// The frame: exit statuses, what is printed where, and signals.
#include <doctest/doctest.h>

#include <fcntl.h>

#include <cstdlib>
#include <new>
#include <stdexcept>

#include "base/stop.hpp"
#include "fixture.hpp"

using aiops::Diagnostics;
using aiops::Status;
using aiops::cli::test::Outcome;
using aiops::cli::test::Tool;

namespace {

Outcome outcome_of(std::function<Status(Diagnostics&)> body, const std::vector<std::string>& arguments = {}) {
  Tool tool;
  tool.body = std::move(body);
  return tool(arguments);
}

}  // namespace

TEST_CASE("the body's status is the exit status") {
  for (const Status status : {Status::done, Status::gate, Status::input, Status::backend, Status::output}) {
    const Outcome outcome = outcome_of([&](Diagnostics&) { return status; });
    CHECK(outcome.status == static_cast<int>(status));
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("errors become one line and their status") {
  const auto thrown = [](auto error) { return outcome_of([&](Diagnostics&) -> Status { throw error; }); };
  Outcome outcome = thrown(aiops::InputError("day.csv: cannot be read"));
  CHECK(outcome.status == 3);
  CHECK(outcome.err == "aiops-score: day.csv: cannot be read\n");
  CHECK(thrown(aiops::UsageError("x")).status == 2);
  CHECK(thrown(aiops::BackendError("x")).status == 4);
  CHECK(thrown(aiops::OutputError("x")).status == 5);
  CHECK(thrown(aiops::Error(Status::interrupted, "x")).status == 130);
  CHECK(thrown(aiops::Error(Status::interrupted, "")).err == "");

  outcome = thrown(aiops::ClosedPipe());
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());

  outcome = thrown(std::bad_alloc());
  CHECK(outcome.status == 3);
  CHECK(outcome.err.starts_with("aiops-score: out of memory"));

  outcome = thrown(std::logic_error("seven"));
  CHECK(outcome.status == 3);
  CHECK(outcome.err == "aiops-score: unexpected error: seven; this is a defect in aiops-score\n");
}

TEST_CASE("how much is said") {
  const auto body = [](Diagnostics& diagnostics) {
    diagnostics.debug("detail");
    diagnostics.info("{} summary");  // braces are no format
    diagnostics.warn("wrong");
    return Status::done;
  };
  CHECK(outcome_of(body).err == "aiops-score: {} summary\naiops-score: wrong\n");
  CHECK(outcome_of(body, {"--quiet"}).err == "aiops-score: wrong\n");
  CHECK(outcome_of(body, {"-v"}).err == "aiops-score: detail\naiops-score: {} summary\naiops-score: wrong\n");
}

TEST_CASE("a signal: 130, or 0 where it is the usual end; other statuses stay") {
  const auto stopped = [](Status status, bool in_order) {
    Tool tool;
    tool.body = [&](Diagnostics&) {
      aiops::request_stop();
      tool.command.stops_in_order(in_order);
      return status;
    };
    const int result = tool({}).status;
    aiops::request_stop(false);
    return result;
  };
  CHECK(stopped(Status::done, false) == 130);
  CHECK(stopped(Status::done, true) == 0);
  CHECK(stopped(Status::input, false) == 3);
  CHECK(stopped(Status::output, true) == 5);
}

TEST_CASE("--help, --version and --generate answer whatever else is wrong, and run nothing") {
  const auto answer = [](const std::vector<std::string>& arguments) {
    Tool tool(true);
    Outcome outcome = tool(arguments);
    CHECK(tool.runs + tool.lists == 0);
    return outcome;
  };
  Outcome outcome = answer({"--nonsense", "--help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "");
  CHECK(outcome.out.starts_with("Usage: aiops-score "));
  CHECK(answer({"list", "-h"}).out.starts_with("Usage: aiops-score list "));
  CHECK(answer({"--version"}).out == "aiops-score " AIOPS_TEST_VERSION "\n");
  CHECK(answer({"--generate", "man"}).out.find(".TH AIOPS") != std::string::npos);
  outcome = answer({"--generate", "cake"});
  CHECK(outcome.status == 2);
  CHECK(outcome.err == "aiops-score: --generate: \"cake\" is none of man, bash, zsh, fish\n");
}

TEST_CASE("help into a full disk is 5, into a closed pipe 0") {
  const auto into = [](int fd) {
    const int saved = dup(STDOUT_FILENO);
    std::fflush(stdout);
    dup2(fd, STDOUT_FILENO);
    Tool tool;
    std::string name = "aiops-score", help = "--help";
    char* argv[] = {name.data(), help.data(), nullptr};
    const int null = open("/dev/null", O_WRONLY), error = dup(STDERR_FILENO);
    dup2(null, STDERR_FILENO);
    const int status = aiops::cli::run_main(2, argv, tool.command);
    dup2(error, STDERR_FILENO);
    dup2(saved, STDOUT_FILENO);
    for (const int one : {saved, null, error}) close(one);
    return status;
  };
  const int full = open("/dev/full", O_WRONLY);
  REQUIRE(full >= 0);
  CHECK(into(full) == 5);
  close(full);
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  close(ends[0]);
  CHECK(into(ends[1]) == 0);
  close(ends[1]);
}

namespace {

// A terminal in place of a descriptor, for as long as this lives.
class Terminal {
 public:
  explicit Terminal(int fd) : fd_(fd), saved_(dup(fd)), master_(posix_openpt(O_RDWR | O_NOCTTY)) {
    REQUIRE(master_ >= 0);
    REQUIRE(grantpt(master_) == 0);
    REQUIRE(unlockpt(master_) == 0);
    const int slave = open(ptsname(master_), O_RDWR | O_NOCTTY);
    REQUIRE(slave >= 0);
    dup2(slave, fd);
    close(slave);
  }
  Terminal(const Terminal&) = delete;
  ~Terminal() {
    dup2(saved_, fd_);
    close(saved_);
    close(master_);
  }
  // The line that was written to it; the kernel may hand it over in pieces.
  std::string text() {
    std::string all;
    while (!all.ends_with('\n')) {
      char bytes[4096];
      const ssize_t got = read(master_, bytes, sizeof bytes);
      if (got <= 0) break;
      all.append(bytes, static_cast<std::size_t>(got));
    }
    return all;
  }

 private:
  int fd_, saved_, master_;
};

std::string warned_on_a_terminal() {
  aiops::cli::Command command("aiops-x", "x");
  command.run([](Diagnostics& diagnostics) {
    diagnostics.warn("w");
    return Status::done;
  });
  std::string name = "aiops-x";
  char* argv[] = {name.data(), nullptr};
  Terminal terminal(STDERR_FILENO);
  CHECK(aiops::cli::run_main(1, argv, command) == 0);
  return terminal.text();
}

}  // namespace

TEST_CASE("a tool that waits for someone to type says so, others do not") {
  const auto said = [](const std::vector<std::string>& arguments) {
    aiops::cli::InputOptions input;
    aiops::cli::Command command("aiops-x", "x");
    input.declare(command);
    command.run([](Diagnostics&) { return Status::done; });
    const Terminal terminal(STDIN_FILENO);
    return aiops::cli::test::run(command, arguments).err;
  };
  CHECK(said({}) == "aiops-x: reading from the terminal; end with Ctrl-D\n");
  CHECK(said({"a", "-"}) == "aiops-x: reading from the terminal; end with Ctrl-D\n");
  CHECK(said({"a"}) == "");
  CHECK(said({"--quiet"}) == "");
}

TEST_CASE("colour on a terminal, unless NO_COLOR or a dumb one") {
  setenv("TERM", "xterm", 1);
  CHECK(warned_on_a_terminal() == "\x1b[33maiops-x: w\x1b[m\r\n");
  setenv("NO_COLOR", "1", 1);
  CHECK(warned_on_a_terminal() == "aiops-x: w\r\n");
  setenv("NO_COLOR", "", 1);  // set but empty: https://no-color.org
  CHECK(warned_on_a_terminal().starts_with("\x1b[33m"));
  unsetenv("NO_COLOR");
  setenv("TERM", "dumb", 1);
  CHECK(warned_on_a_terminal() == "aiops-x: w\r\n");
}

TEST_CASE("the shared options make a reader's") {
  aiops::cli::InputOptions input;
  aiops::cli::OutputOptions output;
  aiops::cli::Command command("aiops-x", "x");
  input.declare(command);
  output.declare(command, true);
  command.run([](Diagnostics&) { return Status::done; });
  CHECK(aiops::cli::test::run(command, {"--by", "host,labels.pod", "--value", "cpu,mem", "--time", "t",
                                        "--time-unit", "ms", "--max-series", "9", "--prefix", "p_", "a", "-"})
            .status == 0);
  const aiops::record::ReaderOptions reader = input.reader_options();
  CHECK(reader.files == std::vector<std::string>{"a", "-"});
  CHECK(reader.columns.by == std::vector<std::string>{"host", "labels.pod"});
  CHECK(reader.columns.values == std::vector<std::string>{"cpu", "mem"});
  CHECK(reader.columns.split_values);
  CHECK(reader.columns.time == "t");
  CHECK(reader.columns.time_unit == aiops::TimeUnit::milliseconds);
  CHECK(reader.max_series == 9);
  CHECK(command.will_read_stdin());
  CHECK(output.prefixed({"score"}) == std::vector<std::string>{"p_score"});

  const aiops::record::ReaderOptions plain = aiops::cli::InputOptions().reader_options();
  CHECK(plain.columns.values == std::vector<std::string>{"value"});
  CHECK_FALSE(plain.columns.split_values);
}
