// Which detector, and what it goes by: the same options wherever a detector is chosen, declared once.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "model/detector.hpp"

namespace aiops::tools {

// What a tool does with a detector: only those that can do it are choices, and have their options.
enum class DetectorUse { train, cold };

// Must outlive run_main.
struct DetectorOptions {
  std::string name;              // --detector; set before declare(): the default
  model::Parameters parameters;  // the groups of options
  bool list = false;             // --list-detectors: print_detectors() and end

  // --detector and --list-detectors. help: what --detector is for.
  void declare(cli::Command& command, DetectorUse use, const std::string& help);
  // A group of options for each detector. Ends with the group "".
  void declare_parameters(cli::Command& command, DetectorUse use);
  // Throws UsageError if parameters were given: `model` is used and has its own.
  void refuse_parameters(const std::string& model) const;
  // Throws UsageError if parameters were given that `detector` does not have.
  void refuse_others(std::string_view detector) const;
};

// Prints every detector, what it is for and its parameters as they are without options. Throws OutputError.
void print_detectors();

}  // namespace aiops::tools
