// Sample records out, as NDJSON or CSV: timestamp, service, metric, value, labels.
//
// What is the same in every record of a series is formatted once; a sample costs the copying of its pieces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "record/reader.hpp"
#include "record/writer.hpp"
#include "source/samples.hpp"

namespace aiops::source {

class SampleWriter {
 public:
  // The sink must outlive the writer.
  SampleWriter(record::Sink& sink, record::Format format) : sink_(sink), format_(format) {}

  // CSV only, before the first sample: the labels that get a column, labels.NAME; writes the header unless it
  // stands in the output already.
  void set_columns(std::vector<std::string> labels, bool write_header);
  bool needs_columns() const { return format_ == record::Format::csv && !columns_known_; }
  const std::vector<std::string>& columns() const { return columns_; }

  // value: a number as JSON writes it, "" if missing. CSV: throws BackendError if the series has a label that
  // has no column.
  void write(SampleSeries& series, Nanos time, std::string_view value);

 private:
  void prepare(SampleSeries& series) const;
  void prepare_csv(SampleSeries& series) const;

  record::Sink& sink_;
  record::Format format_;
  std::vector<std::string> columns_;
  bool columns_known_ = false;
  Nanos time_ = kNoTime;
  std::string time_text_;  // time_ with what stands before it
};

}  // namespace aiops::source
