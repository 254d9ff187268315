// The configuration file: what wins over what, and where mistakes are shown.
#include <doctest/doctest.h>

#include <cstdlib>

#include "fixture.hpp"

using aiops::cli::test::Outcome;
using aiops::cli::test::Tool;
using Texts = std::vector<std::string>;

namespace {

struct File {
  explicit File(const std::string& text) { aiops::write_file(path, text); }
  ~File() { std::filesystem::remove(path); }
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("aiops-config-" + std::to_string(getpid()));
};

Outcome run_with(Tool& tool, const std::string& text, Texts arguments = {}) {
  const File file(text);
  arguments.insert(arguments.begin(), {"--config", file.path.string()});
  Outcome outcome = tool(arguments);
  const std::string name = file.path.string();
  for (std::size_t at; (at = outcome.err.find(name)) != std::string::npos;)
    outcome.err.replace(at, name.size(), "F");
  return outcome;
}

std::string complaint(const std::string& text, const Texts& arguments = {}) {
  Tool tool(true);
  const Outcome outcome = run_with(tool, text, arguments);
  CHECK(outcome.status == 2);
  CHECK(tool.runs + tool.lists == 0);
  return outcome.err;
}

}  // namespace

TEST_CASE("any option may stand in the file, in every type of value") {
  Tool tool;
  const Outcome outcome = run_with(tool, R"toml(window = "10m"
[score]
contamination = 0.25
count = 7
follow = true
by = ["a", "b"]
unit = 'ms'
query = {cpu = "rate(x[1m])", mem = "y"}
)toml");
  CHECK(outcome.err == "");
  CHECK(outcome.status == 0);
  CHECK(tool.window == 10 * aiops::kMinute);
  CHECK(tool.contamination == 0.25);
  CHECK(tool.number == 7);
  CHECK(tool.follow);
  CHECK(tool.by == Texts{"a", "b"});
  CHECK(tool.unit == "ms");
  CHECK(tool.queries == Texts{"cpu=rate(x[1m])", "mem=y"});
}

TEST_CASE("command line over subcommand's table over tool's table over the top") {
  const std::string text =
      "models = \"top\"\ncount = 1\nwindow = \"1s\"\n[score]\ncount = 2\nwindow = \"2s\"\n";
  Tool tool;
  CHECK(run_with(tool, text, {"--window", "3s"}).status == 0);
  CHECK(tool.models == "top");
  CHECK(tool.number == 2);
  CHECK(tool.window == 3 * aiops::kSecond);

  Tool with_list(true);
  CHECK(run_with(with_list, text + "models = \"own\"\n[score.list]\nmodels = \"part\"\n", {"list"}).status ==
        0);
  CHECK(with_list.models == "part");  // and what is required may come from the file
  CHECK(with_list.number == 5);
}

TEST_CASE("a list on the command line replaces the file's") {
  Tool tool;
  CHECK(run_with(tool, "by = [\"a\", \"b\"]\n", {"--by", "c"}).status == 0);
  CHECK(tool.by == Texts{"c"});
}

