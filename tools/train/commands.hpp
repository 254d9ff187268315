// What the subcommands of aiops-train share.
#pragma once

#include <memory>
#include <string>

#include "cli/command.hpp"
#include "model/store.hpp"
#include "train/promote.hpp"

namespace aiops::tools {

// Declares the default command: training.
void declare_train(cli::Command& command);

std::unique_ptr<cli::Command> make_list();
std::unique_ptr<cli::Command> make_show();
std::unique_ptr<cli::Command> make_rollback();
std::unique_ptr<cli::Command> make_prune();
std::unique_ptr<cli::Command> make_check();

// Writes to standard output. Throws OutputError, ClosedPipe.
void print(const std::string& text);

// "always", "if-better" or "never".
train::Promote promotion(const std::string& name);

// "v0003", "3" or "0003" → 3. Throws UsageError.
int parse_version(const std::string& text);

// The models beneath `parent`: folders that hold versions, sorted; or `parent` itself if it is one.
std::vector<model::Store> stores(const std::string& parent);

}  // namespace aiops::tools
