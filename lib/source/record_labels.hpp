// The labels that records get: those that options give to each, and those that come out of the fields.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "source/mapping.hpp"

namespace aiops::source {

// Name and text of --label NAME=TEXT. Throws UsageError.
std::pair<std::string, std::string> label_of(const std::string& text);

// The names of all, those of `labels` (NAME=TEXT) first. Throws UsageError for one that is there twice.
std::vector<std::string> names_of_labels(const std::vector<std::string>& labels, const Mapping& mapping);

}  // namespace aiops::source