TEST_CASE("what is another tool's is passed over") {
  Tool tool;
  const Outcome outcome =
      run_with(tool, "url = \"x\"\n[collect]\nzzz = 1\n[train]\ntrees = 5\n", {"--verbose"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err == "aiops-score: F:1: url: not an option of aiops-score; passed over\n");
}

TEST_CASE("a near miss outside of tables is told aloud") {
  Tool tool;
  const Outcome outcome = run_with(tool, "contaminatio = 0.2\n");
  CHECK(outcome.status == 0);
  CHECK(outcome.err ==
        "aiops-score: F:1: contaminatio: not an option of aiops-score; passed over; did you mean "
        "contamination?\n");
}

TEST_CASE("mistakes are shown with file and line") {
  CHECK(complaint("\n[scor]\n") == "aiops-score: F:2: [scor]: no such table; did you mean [score]?\n");
  CHECK(complaint("[score]\n\ncuont = 3\n") ==
        "aiops-score: F:3: cuont: no such option of aiops-score in [score]; did you mean count?\n");
  CHECK(complaint("[score]\ncount = 0\n") ==
        "aiops-score: F:2: count: 0 is out of range; expected a whole number of at least 1\n");
  CHECK(complaint("[score]\ncount = [1, 2]\n") == "aiops-score: F:2: count: 2 values, but it takes one\n");
  CHECK(complaint("[score]\ncount = {a = 1}\n") == "aiops-score: F:2: count: a table; expected a value\n");
  CHECK(complaint("window = 2020-01-01\n") ==
        "aiops-score: F:1: window: expected a text, a number, true or false; a time stands in quotes\n");
  CHECK(complaint("[score]\nversion = true\n") == "aiops-score: F:2: version: only for the command line\n");
  CHECK(complaint("[score.list]\nzz = 1\n", {"list"}) ==
        "aiops-score: F:2: zz: no such option of aiops-score in [score.list]\n");
  CHECK(complaint("a = 1\nb = \n").starts_with("aiops-score: F:2: "));
  CHECK(complaint("a = \"\xff\"\n").starts_with("aiops-score: F:1: "));
}

TEST_CASE("a file that is not there, by option and by AIOPS_CONFIG") {
  Tool tool;
  CHECK(tool({"--config", "/no/such/file"})
            .err.starts_with("aiops-score: configuration: cannot read /no/such/file"));
  setenv("AIOPS_CONFIG", "/no/such/either", 1);
  CHECK(Tool()({}).status == 2);
  const File file("count = 9\n");
  setenv("AIOPS_CONFIG", file.path.c_str(), 1);
  Tool configured;
  CHECK(configured({}).status == 0);
  CHECK(configured.number == 9);
  unsetenv("AIOPS_CONFIG");
}

TEST_CASE("thresholds come in order, with their bounds") {
  Tool tool;
  CHECK(run_with(tool, R"toml([[threshold]]
metric = 'cpu{service="cart"}'
high = 80
critical = 95.5

[[threshold]]
metric = "free"
critical = -1
direction = "below"
for = "1m30s"
)toml")
            .status == 0);
  REQUIRE(tool.thresholds.size() == 2);
  CHECK(tool.thresholds[0].lasting == 0);
  CHECK(tool.thresholds[1].lasting == 90 * aiops::kSecond);
  CHECK(tool.thresholds[0].metric == "cpu{service=\"cart\"}");
  CHECK(tool.thresholds[0].high == 80.0);
  CHECK(tool.thresholds[0].critical == 95.5);
  CHECK(tool.thresholds[0].above);
  CHECK(tool.thresholds[0].where.ends_with(":1"));
  CHECK_FALSE(tool.thresholds[1].high.has_value());
  CHECK(tool.thresholds[1].critical == -1.0);
  CHECK_FALSE(tool.thresholds[1].above);
  CHECK(tool.thresholds[1].where.ends_with(":6"));
}

TEST_CASE("thresholds that make no sense") {
  const std::string head = "[[threshold]]\nmetric = \"a\"\n";
  CHECK(complaint("threshold = 3\n") == "aiops-score: F:1: threshold: expected tables [[threshold]]\n");
  CHECK(complaint("[[threshold]]\nhigh = 1\n") == "aiops-score: F:1: threshold: metric missing\n");
  CHECK(complaint(head) == "aiops-score: F:1: threshold: expected high, critical or both\n");
  CHECK(complaint(head + "high = 3\ncritical = 2\n") ==
        "aiops-score: F:1: threshold: high 3 lies beyond critical 2 (direction above)\n");
  CHECK(complaint(head + "high = 2\ncritical = 3\ndirection = \"below\"\n") ==
        "aiops-score: F:1: threshold: high 2 lies beyond critical 3 (direction below)\n");
  CHECK(complaint(head + "high = nan\n") == "aiops-score: F:3: high: expected a number\n");
  CHECK(complaint(head + "high = 1\ndirection = \"up\"\n") ==
        "aiops-score: F:4: direction: \"up\" is neither above nor below\n");
  CHECK(complaint(head + "high = 1\nfor = \"2 minutes\"\n") ==
        "aiops-score: F:4: for: \"2 minutes\" is not a duration; expected e.g. \"2m\"\n");
  CHECK(complaint(head + "high = 1\nfor = 2\n") == "aiops-score: F:4: for: expected a text in quotes\n");
  CHECK(complaint(head + "hgh = 1\n") ==
        "aiops-score: F:3: hgh: no such key of a threshold; did you mean high?\n");
  CHECK(complaint("[[threshold]]\nmetric = 1\n") == "aiops-score: F:2: metric: expected a text in quotes\n");
}
