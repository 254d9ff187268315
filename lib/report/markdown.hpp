// The same for a ticket or a chat: a table of series and a list of alerts, in Markdown (CommonMark with
// tables).
#pragma once

#include <string>
#include <vector>

#include "report/overview.hpp"

namespace aiops::report {

struct MarkdownOptions {
  std::string title = "Anomaly report";
  std::size_t top = 20;     // series in the table; 0: all
  std::size_t alerts = 20;  // alerts in the list, the worst; 0: all that were kept
};

std::string markdown_text(const Overview& overview, const std::vector<SeriesName>& names,
                          const MarkdownOptions& options);

// Text from elsewhere as a code span that nothing in it can end, and that no renderer takes for a link, a
// mention or HTML; "|" is escaped where it stands in a table. Empty text gives "".
std::string code_span(std::string_view text, bool in_table);

// Text from elsewhere as plain text: what Markdown or HTML would read as theirs is escaped.
std::string escape_markdown(std::string_view text);

}  // namespace aiops::report
