// What the subcommands of aiops-features share.
#pragma once

#include <memory>

#include "cli/command.hpp"
#include "record/reader.hpp"

namespace aiops::tools {

struct FeaturesOptions {
  cli::InputOptions input;
  cli::OutputOptions output;
  std::string window;  // "": 60 samples, or a minute for requests
  Nanos lateness = 5 * kSecond;
  bool zero = false;
};

enum class FeatureKind { by_first_record, samples, requests };

// Declares what features of that kind have, and its body.
void declare_features(cli::Command& command, FeaturesOptions& options, FeatureKind kind);

// Each reads to the end. `reader` has its columns from the options still.
Status sample_features(const FeaturesOptions& options, record::Reader& reader, Diagnostics& diagnostics);
Status request_features(const FeaturesOptions& options, record::Reader& reader, Diagnostics& diagnostics);

// aiops-features spans.
std::unique_ptr<cli::Command> spans_command();
// aiops-features templates.
std::unique_ptr<cli::Command> templates_command();

}  // namespace aiops::tools
