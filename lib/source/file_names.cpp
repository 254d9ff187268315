#include "source/file_names.hpp"

#include <glob.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <tuple>

#include "base/number.hpp"

namespace aiops::source {
namespace {

struct Rotated {
  std::string_view log;    // without the suffix
  int kind = 2;            // 0: numbered, 1: dated, 2: in use
  std::int64_t order = 0;  // rises with age's end: later is larger
};

// What is compressed stands where it would stand if it were not. ".1" counts from the newest on;
// "-20260131", ".2026-01-31" and "-1769817600" are dates.
Rotated rotated_of(std::string_view name) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (name.ends_with(packed)) name.remove_suffix(packed.size());
  }
  const std::size_t mark = name.find_last_not_of("0123456789-_");
  if (mark == std::string_view::npos || mark + 1 == name.size()) return {name};
  std::string_view suffix = name.substr(mark + 1);
  const bool dot = name[mark] == '.';
  if (!dot && suffix.front() != '-') return {name};  // web2.log2 is a name
  std::string digits;
  for (const char c : suffix) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const auto number = parse_int(digits);
  if (!number) return {name};
  const std::string_view log = name.substr(0, dot ? mark : mark + 1);
  if (digits.size() <= 4) return dot ? Rotated{log, 0, -*number} : Rotated{name};
  return {log, 1, *number};
}

}  // namespace

bool is_pattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

bool rotated_before(std::string_view a, std::string_view b) {
  const Rotated x = rotated_of(a), y = rotated_of(b);
  return std::tie(x.log, x.kind, x.order, a) < std::tie(y.log, y.kind, y.order, b);
}

std::vector<std::string> expand_pattern(const std::string& pattern) {
  std::vector<std::string> found;
  glob_t matches{};
  if (glob(pattern.c_str(), GLOB_NOSORT, nullptr, &matches) == 0) {
    for (std::size_t i = 0; i < matches.gl_pathc; ++i) {
      std::error_code ignored;
      if (!std::filesystem::is_directory(matches.gl_pathv[i], ignored))
        found.emplace_back(matches.gl_pathv[i]);
    }
  }
  globfree(&matches);
  std::sort(found.begin(), found.end(), rotated_before);
  return found;
}

std::string_view stem_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  const std::size_t dot = path.find('.', 1);
  return path.substr(0, dot);
}

}  // namespace aiops::source
