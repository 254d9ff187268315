// Diagnostics for people: lines "aiops-score: text" on standard error. Inside lib/cli only.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/diagnostics.hpp"

namespace aiops::cli {

enum class Loudness { quiet, usual, verbose };  // quiet leaves out info, verbose adds debug

// One line a call, written at once. Warnings and errors are coloured on a terminal, unless NO_COLOR is set
// (https://no-color.org). Safe for several threads.
class Stderr : public Diagnostics {
 public:
  explicit Stderr(const std::string& tool);
  ~Stderr() override;
  void set(Loudness loudness);
  void warn(std::string_view text) override;
  void info(std::string_view text) override;
  void debug(std::string_view text) override;
  // One line that is written over, with the time that is left; gone when something else is said.
  void progress(const Progress& progress) override;
  // What ends the program; shown even with --quiet.
  void error(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::cli
