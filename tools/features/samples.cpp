#include <array>

#include "base/number_column.hpp"
#include "feature/rolling.hpp"
#include "features.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

constexpr std::size_t kAhead = 6;  // rows that memory is asked for before they are worked on

}  // namespace

Status sample_features(const FeaturesOptions& options, record::Reader& reader, Diagnostics&) {
  const feature::Window window = feature::Window::parse(options.window.empty() ? "60" : options.window);
  const std::vector<std::string> names =
      options.output.prefixed({std::string(field::kDelta), std::string(field::kRollingMean),
                               std::string(field::kRollingStd), std::string(field::kZscore)});
  record::Columns columns = options.input.reader_options().columns;
  columns.appended = names;
  reader.set_columns(std::move(columns));

  record::Sink sink(options.output.output);
  record::Appender out(sink, names);
  reader.on_block([&] { sink.flush(); });
  std::vector<feature::Rolling> states;
  // A column each: delta, mean, standard deviation, z-score.
  std::array<std::vector<double>, 4> features;
  std::array<NumberColumn, 4> texts;
  bool begun = false;
  // A loop for each stage over the rows of a block, not all stages for one row: see docs/benchmarks.md.
  while (const record::Batch* batch = reader.next()) {
    if (!begun) out.begin(reader.format(), reader.header(), reader.line_ending());
    begun = true;
    for (auto& column : features) column.resize(batch->size());
    states.resize(reader.series().size(), feature::Rolling(window));
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (i + 2 * kAhead < batch->size()) {
        __builtin_prefetch(&states[batch->series[i + 2 * kAhead]], 1);
        states[batch->series[i + kAhead]].prefetch();
      }
      feature::Rolling& state = states[batch->series[i]];
      if (batch->flags[i] & record::Row::kFirst) state = feature::Rolling(window);
      if (batch->flags[i] & record::Row::kPass) continue;
      const feature::Features f = state.update(batch->time[i], batch->value[0][i]);
      features[0][i] = f.delta;
      features[1][i] = f.mean;
      features[2][i] = f.std;
      features[3][i] = f.zscore;
    }
    for (std::size_t c = 0; c < features.size(); ++c) texts[c].print(features[c].data(), batch->size());
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (batch->flags[i] & record::Row::kPass) {
        out.pass(batch->line[i]);
        continue;
      }
      out.row(batch->line[i], texts.data(), i);
    }
  }
  if (!begun && reader.format() == record::Format::csv)
    out.begin(reader.format(), reader.header(), reader.line_ending());
  sink.close();
  return reader.finish();
}

}  // namespace aiops::tools
