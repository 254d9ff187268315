#include "report/markdown.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::minute;
using testing::series_name;

TEST_CASE("code spans that nothing can end") {
  CHECK(code_span("cpu", false) == "`cpu`");
  CHECK(code_span("", false).empty());
  CHECK(code_span("a`b", false) == "``a`b``");
  CHECK(code_span("``", false) == "``` `` ```");
  CHECK(code_span("a|b", true) == "`a\\|b`");
  CHECK(code_span("a|b", false) == "`a|b`");
  CHECK(code_span("a\nb", false) == "`a\\x0ab`");
}

TEST_CASE("plain text is escaped") {
  CHECK(escape_markdown("a*b_c <script> [x](y) #1 `z`\n") ==
        "a\\*b\\_c &lt;script\\> \\[x\\](y) \\#1 \\`z\\` ");
}

TEST_CASE("a report with a table and a list of alerts") {
  OverviewOptions options;
  options.alerts_kept = 5;
  Overview overview(options);
  for (int at = 0; at < 60; ++at) {
    ScoreRow row;
    row.time = minute(at);
    row.value = at;
    row.score = row.level = at >= 30 && at < 33 ? 3 - (at - 30) * 0.5 : 0.25;
    row.alert = at == 30;
    row.severity = at == 30 ? Severity::critical : Severity::normal;
    row.expected = 20;
    row.lower = 10;
    row.reasons = "[\"zscore=8.21(+0.31)\",\"a `tick`\"]";
    row.status = "ok";
    overview.add(0, row);
  }
  overview.finish();
  // A ramp of 30 columns in 8 heights: column i is round(7 i / 29) high.
  const std::vector names = {series_name("cpu{service=\"cart\",pod=\"a|b\"}")};
  CHECK(
      markdown_text(overview, names, {"Cart *slow*", 20, 5}) ==
      "# Cart \\*slow\\*\n\n"
      "1 series (1 critical), 1 alert in 1 series, 60 rows, 1970-01-01T00:00:00Z to 1970-01-01T00:59:00Z\n\n"
      "## Series, worst first\n\n"
      "| service | metric | severity | worst score | at (UTC) | alerts | last value | over time |\n"
      "|---|---|---|--:|---|--:|--:|---|\n"
      "| `cart` | `cpu{pod=\"a\\|b\"}` | **critical** | 3.00 | 1970-01-01 00:30:00Z | 1 | 59 | "
      "`▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇███` |\n\n"
      "## Alerts\n\n"
      "- **critical** `cart` `cpu{pod=\"a|b\"}`, 1970-01-01 00:30:00Z for 2m: worst score 3.00, value 30, "
      "expected 20 (10 to any)\n"
      "  - `zscore=8.21(+0.31)`\n"
      "  - `` a `tick` ``\n");
}

TEST_CASE("a report of nothing") {
  const Overview overview({});
  CHECK(markdown_text(overview, {}, {}) == "# Anomaly report\n\nno rows\n");
}
