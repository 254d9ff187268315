// Incidents as the page of the HTML report shows them: what each record says, how many lines of each kind the
// logs had when, and how its state changed.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/diagnostics.hpp"
#include "incident/incident.hpp"

namespace aiops::report {

class IncidentView {
 public:
  static constexpr std::size_t kMostShown = 200;  // incidents, the newest
  static constexpr std::size_t kBins = 60;        // of time, in which log lines are counted

  // Reads incident records, or a journal: of each incident the last revision is shown, and what happened to
  // it. Those that became a part of another are not. Throws InputError with file and line.
  void read(const std::string& path, Diagnostics& diagnostics);
  // A log line, in any order; after read(). Counted where an incident shows lines like it.
  void add_log(const incident::LogLine& line);
  bool empty() const { return shown_.empty(); }

  // Appends a JSON array; times in milliseconds since origin. Fit for <script>.
  void append_json(std::string& out, Nanos origin) const;

 private:
  struct Step {
    Nanos time;
    std::string what, by, why;
  };
  struct Shown {
    incident::Incident incident;
    std::vector<Step> life;
    Nanos from = 0, to = 0;  // the stretch of time that is drawn
    std::unordered_map<std::uint64_t, std::vector<std::uint32_t>> counts;  // by kind of line
  };
  void add(incident::Incident incident);
  void finish(const std::string& path, Diagnostics& diagnostics);
  void append(std::string& out, const Shown& shown, Nanos origin) const;

  std::vector<Shown> shown_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace aiops::report
