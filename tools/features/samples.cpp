#include <array>

#include "base/number_column.hpp"
#include "feature/rolling.hpp"
#include "features.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

constexpr std::size_t kAhead = 6;  // rows that memory is asked for before they are worked on

// The features of a block of rows, a column each.
class Columns {
 public:
  explicit Columns(feature::Window window) : window_(window) {}

  void compute(const record::Batch& batch, std::size_t series) {
    states_.resize(series, feature::Rolling(window_));
    for (auto& column : columns_) column.resize(batch.size());
    advance(batch);
    for (std::size_t c = 0; c < texts_.size(); ++c) texts_[c].print(columns_[c].data(), batch.size());
  }

  void write(const record::Batch& batch, record::Appender& out) const {
    const auto passed = [&](std::size_t row) { return (batch.flags[row] & record::Row::kPass) != 0; };
    for (std::size_t i = 0; i < batch.size();) {
      const std::size_t first = i;
      while (i < batch.size() && !passed(i)) ++i;
      out.rows(batch.line.data(), texts_.data(), first, i);
      for (; i < batch.size() && passed(i); ++i) out.pass(batch.line[i]);
    }
  }

 private:
  enum { kDelta, kMean, kStd, kZscore, kColumns };

  void advance(const record::Batch& batch) {
    double *const delta = columns_[kDelta].data(), *const mean = columns_[kMean].data();
    double *const std = columns_[kStd].data(), *const zscore = columns_[kZscore].data();
    const record::SeriesId* const series = batch.series.data();
    const double* const value = batch.value[0].data();
    feature::Rolling* const states = states_.data();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i + 2 * kAhead < batch.size()) {
        __builtin_prefetch(&states[series[i + 2 * kAhead]], 1);
        states[series[i + kAhead]].prefetch();
      }
      feature::Rolling& state = states[series[i]];
      if (batch.flags[i] & record::Row::kFirst) state = feature::Rolling(window_);
      if (batch.flags[i] & record::Row::kPass) continue;
      const feature::Features f = state.update(batch.time[i], value[i]);
      delta[i] = f.delta;
      mean[i] = f.mean;
      std[i] = f.std;
      zscore[i] = f.zscore;
    }
  }

  feature::Window window_;
  std::vector<feature::Rolling> states_;
  std::array<std::vector<double>, kColumns> columns_;
  std::array<NumberColumn, kColumns> texts_;
};

}  // namespace

Status sample_features(const FeaturesOptions& options, record::Reader& reader, Diagnostics&) {
  const feature::Window window = feature::Window::parse(options.window.empty() ? "60" : options.window);
  const std::vector<std::string> names =
      options.output.prefixed({std::string(field::kDelta), std::string(field::kRollingMean),
                               std::string(field::kRollingStd), std::string(field::kZscore)});
  record::Columns read = options.input.reader_options().columns;
  read.appended = names;
  reader.set_columns(std::move(read));

  record::Sink sink(options.output.output);
  record::Appender out(sink, names);
  reader.on_block([&] { sink.flush(); });
  Columns columns(window);
  bool begun = false;
  // A loop for each stage over the rows of a block, not all stages for one row: see docs/performance.md.
  while (const record::Batch* batch = reader.next()) {
    if (!begun) out.begin(reader.format(), reader.header(), reader.line_ending());
    begun = true;
    columns.compute(*batch, reader.series().size());
    columns.write(*batch, out);
  }
  if (!begun && reader.format() == record::Format::csv)
    out.begin(reader.format(), reader.header(), reader.line_ending());
  sink.close();
  return reader.finish();
}

}  // namespace aiops::tools
