// Which attributes of spans, log records, scopes and resources become labels: --keep.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aiops::source {

class Keep {
 public:
  using Attributes = std::vector<std::pair<std::string_view, std::string_view>>;

  // Names; PREFIX.* for all below a name, * for all. with_any false (CSV, whose columns must be known):
  // throws UsageError for these.
  Keep(const std::vector<std::string>& wanted, bool with_any);

  const std::vector<std::string>& names() const { return names_; }
  bool any() const { return !prefixes_.empty(); }
  bool wants(std::string_view name) const;

  // Appends those of `from` that are wanted and not yet in `to`, and not empty.
  void add(const Attributes& from, Attributes& to) const;

 private:
  std::vector<std::string> names_, prefixes_;
};

}  // namespace aiops::source
