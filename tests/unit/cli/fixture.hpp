// A tool to try things on: run() calls run_main as main() would and keeps what it wrote.
#pragma once

#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "cli/command.hpp"

namespace aiops::cli::test {

struct Outcome {
  int status = 0;
  std::string out, err;
};

// Standard output and standard error go to files for as long as this lives.
class Capture {
 public:
  Capture()
      : folder_(std::filesystem::temp_directory_path() / ("aiops-cli-test-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    for (int i = 0; i < 2; ++i) {
      saved_[i] = dup(i + 1);
      FILE* file = std::fopen(path(i).c_str(), "w");
      dup2(fileno(file), i + 1);
      std::fclose(file);
    }
  }
  Capture(const Capture&) = delete;
  ~Capture() {
    restore();
    std::filesystem::remove_all(folder_);
  }
  std::string text(int i) {
    restore();
    return read_file(path(i));
  }

 private:
  std::string path(int i) const { return folder_ / std::to_string(i); }
  void restore() {
    for (int i = 0; i < 2; ++i) {
      if (saved_[i] < 0) continue;
      dup2(saved_[i], i + 1);
      close(saved_[i]);
      saved_[i] = -1;
    }
  }
  std::filesystem::path folder_;
  int saved_[2];
};

inline Outcome run(Command& tool, const std::vector<std::string>& arguments) {
  std::vector<std::string> all{tool.name()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& text : all) argv.push_back(text.data());
  argv.push_back(nullptr);
  Outcome outcome;
  std::fflush(stdout);
  Capture capture;
  outcome.status = run_main(static_cast<int>(all.size()), argv.data(), tool);
  outcome.out = capture.text(0);
  outcome.err = capture.text(1);
  return outcome;
}

// aiops-score with the usual kinds of options, and a subcommand where asked for.
struct Tool {
  explicit Tool(bool with_subcommand = false) {
    command.describe("Reads samples and appends scores.");
    command.duration("--window", window, "Window of the statistics.");
    command.option("--contamination", "SHARE", contamination, "Share of anomalies.", 0, 0.5);
    command.option("--count", "N", number, "How many.", 1, INT64_MAX);
    command.option("--models", "DIR", models, "The model.");
    command.option("--query", "NAME=Q", queries, "A query.");
    command.option("--by", "FIELDS", by, "The key.").list = true;
    command.choice("--unit", unit, {"auto", "ms", "ns"}, "The unit.");
    command.flag("-f,--follow", follow, "Go on.");
    command.positional("FILE", files, "Files to read.");
    command.thresholds(thresholds);
    command.example("aiops-score < day.ndjson", "Score a day.");
    command.run([this](Diagnostics& diagnostics) {
      ++runs;
      return body ? body(diagnostics) : Status::done;
    });
    if (!with_subcommand) return;
    auto list = std::make_unique<Command>("list", "list what is there");
    list->option("--models", "DIR", models, "The model.").required = true;
    list->flag("--all", all, "All of them.");
    list->run([this](Diagnostics&) {
      ++lists;
      return Status::done;
    });
    command.add(std::move(list));
  }
  Outcome operator()(const std::vector<std::string>& arguments) { return run(command, arguments); }

  Nanos window = 5 * kMinute;
  double contamination = 0.1;
  std::int64_t number = 5;
  std::string models = "models/default", unit = "auto";
  std::vector<std::string> queries, by, files;
  std::vector<ThresholdRule> thresholds;
  bool follow = false, all = false;
  int runs = 0, lists = 0;
  std::function<Status(Diagnostics&)> body;
  Command command{"aiops-score", "score records"};
};

}  // namespace aiops::cli::test
