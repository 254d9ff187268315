#include "source/sample_output.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

}  // namespace

SampleOutput::SampleOutput(SampleOutputOptions options, const Checkpoint* resumed, Manifest& manifest)
    : options_(std::move(options)), manifest_(manifest) {
  if (options_.grows) {
    file_ = std::make_unique<GrowingFile>(options_.path);
    if (resumed != nullptr) file_->cut(resumed->length);
    had_content_ = file_->length() != 0;
    sink_ = std::make_unique<record::Sink>(file_->writer(), options_.path);
  } else {
    sink_ = std::make_unique<record::Sink>(options_.path);
  }
  writer_ = std::make_unique<SampleWriter>(*sink_, options_.format);
  if (options_.format == record::Format::csv) adopt_columns(resumed);
}

// CSV that is continued keeps the columns that it has.
void SampleOutput::adopt_columns(const Checkpoint* resumed) {
  if (resumed != nullptr && resumed->header) {
    writer_->set_columns(resumed->columns, false);
  } else if (had_content_) {
    writer_->set_columns(columns_of_header(), false);
  } else if (options_.csv_labels) {
    writer_->set_columns(*options_.csv_labels, true);
  }
}

std::vector<std::string> SampleOutput::columns_of_header() const {
  const std::string fixed =
      fmt::format("{},{},{},{}", field::kTimestamp, field::kService, field::kMetric, field::kValue);
  const std::string header = file_->first_line();
  bool known = header == fixed || header.starts_with(fixed + ',');
  std::vector<std::string> labels;
  if (known && header != fixed) {
    for (const std::string& name : split(std::string_view(header).substr(fixed.size() + 1), ',')) {
      known = known && name.starts_with(kLabelPrefix);
      if (known) labels.push_back(name.substr(kLabelPrefix.size()));
    }
  }
  if (!known) {
    throw OutputError(fmt::format("{} begins with something else than {},…: samples cannot be added to it",
                                  options_.path, fixed));
  }
  return labels;
}

void SampleOutput::choose_columns(const SampleFrame& frame) {
  std::set<std::string> labels;
  for (const SampleFrame::Run& run : frame.runs()) {
    for (const auto& [name, value] : run.series->key.fields) {
      if (name.starts_with(kLabelPrefix)) labels.insert(name.substr(kLabelPrefix.size()));
    }
  }
  writer_->set_columns({labels.begin(), labels.end()}, true);
}

void SampleOutput::write(const SampleFrame& frame, const Steps& steps, bool mark_ends) {
  if (frame.runs().empty()) return;
  if (writer_->needs_columns()) choose_columns(frame);
  std::vector<std::size_t> at;  // the next sample of each run
  for (const SampleFrame::Run& run : frame.runs()) at.push_back(run.begin);
  const std::vector<SampleFrame::Point>& points = frame.points();
  for (std::size_t step = 0; step < steps.count; ++step) {
    const Nanos time = steps.first + static_cast<Nanos>(step) * steps.step;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const SampleFrame::Run& run = frame.runs()[i];
      if (at[i] < run.end && points[at[i]].time == time) {
        write_point(frame, *run.series, points[at[i]++]);
      } else if (mark_ends && run.series->last == time - steps.step) {
        write_end(*run.series, time);
      }
    }
  }
}

void SampleOutput::write(const SampleFrame& frame, Nanos from) {
  if (frame.runs().empty()) return;
  if (writer_->needs_columns()) choose_columns(frame);
  const std::vector<SampleFrame::Point>& points = frame.points();
  std::vector<std::pair<std::size_t, SampleSeries*>> order;
  for (const SampleFrame::Run& run : frame.runs()) {
    for (std::size_t i = run.begin; i < run.end; ++i) {
      if (points[i].time >= from) order.emplace_back(i, run.series);
    }
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto& a, const auto& b) { return points[a.first].time < points[b.first].time; });
  for (const auto& [i, series] : order) write_point(frame, *series, points[i]);
}

// The series' newest sample stays the one before, so that the pause behind it counts as a gap.
void SampleOutput::write_end(SampleSeries& series, Nanos time) {
  Manifest::Part& part = manifest_.parts[series.part];
  part.last = std::max(part.last, time);
  ++part.records;
  ++part.missing_values;
  writer_->write(series, time, {});
}

void SampleOutput::write_point(const SampleFrame& frame, SampleSeries& series,
                               const SampleFrame::Point& point) {
  Manifest::Part& part = manifest_.parts[series.part];
  if (series.last == kNoTime) {
    ++part.series;
  } else if (manifest_.step != 0 && point.time - series.last > manifest_.step) {
    ++part.gaps;
    part.gap_steps += static_cast<std::uint64_t>((point.time - series.last) / manifest_.step - 1);
  }
  series.last = point.time;
  if (part.first == kNoTime || point.time < part.first) part.first = point.time;
  if (point.time > part.last) part.last = point.time;
  ++part.records;
  if (point.length == 0) ++part.missing_values;
  writer_->write(series, point.time, frame.value(point));
}

void SampleOutput::enter(Checkpoint& checkpoint) const {
  if (file_) file_->sync();
  checkpoint.length = file_ ? file_->length() : 0;
  checkpoint.header = options_.format == record::Format::csv && !writer_->needs_columns();
  checkpoint.columns = writer_->columns();
}

}  // namespace aiops::source
