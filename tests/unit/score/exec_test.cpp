#include "score/exec.hpp"

#include <doctest/doctest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace aiops;
using namespace aiops::score;

namespace {

// What a process answered to rows of 0, 1, 2, …, and what was said of it.
struct Run {
  std::vector<model::Verdict> verdicts;
  KeptDiagnostics diagnostics;
  Status status = Status::done;

  std::size_t with(model::Condition condition) const {
    std::size_t count = 0;
    for (const model::Verdict& verdict : verdicts) count += verdict.condition == condition;
    return count;
  }
  bool warned(std::string_view text) const {
    for (const std::string& warning : diagnostics.warnings) {
      if (warning.find(text) != std::string::npos) return true;
    }
    return false;
  }
};

Run ask(const std::string& command, std::size_t count, Nanos timeout = kMinute, std::size_t batch = 5000,
        Nanos grace = kMinute) {
  Run run;
  run.verdicts.resize(count);
  ExecOptions options;
  options.command = command;
  options.timeout = timeout;
  options.grace = grace;
  ExecModel model(options, run.diagnostics);
  for (std::size_t at = 0; at < count; at += batch) {
    std::vector<ExecModel::Row> rows;
    for (std::size_t i = at; i < std::min(count, at + batch); ++i) {
      rows.push_back({static_cast<Nanos>(i) * kSecond, R"(,"metric":"cpu")", "cpu", static_cast<double>(i),
                      true, &run.verdicts[i]});
    }
    model.judge(rows);
  }
  run.status = model.finish();
  return run;
}

// A shell loop that answers each row with this.
std::string answering(const std::string& answer) {
  return "while read -r row; do echo '" + answer + "'; done";
}

constexpr Nanos kSoon = 200 * kMillisecond;  // for what never comes

}  // namespace

TEST_CASE("exec: each row is asked for and answered") {
  // The answer is the question, with a score in it.
  const Run run =
      ask(R"(sed -u 's/"value":\([0-9]*\).*/"score":\1,"reasons":["is \1"],"p_value":0.25}/')", 3000);
  CHECK(run.status == Status::done);
  CHECK(run.diagnostics.warnings.empty());
  for (std::size_t i = 0; i < 3000; ++i) {
    REQUIRE(run.verdicts[i].score == static_cast<double>(i));
    REQUIRE(run.verdicts[i].condition == model::Condition::ok);
    REQUIRE(run.verdicts[i].p_value == 0.25);
    REQUIRE(run.verdicts[i].reasons == std::vector<std::string>{"is " + std::to_string(i)});
  }
}

TEST_CASE("exec: what a row is asked with") {
  const std::string file =
      std::filesystem::temp_directory_path() / ("aiops-exec-" + std::to_string(getpid()));
  KeptDiagnostics diagnostics;
  ExecOptions options;
  options.command = "tee " + file + R"( | sed -u 's/.*/{"score":null}/')";
  std::vector<model::Verdict> verdicts(2);
  ExecModel model(options, diagnostics);
  model.judge({{1'769'860'800 * kSecond, R"(,"service":"a\"b")", "", 0.1, true, &verdicts[0]},
               {kNoTime, "", "", -1e300, false, &verdicts[1]}});
  CHECK(model.finish() == Status::done);
  CHECK(verdicts[0].condition == model::Condition::warming_up);
  CHECK(std::isnan(verdicts[0].score));
  std::ifstream in(file);
  std::string first, second;
  std::getline(in, first);
  std::getline(in, second);
  CHECK(first == R"({"id":1,"timestamp":"2026-01-31T12:00:00Z","service":"a\"b","value":0.1})");
  CHECK(second == R"({"id":2,"value":-1e+300,"learn":false})");
  std::filesystem::remove(file);
}

TEST_CASE("exec: an answer in full") {
  const Run run = ask(
      answering(
          R"({"id":1,"score":2.5,"level":3,"p_value":1e-5,"expected":4,"lower":-1,"upper":1e3,"x":[{}],"reasons":[ "a\"b" , "c" ]})"),
      1);
  REQUIRE(run.diagnostics.warnings.empty());
  const model::Verdict& verdict = run.verdicts[0];
  CHECK(verdict.score == 2.5);
  CHECK(verdict.level == 3);
  CHECK(verdict.p_value == 1e-5);
  CHECK(verdict.expected == 4);
  CHECK(verdict.lower == -1);
  CHECK(verdict.upper == 1000);
  CHECK(verdict.reasons == std::vector<std::string>{"a\"b", "c"});
}

TEST_CASE("exec: what is no answer is told, and the row has none") {
  struct Case {
    const char *answer, *said;
  };
  for (const Case& one :
       {Case{"hello", "no JSON object"}, Case{R"({"score":1)", "no JSON object"},
        Case{"[1]", "no JSON object"}, Case{"", "no JSON object"}, Case{"{}", "it has no score"},
        Case{R"({"score":NaN})", "no JSON object"},
        Case{R"({"score":-1})", "score is not a number from 0 up"},
        Case{R"({"score":"1"})", "score is not a number"},
        Case{R"({"score":1e999})", "score is not a number"}, Case{R"({"score":1,"id":7})", "expected id 1"},
        Case{R"({"score":1,"id":"1x"})", "expected id 1"},
        Case{R"({"score":1,"p_value":2})", "p_value is not a number from 0 to 1"},
        Case{R"({"score":1,"level":-1})", "level is not"},
        Case{R"({"score":1,"lower":2,"upper":1})", "lower is more"},
        Case{R"({"score":1,"expected":[]})", "expected is not a number"},
        Case{R"({"score":1,"reasons":"x"})", "list of texts"},
        Case{R"({"score":1,"reasons":[1]})", "list of texts"},
        Case{R"({"score":1,"reasons":[["x"]]})", "list of texts"}}) {
    CAPTURE(one.answer);
    const Run run = ask(answering(one.answer), 1);
    CHECK(run.verdicts[0].condition == model::Condition::no_answer);
    CHECK(std::isnan(run.verdicts[0].score));
    CHECK(run.warned(one.said));
    CHECK(run.warned("row 1 of cpu"));
    CHECK(run.status == Status::backend);
  }
}

