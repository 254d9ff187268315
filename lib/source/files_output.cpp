#include "source/files_output.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kSaveEvery = kSecond;  // a checkpoint costs two writes to the disk

}  // namespace

FilesOutput::FilesOutput(const FilesOutputOptions& options) : options_(options) {
  if (options_.output == "-") options_.output.clear();
  const bool asked = !options_.checkpoint.empty();
  if (asked) from_ = FilesCheckpoint::load(options_.checkpoint);
  if (from_ && from_->output != options_.output) {
    throw UsageError(fmt::format(
        "{}: the run that left this checkpoint wrote to {}; use another checkpoint, or remove "
        "it to begin anew",
        options_.checkpoint, from_->output.empty() ? "standard output" : printable(from_->output)));
  }
  if (options_.output.empty() || !options_.grows) {
    sink_ = std::make_unique<record::Sink>(options_.output);
    return;
  }
  file_ = std::make_unique<GrowingFile>(options_.output);
  if (from_) {
    file_->cut(from_->length);
  } else if (asked && file_->length() != 0) {
    throw UsageError(
        fmt::format("{} is there, but its checkpoint {} is not: what it holds cannot be told; move it away, "
                    "or bring the checkpoint back",
                    options_.output, options_.checkpoint));
  }
  sink_ = std::make_unique<record::Sink>(file_->writer(), options_.output);
}

void FilesOutput::attach(FilesReader& reader) {
  reader_ = &reader;
  const bool begun = file_ && file_->length() != 0;
  if (begun) check_header();
  if (from_) reader.resume(*from_);
  if (begun) reader.header_is_there();
  reader.on_pause([this] {
    sink_->flush();
    if (!options_.checkpoint.empty() && now() - saved_ >= kSaveEvery) save();
  });
  // From here on a kill leaves a checkpoint that says what of the output counts.
  if (!options_.checkpoint.empty() && !from_) save();
}

// CSV goes on with the columns that it has.
void FilesOutput::check_header() {
  const std::string first = file_->first_line();
  const auto fits = [&](RecordKind kind) {
    if (from_ && from_->kind != RecordKind::automatic && from_->kind != kind) return false;
    return options_.format == record::Format::csv ? first == reader_->header(kind) : first.starts_with('{');
  };
  for (const RecordKind kind : {RecordKind::log, RecordKind::sample}) {
    if (!fits(kind)) continue;
    if (options_.format == record::Format::csv) reader_->set_kind(kind);
    return;
  }
  throw OutputError(fmt::format("{} begins with {}: these records cannot be added to it; choose another file",
                                options_.output, printable(first, 80)));
}

void FilesOutput::save() {
  std::optional<FilesCheckpoint> checkpoint = reader_->checkpoint();
  if (!checkpoint) return;
  if (file_) {
    file_->sync();
    checkpoint->length = file_->length();
  }
  checkpoint->output = options_.output;
  checkpoint->save(options_.checkpoint);
  saved_ = now();
}

void FilesOutput::finish(bool complete) {
  sink_->flush();
  if (!options_.checkpoint.empty()) save();
  if (complete || file_) sink_->close();
}

}  // namespace aiops::source
