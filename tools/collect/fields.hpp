// Options for the fields of logs: which of them become which field of the record.
#pragma once

#include <string>
#include <vector>

#include "cli/command.hpp"
#include "source/mapping.hpp"

namespace aiops {

struct FieldFlags {
  // Where the fields stand: lines of files, or documents of an index.
  enum class Of { lines, documents };

  std::vector<std::string> map, keep, labels;  // labels: NAME=TEXT
  std::string service, metric, time_unit = "auto", duration_unit = "auto";

  void declare(cli::Command& command, Of of);
  source::MappingOptions mapping_options() const;

  // What each field of a record is taken from, for the manual: out of the table that reading uses.
  static std::string names();
};

}  // namespace aiops
