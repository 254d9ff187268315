// The templates of logs: how many lines each has, since when, and what is odd about it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/log_history.hpp"

namespace aiops::report {

struct TemplateRow {
  std::string service, id;
  const model::LogTemplate* of = nullptr;
  double share = 0;                // of the service's lines
  std::vector<std::string> flags;  // "new", "surge", "silent", "value", "order"
};

// (service, id) → what was found, without "log_".
using TemplateFlags = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

// Those with flags first, then by lines; `most` of them, 0: all. They point into the history.
std::vector<TemplateRow> template_rows(const model::LogHistory& history, const TemplateFlags& flags,
                                       std::size_t most);

// A table for people; what a log says is made fit for a terminal, and cut to `width` columns.
std::string templates_text(const std::vector<TemplateRow>& rows, const model::LogHistory& history,
                           std::size_t width);
// An object a line.
std::string templates_json(const std::vector<TemplateRow>& rows);

}  // namespace aiops::report