TEST_CASE("exec: answers before a failure stand, and a new process goes on, three times") {
  // Five answers for each process.
  const Run run =
      ask(R"(head -n 5 | sed 's/.*/{"score":0.5}/'; echo went wrong >&2; exit 9)", 6 * 1024, kMinute, 1024);
  CHECK(run.with(model::Condition::ok) == 20);
  CHECK(run.with(model::Condition::no_answer) == 6 * 1024 - 20);
  CHECK(run.verdicts[4].score == 0.5);
  CHECK(run.verdicts[1024].score == 0.5);
  CHECK(run.verdicts[5].condition == model::Condition::no_answer);
  CHECK(run.warned("ended with status 9; it said: went wrong; begun anew (1 of 3)"));
  CHECK(run.warned("given up after 3 restarts"));
  CHECK(run.warned("6,124 rows without an answer"));
  CHECK(run.status == Status::backend);
}

TEST_CASE("exec: processes that end, are late or do not listen") {
  struct Case {
    const char *command, *said;
    Nanos timeout = kMinute;
  };
  for (const Case& one :
       {Case{"exit 3", "ended with status 3"}, Case{"true", "ended before it had answered all"},
        Case{"no-such-command-at-all", "ended with status 127; it said: "},
        Case{"kill -9 $$", "ended by signal 9"},
        Case{"exec 1>&-; sleep 1000", "did not end and was terminated"},
        Case{"head -c 300000 /dev/zero; sleep 1000", "a line of more than 65,536 bytes"},
        Case{"sleep 1000", "answered 0 of 1 row within 0.2 s", kSoon},
        Case{"exec 0<&-; sleep 1000", "answered 0 of 1 row", kSoon},
        Case{"while :; do printf x; sleep 0.01; done", "answered 0 of 1 row", kSoon}}) {
    CAPTURE(one.command);
    const Run run = ask(one.command, 1, one.timeout);
    CHECK(run.with(model::Condition::no_answer) == 1);
    CHECK(run.warned(one.said));
    CHECK(run.status == Status::backend);
  }
}

TEST_CASE("exec: who answers more than was asked is not believed") {
  const Run run = ask(answering("{\"score\":1}\n{\"score\":2}"), 1000, kMinute, 500);
  CHECK(run.warned("wrote a line that it was not asked for"));
  CHECK(run.status == Status::backend);
  const Run late = ask(answering("{\"score\":1}") + "; echo '{\"score\":1}'", 10);
  CHECK(late.with(model::Condition::ok) == 10);
  CHECK(late.warned("wrote a line that it was not asked for"));
  CHECK(late.status == Status::backend);
}

TEST_CASE("exec: no pipe is waited for, however much goes through them") {
  // Questions of 1 MB in one portion, answers of 60 KB each that come before the questions are read, 1 MB on
  // standard error.
  const std::string members = ",\"metric\":\"" + std::string(1000, 'm') + "\"";
  KeptDiagnostics diagnostics;
  ExecOptions options;
  options.timeout = kMinute;
  options.command =
      "head -c 1000000 /dev/zero | tr '\\0' x >&2; "
      "for i in $(seq 50); do printf '{\"score\":0.5%060000d}\\n' 0; done; "
      "n=0; while read -r row; do n=$((n + 1)); [ $n -le 50 ] || echo '{\"score\":1}'; done";
  ExecModel model(options, diagnostics);
  std::vector<model::Verdict> verdicts(1024);
  std::vector<ExecModel::Row> rows;
  for (model::Verdict& verdict : verdicts) rows.push_back({kNoTime, members, "", 1, true, &verdict});
  model.judge(rows);
  CHECK(model.finish() == Status::done);
  CHECK(diagnostics.warnings.empty());
  CHECK(verdicts[49].score == 0.5);
  CHECK(verdicts[1023].score == 1);
}

TEST_CASE("exec: a process that does not end is terminated, with all that it started") {
  const std::string file =
      std::filesystem::temp_directory_path() / ("aiops-exec-pid-" + std::to_string(getpid()));
  const Run run =
      ask("trap '' TERM; sleep 1000 & echo $! > " + file + "; " + answering("{\"score\":0}") + "; sleep 1000",
          10, kMinute, 5000, kSoon);
  CHECK(run.with(model::Condition::ok) == 10);
  CHECK(run.warned("did not end and was terminated"));
  CHECK(run.status == Status::backend);
  std::ifstream in(file);
  pid_t child = 0;
  in >> child;
  REQUIRE(child > 0);
  // Gone, or killed and not yet taken note of by its new parent; on a busy machine after a while.
  const auto alive = [child] {
    std::ifstream status("/proc/" + std::to_string(child) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("State:")) {
        return line.find('Z') == std::string::npos && line.find('X') == std::string::npos;
      }
    }
    return false;
  };
  for (int i = 0; i < 1000 && alive(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  CHECK_FALSE(alive());
  std::filesystem::remove(file);
}
