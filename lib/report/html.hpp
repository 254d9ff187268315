// The report as one HTML file: a chart for each series, everything in the file, nothing fetched.
//
// What comes from the records is data alone: it stands in a JSON block in which "<" is escaped, the page
// writes it as text, and a content security policy lets nothing run but the page's own script, known by its
// hash.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "record/writer.hpp"
#include "report/chart_data.hpp"
#include "report/incident_view.hpp"
#include "report/labels.hpp"
#include "report/overview.hpp"

namespace aiops::report {

struct HtmlOptions {
  std::string title = "Anomaly report";
  Nanos merge = -1;  // as OverviewOptions::merge
  std::size_t chart_bytes =
      9'500'000;               // about so much of the file for charts: beyond, long series are thinned
  std::size_t marks = 40'000;  // dots on all charts: beyond, series keep the worst of theirs
};

// Keeps every row (28 bytes each) and the worst marks until write().
class HtmlReport {
 public:
  explicit HtmlReport(HtmlOptions options);

  void add(Slot slot, const ScoreRow& row);
  // Writes the page, worst series first; to be called once. labels are shaded; without them, the column
  // `truth`. incidents: shown above the series.
  void write(const std::vector<SeriesName>& names, std::optional<std::vector<Event>> labels,
             record::Sink& sink, const IncidentView& incidents = {});

 private:
  void write_series(const SeriesName& name, Slot slot, const std::vector<Event>& events, std::size_t stride,
                    Nanos origin, std::string& out);
  void limit_marks(std::size_t most);
  HtmlOptions options_;
  Overview overview_;
  std::vector<ChartSeries> charts_;
  TruthColumn truth_;
  std::size_t marks_ = 0;  // of all charts
};

}  // namespace aiops::report
