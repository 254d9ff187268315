#include "source/files.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "source/file_names.hpp"
#include "source/record_labels.hpp"

namespace aiops::source {
namespace {

constexpr std::uint64_t kTickLines = 1
                                     << 10;  // lines after which it is looked whether one has waited too long
constexpr std::uint64_t kPauseLines =
    1 << 16;  // lines after which a checkpoint may be kept although more are there

void replace(std::string& text, std::string_view place, std::string_view with) {
  for (std::size_t at = 0; (at = text.find(place, at)) != std::string::npos; at += with.size()) {
    text.replace(at, place.size(), with);
  }
}

// {file}, {name}, {folder} and {parent} replaced.
std::string filled(std::string text, std::string_view path) {
  if (text.find('{') == std::string::npos) return text;
  if (path == "standard input") path = "stdin";
  const std::filesystem::path whole(path);
  std::filesystem::path name = whole.filename();
  while (name.extension() == ".gz" || name.extension() == ".zst") name = name.stem();
  replace(text, "{file}", stem_of(path));
  replace(text, "{name}", name.stem().string());
  replace(text, "{folder}", whole.parent_path().filename().string());
  replace(text, "{parent}", whole.parent_path().parent_path().filename().string());
  return text;
}

}  // namespace

FilesCollector::FilesCollector(const FilesOptions& options, record::Sink& sink, record::Rejects& rejects,
                               Diagnostics& diagnostics)
    : options_(options),
      sink_(sink),
      rejects_(rejects),
      diagnostics_(diagnostics),
      mapping_(options.mapping),
      parser_(mapping_, options.parser, *this),
      tail_(options.tail, diagnostics),
      label_names_(names_of_labels(options.labels, mapping_)) {
  if (mapping_.any_label() && options.format == record::Format::csv) {
    throw UsageError(
        "--keep with * and CSV: the columns must be known beforehand; name the fields, or write NDJSON");
  }
  tail_.on_block([this] {
    parser_.tick(now());
    if (on_pause_) on_pause_();
  });
  account_.started = now();
  parser_.tick(account_.started);
}

FilesCollector::~FilesCollector() = default;

void FilesCollector::resume(const FilesCheckpoint& checkpoint) {
  tail_.resume(checkpoint.positions);
  for (std::size_t i = 0; i < tail_.files(); ++i) {
    if (!tail_.state(i).empty()) parser_.restore(i, tail_.state(i));
  }
  parser_.set_kind(checkpoint.kind);
}

std::string FilesCollector::header(RecordKind kind) const { return csv_header_of(kind, label_names_); }

FilesAccount::File& FilesCollector::account_of(std::size_t file) {
  while (account_.files.size() <= file)
    account_.files.emplace_back().name = tail_.name(account_.files.size());
  return account_.files[file];
}

void FilesCollector::run() {
  TailLine line;
  for (std::uint64_t lines = 1; tail_.next(line); ++lines) {
    account_of(line.file).lines += line.what != TailLine::What::end;
    try {
      parser_.take(line);
    } catch (const InputError& error) {
      if (!options_.tail.follow) throw;
      diagnostics_.warn(fmt::format("{}; the file is left out", error.what()));
      tail_.drop(line.file);
    }
    if (lines % kTickLines == 0) parser_.tick(now());
    if (lines % kPauseLines == 0 && on_pause_) on_pause_();
  }
  parser_.flush();
  account_.finished = now();
  say_what_was_left();
}

void FilesCollector::record(std::size_t file, LogRecord& record) {
  while (constants_.size() <= file) {
    const std::string& path = tail_.name(constants_.size());
    Constants& made = constants_.emplace_back();
    made.service =
        options_.service.empty() ? std::string(container_of(path)) : filled(options_.service, path);
    made.metric = filled(options_.metric, path);
    for (const std::string& label : options_.labels)
      made.labels.push_back(filled(label_of(label).second, path));
  }
  const Constants& constants = constants_[file];
  if (record.service.empty()) record.service = constants.service;
  if (record.metric.empty()) record.metric = constants.metric;
  record.labels.insert(record.labels.begin(), constants.labels.begin(), constants.labels.end());
  if (!writer_) {
    writer_ = std::make_unique<LogWriter>(sink_, options_.format, parser_.kind(), label_names_,
                                          mapping_.any_label());
    if (header_there_) writer_->header_is_there();
  }
  writer_->write(record);
  FilesAccount::File& account = account_of(file);
  ++account.records;
  if (account.first == kNoTime || record.time < account.first) account.first = record.time;
  account.last = std::max(account.last, record.time);
}

void FilesCollector::reject(std::size_t file, std::uint64_t line, std::string_view text,
                            std::string_view what) {
  ++account_of(file).rejected;
  rejects_.reject(tail_.name(file), line, text, what);
}

std::optional<FilesCheckpoint> FilesCollector::checkpoint() {
  if (parser_.holds()) return std::nullopt;
  for (std::size_t i = 0; i < tail_.files(); ++i) tail_.state(i) = parser_.state(i);
  FilesCheckpoint made;
  made.kind = parser_.kind();
  made.positions = tail_.positions();
  return made;
}

FilesAccount FilesCollector::account() {
  for (std::size_t i = 0; i < account_.files.size(); ++i) account_.files[i].format = parser_.format(i);
  account_.kind = parser_.kind();
  account_.left_out = mapping_.left_out();
  return account_;
}

void FilesCollector::say_what_was_left() {
  const auto warn = [this](std::string text) {
    diagnostics_.warn(text);
    account_.warnings.push_back(std::move(text));
  };
  for (const std::string& option : mapping_.unused()) {
    if (!account_.files.empty()) warn(fmt::format("{}: no line has this field", option));
  }
  if (parser_.guessed_unit()) {
    warn(
        "the request times are whole numbers and were taken for microseconds (Apache's %D); "
        "--duration-unit names another unit");
  }
  if (parser_.guessed_year()) {
    warn(
        "the times have no year and were taken for the newest that are not in the future; --year names "
        "another");
  }
  if (const std::string text = mapping_.left_out_text(); !text.empty()) diagnostics_.info(text);
}

}  // namespace aiops::source
