// The detector "exec": a process in any language that is asked for the score of each row.
//
// It is fed the rows as NDJSON on its standard input and answers each with a line of NDJSON on its standard
// output, in the same order (aiops-formats(5) has the protocol). Rows go in portions of at most 1,024, and a
// portion has to be answered within the time limit. A process that ends, is late or answers what is no answer
// is ended; what it has answered until then stands, the rest of the portion is not scored
// (Condition::no_answer), and a new process goes on with the next portion, three times in a run. Nothing
// waits for a pipe: reading and writing take turns.
//
// The command comes from the user alone, never from a model: a model is data.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/process.hpp"
#include "model/detector.hpp"
#include "record/json_row.hpp"

namespace aiops::score {

struct ExecOptions {
  std::string command;           // for /bin/sh
  Nanos timeout = 30 * kSecond;  // for the answers to a portion
  Nanos grace = 5 * kSecond;     // to end in after the last row
  int restarts = 3;
};

// One thread.
class ExecModel {
 public:
  // The process starts with the first row. diagnostics: must outlive it.
  ExecModel(ExecOptions options, Diagnostics& diagnostics);

  struct Row {
    Nanos time = kNoTime;
    std::string_view members;  // of the series, as record::append_json_members writes them
    std::string_view series;   // its name
    double value = 0;          // finite
    bool learn = true;
    model::Verdict* verdict = nullptr;  // where the answer goes; overwritten
  };
  void judge(const std::vector<Row>& rows);

  // After the last row: lets the process end. Returns Status::backend, and says why, if rows were left
  // without an answer or the process ended with another status than 0.
  Status finish();

 private:
  void ask(const Row* rows, std::size_t count);
  std::string exchange(const Row* rows, std::size_t count, std::size_t& answered);
  std::string question(const Row& row, std::uint64_t id) const;
  std::string take(std::string_view line, const Row& row, std::uint64_t id);
  std::string fill(model::Verdict& verdict);
  std::string number(int slot, std::string_view name, double least, double most, double& value) const;
  std::string reasons(model::Verdict& verdict) const;
  void fail(std::string what);

  ExecOptions options_;
  Diagnostics& diagnostics_;
  std::unique_ptr<Process> process_;
  std::string in_;  // read and not taken yet
  std::string line_;
  record::JsonRow json_;
  int id_, score_, level_, p_value_, expected_, lower_, upper_, reasons_;  // slots
  std::uint64_t rows_ = 0, unanswered_ = 0;
  int failures_ = 0;
};

}  // namespace aiops::score
