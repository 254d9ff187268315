// From log records with templates to a new version of a model: their history.
#pragma once

#include <string>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "model/log_history.hpp"
#include "record/reader.hpp"
#include "train/train.hpp"

namespace aiops::train {

// Reads to the end, and writes a version that holds a model::LogHistory in place of a bundle. Throws
// UsageError for options that are for samples, InputError where there is no line to learn from.
Status train_logs(const TrainOptions& options, record::Reader& reader, Diagnostics& diagnostics);

// What a history holds, in words: "2 services, 7 templates, 26,000 lines".
std::string contents(const model::LogHistory& history);

}  // namespace aiops::train
