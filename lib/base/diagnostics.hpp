// How the library says something to a person. It prints nothing itself: cli gives the implementation that
// writes "tool: text" to standard error; tests give one that keeps the lines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aiops {

// How far a long work has come.
struct Progress {
  double share = 0;           // 0 to 1
  std::uint64_t records = 0;  // written
  std::string_view noun;      // what a record is called
};

class Diagnostics {
 public:
  virtual ~Diagnostics() = default;
  virtual void warn(std::string_view text) = 0;   // something is wrong, work goes on
  virtual void info(std::string_view text) = 0;   // a summary that is always shown unless --quiet
  virtual void debug(std::string_view text) = 0;  // shown with --verbose
  // May be called as often as there is news; shown on a terminal alone.
  virtual void progress(const Progress&) {}
};

// Keeps what was said, for tests.
class KeptDiagnostics : public Diagnostics {
 public:
  void warn(std::string_view text) override { warnings.emplace_back(text); }
  void info(std::string_view text) override { infos.emplace_back(text); }
  void debug(std::string_view) override {}

  std::vector<std::string> warnings, infos;
};

}  // namespace aiops
