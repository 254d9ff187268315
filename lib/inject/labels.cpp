// The file of labels. Rows open with the key fields that any of the series has.
#include <algorithm>

#include "base/text.hpp"
#include "inject/injector.hpp"

namespace aiops::inject {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

// The usual fields first, then others as they come, then labels by name.
std::vector<std::string> key_columns(const std::vector<Injected>& injected) {
  std::vector<std::string> columns;
  for (const auto& one : injected) {
    for (const auto& [name, value] : one.series.fields) {
      if (std::find(columns.begin(), columns.end(), name) == columns.end()) columns.push_back(name);
    }
  }
  const auto rank = [](const std::string& name) {
    const auto at =
        std::find(field::kDefaultKey.begin(), field::kDefaultKey.end(), name) - field::kDefaultKey.begin();
    return name.starts_with(kLabelPrefix) ? at + 1 : at;
  };
  std::stable_sort(columns.begin(), columns.end(), [&](const std::string& a, const std::string& b) {
    if (rank(a) != rank(b)) return rank(a) < rank(b);
    return a.starts_with(kLabelPrefix) && a < b;
  });
  return columns;
}

}  // namespace

std::string labels_csv(std::vector<Injected> injected) {
  std::stable_sort(injected.begin(), injected.end(), [](const Injected& a, const Injected& b) {
    return a.start != b.start ? a.start < b.start : a.series.text() < b.series.text();
  });
  const auto columns = key_columns(injected);
  std::string out;
  for (const auto& name : columns) append_csv_field(out, name), out += ',';
  out += "start,end,kind\n";
  for (const auto& one : injected) {
    for (const auto& name : columns) append_csv_field(out, one.series.get(name)), out += ',';
    append_time(out, one.start);
    append_time(out += ',', one.end);
    out.append(",").append(info(one.kind).name) += '\n';
  }
  return out;
}

}  // namespace aiops::inject
