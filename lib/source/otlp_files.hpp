// aiops-collect otlp FILE…: files of the OpenTelemetry Collector's file exporter, a JSON document a line.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/diagnostics.hpp"
#include "record/rejects.hpp"
#include "source/files.hpp"
#include "source/otlp_records.hpp"
#include "source/tail.hpp"

namespace aiops::source {

// The references must outlive it. One thread.
class OtlpFiles : public FilesReader {
 public:
  // Throws UsageError, InputError (files that are not there).
  OtlpFiles(TailOptions tail, OtlpRecords& records, record::Rejects& rejects, Diagnostics& diagnostics);

  void resume(const FilesCheckpoint& checkpoint) override { tail_.resume(checkpoint.positions); }
  void header_is_there() override { records_.header_is_there(); }
  void set_kind(RecordKind) override {}
  void on_pause(std::function<void()> hook) override { on_pause_ = std::move(hook); }
  std::optional<FilesCheckpoint> checkpoint() override;
  std::string header(RecordKind) const override { return records_.csv_header(); }

  // Until the files end or a stop is requested. Throws InputError, OutputError, ClosedPipe.
  void run();
  std::uint64_t lines() const { return lines_; }

 private:
  void take(const TailLine& line);

  OtlpRecords& records_;
  record::Rejects& rejects_;
  Tail tail_;
  OtlpJson json_;
  std::function<void()> on_pause_;
  std::uint64_t lines_ = 0;
};

}  // namespace aiops::source
