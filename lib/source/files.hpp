// aiops-collect files: log lines and rows of files to log or sample records.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"
#include "record/rejects.hpp"
#include "record/writer.hpp"
#include "source/log_parser.hpp"
#include "source/mapping.hpp"
#include "source/tail.hpp"

namespace aiops::source {

struct FilesOptions {
  TailOptions tail;
  MappingOptions mapping;
  ParserOptions parser;
  // For records that have none of their own. {file} stands for the file's name up to its first dot, {name}
  // for the name without its ending, {folder} and {parent} for the folder that it is in and the one above.
  // Without a service, a container's log has the container's, where the path tells it.
  std::string service, metric;
  std::vector<std::string> labels;  // NAME=TEXT, with {file} and so on too; every record gets them
  record::Format format = record::Format::ndjson;
};

// What was read and what became of it.
struct FilesAccount {
  struct File {
    std::string name;
    InputFormat format = InputFormat::automatic;
    std::uint64_t lines = 0, records = 0, rejected = 0;
    Nanos first = kNoTime, last = kNoTime;  // oldest and newest record
  };
  std::vector<File> files;
  RecordKind kind = RecordKind::automatic;
  std::vector<std::pair<std::string, std::uint64_t>>
      left_out;  // fields that no record has, most frequent first
  std::vector<std::string> warnings;
  Nanos started = kNoTime, finished = kNoTime;

  File total() const;
  std::string summary() const;  // "files: 2 files, 1,000 lines, 998 log records, 2 rejected, … to …"
  std::string json() const;     // the manifest: an object over several lines
};

// Where a run stopped: what of the files has been read, and how long the output was then.
struct FilesCheckpoint {
  std::string output;        // path; "" for standard output
  std::uint64_t length = 0;  // of the output
  RecordKind kind = RecordKind::automatic;
  std::vector<TailPosition> positions;

  // nullopt if there is no such file. Throws InputError when it cannot be read or is no checkpoint of this
  // source.
  static std::optional<FilesCheckpoint> load(const std::filesystem::path& path);
  // Atomic and durable. Throws OutputError.
  void save(const std::filesystem::path& path) const;
};

// What FilesOutput needs of who reads the files.
class FilesReader {
 public:
  virtual ~FilesReader() = default;
  // Before it reads: go on where a checkpoint stands; the header of CSV stands in the output already; all
  // records are of this kind.
  virtual void resume(const FilesCheckpoint& checkpoint) = 0;
  virtual void header_is_there() = 0;
  virtual void set_kind(RecordKind kind) = 0;
  // Called when everything read so far is in the sink, before waiting and now and then: flush, then keep
  // checkpoint(), which is nullopt while lines wait for those that follow.
  virtual void on_pause(std::function<void()> hook) = 0;
  virtual std::optional<FilesCheckpoint> checkpoint() = 0;
  // The header that CSV output has; columns depend on the kind of record.
  virtual std::string header(RecordKind kind) const = 0;
};

// Reads, maps and writes. The references must outlive it. One thread.
class FilesCollector : public FilesReader, private LogParser::Receiver {
 public:
  // Throws UsageError (options), InputError (files that are not there).
  FilesCollector(const FilesOptions& options, record::Sink& sink, record::Rejects& rejects,
                 Diagnostics& diagnostics);
  ~FilesCollector() override;

  void resume(const FilesCheckpoint& checkpoint) override;
  void header_is_there() override { header_there_ = true; }
  void set_kind(RecordKind kind) override { parser_.set_kind(kind); }
  void on_pause(std::function<void()> hook) override { on_pause_ = std::move(hook); }

  // Until the files end or a stop is requested. Throws InputError, OutputError, ClosedPipe.
  void run();

  std::optional<FilesCheckpoint> checkpoint() override;
  // Complete once run() has returned; warnings have been said then.
  FilesAccount account();
  std::string header(RecordKind kind) const override;

 private:
  struct Constants {  // of a file
    std::string service, metric;
    std::vector<std::string> labels;
  };

  void record(std::size_t file, LogRecord& record) override;
  void reject(std::size_t file, std::uint64_t line, std::string_view text, std::string_view what) override;
  std::string_view name(std::size_t file) const override { return tail_.name(file); }
  FilesAccount::File& account_of(std::size_t file);
  void say_what_was_left();

  FilesOptions options_;
  record::Sink& sink_;
  record::Rejects& rejects_;
  Diagnostics& diagnostics_;
  Mapping mapping_;
  LogParser parser_;
  Tail tail_;
  std::vector<std::string> label_names_;
  std::unique_ptr<LogWriter> writer_;
  std::vector<Constants> constants_;
  FilesAccount account_;
  std::function<void()> on_pause_;
  bool header_there_ = false;
};

}  // namespace aiops::source
