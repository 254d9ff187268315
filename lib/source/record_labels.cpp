#include "source/record_labels.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::source {

std::pair<std::string, std::string> label_of(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError(fmt::format("--label {}: expected NAME=TEXT, as in zone=eu-1", json_string(text)));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

std::vector<std::string> names_of_labels(const std::vector<std::string>& labels, const Mapping& mapping) {
  std::vector<std::string> names;
  const auto add = [&names](const std::string& name) {
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      throw UsageError(fmt::format("the label {} is given twice", json_string(name)));
    }
    names.push_back(name);
  };
  for (const std::string& label : labels) add(label_of(label).first);
  for (const std::string& name : mapping.labels()) add(name);
  return names;
}

}  // namespace aiops::source
