// The output of a collection: samples in the order of time, counted in the manifest, into a file that appears
// when it is complete, one that grows, or standard output.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "record/reader.hpp"
#include "record/writer.hpp"
#include "source/checkpoint.hpp"
#include "source/manifest.hpp"
#include "source/sample_writer.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct SampleOutputOptions {
  std::string path;  // "": standard output
  record::Format format = record::Format::ndjson;
  // CSV: the labels that get a column; without it, those of the first samples written.
  std::optional<std::vector<std::string>> csv_labels;
  bool grows = false;  // what is in the file already is kept
};

class SampleOutput {
 public:
  // Opens it. resumed: where the run before stopped, nullptr if there was none; the file is cut back to that.
  // The manifest, which has the source's parts already, must outlive the output. Throws OutputError.
  SampleOutput(SampleOutputOptions options, const Checkpoint* resumed, Manifest& manifest);

  // True if the file had content when it was opened.
  bool had_content() const { return had_content_; }

  // Writes the frame's samples, which stand at these steps. mark_ends: a series that had a sample at the step
  // before, and has none, gets one with a missing value.
  void write(const SampleFrame& frame, const Steps& steps, bool mark_ends = false);
  // Writes samples that stand at any times from `from` on.
  void write(const SampleFrame& frame, Nanos from = kNoTime);

  void flush() { sink_->flush(); }
  void close() { sink_->close(); }
  // Makes what was written durable, and enters in the checkpoint how much it is. Flush before.
  void enter(Checkpoint& checkpoint) const;

 private:
  void adopt_columns(const Checkpoint* resumed);
  std::vector<std::string> columns_of_header() const;
  void choose_columns(const SampleFrame& frame);
  void write_end(SampleSeries& series, Nanos time);
  void write_point(const SampleFrame& frame, SampleSeries& series, const SampleFrame::Point& point);

  SampleOutputOptions options_;
  Manifest& manifest_;
  std::unique_ptr<GrowingFile> file_;
  std::unique_ptr<record::Sink> sink_;
  std::unique_ptr<SampleWriter> writer_;
  bool had_content_ = false;
};

}  // namespace aiops::source
