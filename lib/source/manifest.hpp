// What was asked for and what came: the account that every source gives of itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/time.hpp"

namespace aiops::source {

struct Manifest {
  // One thing that was asked for: a query, a file.
  struct Part {
    std::string name;                  // "cpu"; a file's path
    std::string environment;           // name of the target, when there are several
    std::string what;                  // the query's text; "" if the name says all
    bool optional = false;             // nothing is wrong if it gives nothing
    std::uint64_t series = 0;          // that gave a sample (0 where records have no series)
    std::uint64_t records = 0;         // written
    std::uint64_t missing_values = 0;  // records whose value is missing (NaN or infinite at the server)
    std::uint64_t gaps = 0;       // pauses between two samples of a series that are longer than a step …
    std::uint64_t gap_steps = 0;  // … and the steps in them
    std::uint64_t requests = 0, retries = 0;
    std::uint64_t pages = 0;  // answers with records in them, where a source pages
    std::optional<double>
        estimate;               // share of what the server has that came, 0 to 1, where only that can be had
    std::string estimated_how;  // in words
    Nanos first = kNoTime, last = kNoTime;  // oldest and newest record
    Nanos pause = 0, pause_end = kNoTime;   // events: the longest time without one, and when it was over
  };
  struct Range {
    Nanos from = 0, to = 0;  // both included
    std::string why;
    std::string environment{};  // of which target, when there are several
  };

  std::string source, url;          // "prometheus"; without credentials
  std::string records = "sample";   // what a record is called
  bool by_metric = false;           // a record's metric is the name of its part
  bool resumed = false;             // the output held records of earlier runs
  std::string asked_for = "query";  // what a part is called
  Nanos started = kNoTime, finished = kNoTime;
  Nanos start = kNoTime, end = kNoTime, step = 0;  // asked for; step 0: none
  std::vector<Part> parts;
  std::vector<Range> missing;          // asked for, and not got
  std::vector<std::string> truncated;  // cut by whose limit
  std::vector<std::string> warnings;   // said by the server
  std::vector<std::string> problems;   // anything else that was asked for and is not there
  std::optional<Nanos> clock_skew;     // the server's clock less ours; the largest of all servers

  // Enters what the server said once, however often it says it; true if it is new.
  bool warn(std::string_view text);
  // Enters a cut once.
  void cut(std::string_view text);
  // Keeps the skew if it is the largest so far.
  void note_clock(std::optional<Nanos> skew);

  std::uint64_t written() const;  // records of all parts
  bool complete() const { return missing.empty() && truncated.empty() && problems.empty(); }
  Status status() const { return complete() ? Status::done : Status::backend; }

  // "prometheus: 3 queries, 12 series, 1,234 samples, 2 gaps (5 steps): complete"
  std::string summary() const;
  // A JSON object over several lines, with its newline at the end.
  std::string json() const;
};

}  // namespace aiops::source
