// Where the records of files go, and the checkpoint that is kept once they are there.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "record/writer.hpp"
#include "source/checkpoint.hpp"
#include "source/files.hpp"

namespace aiops::source {

struct FilesOutputOptions {
  std::string output;      // "" and "-": standard output
  std::string checkpoint;  // "": none
  bool grows = false;      // the output is added to (following, or a checkpoint), not written anew
  record::Format format = record::Format::ndjson;
};

// Opened before the reader of the files, which writes to sink(); attached to it afterwards. One thread.
class FilesOutput {
 public:
  // Throws InputError (checkpoint), UsageError (a checkpoint that belongs to another output), OutputError.
  explicit FilesOutput(const FilesOutputOptions& options);

  record::Sink& sink() { return *sink_; }
  // The reader goes on where the checkpoint stands, and its pauses flush the output and keep a new
  // checkpoint. Throws OutputError when the output holds something that its records cannot be added to.
  void attach(FilesReader& reader);
  // After the reader's run. complete: false leaves a file that does not grow as it was.
  void finish(bool complete);

 private:
  void check_header();
  void save();

  FilesOutputOptions options_;
  std::optional<FilesCheckpoint> from_;
  std::unique_ptr<GrowingFile> file_;
  std::unique_ptr<record::Sink> sink_;
  FilesReader* reader_ = nullptr;
  Nanos saved_ = 0;  // when
};

}  // namespace aiops::source
