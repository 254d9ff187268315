#include "source/keep.hpp"

#include <algorithm>

#include "base/error.hpp"

namespace aiops::source {

Keep::Keep(const std::vector<std::string>& wanted, bool with_any) {
  for (const std::string& name : wanted) {
    if (name != "*" && !name.ends_with(".*")) {
      names_.push_back(name);
      continue;
    }
    if (!with_any) {
      throw UsageError(
          "--keep with * and CSV: the columns must be known beforehand; name the attributes, or write "
          "NDJSON");
    }
    prefixes_.push_back(name.substr(0, name.size() - 1));
  }
}

bool Keep::wants(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end() ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [name](const std::string& prefix) { return name.starts_with(prefix); });
}

void Keep::add(const Attributes& from, Attributes& to) const {
  if (names_.empty() && prefixes_.empty()) return;
  for (const auto& attribute : from) {
    const bool there =
        std::any_of(to.begin(), to.end(), [&](const auto& other) { return other.first == attribute.first; });
    if (!there && !attribute.second.empty() && wants(attribute.first)) to.push_back(attribute);
  }
}

}  // namespace aiops::source
