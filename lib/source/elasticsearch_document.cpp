// DocumentReader: a document of an index as a log record.
#include <fmt/core.h>

#include "base/error.hpp"
#include "source/elasticsearch.hpp"
#include "source/record_labels.hpp"

namespace aiops::source {

MappingOptions with_time(MappingOptions options, const std::string& time_field) {
  for (const std::string& text : options.map) {
    if (!text.starts_with("timestamp=") || text == "timestamp=" + time_field) continue;
    throw UsageError(
        fmt::format("--map {}: the time is that by which the documents are asked for and ordered; "
                    "--time-field names it",
                    text));
  }
  std::erase(options.map, "timestamp=" + time_field);
  options.map.push_back("timestamp=" + time_field);
  return options;
}

DocumentReader::DocumentReader(const ElasticsearchOptions& options)
    : service_(options.service),
      mapping_(with_time(options.mapping, options.time_field)),
      json_(mapping_),
      builder_(mapping_, RecordKind::log) {
  names_ = names_of_labels(options.labels, mapping_);
  for (const std::string& label : options.labels) texts_.push_back(label_of(label).second);
}

const std::string& DocumentReader::parse(const SearchHit& hit, LogRecord& record) {
  const std::string& wrong = json_.read(hit.source, builder_);
  if (!wrong.empty()) return wrong;
  return builder_.finish(record);
}

const std::string& DocumentReader::read(const SearchHit& hit, Nanos time, bool exact, LogRecord& record) {
  if (hit.source.empty()) {
    error_ = "the index keeps no source of its documents (_source is switched off, or left out by --body)";
    return error_;
  }
  builder_.start();
  const std::string* wrong = &parse(hit, record);
  if (!wrong->empty()) {
    // A time in a form of its own, or not in the source: the server knows it.
    builder_.start();
    builder_.at(time);
    wrong = &parse(hit, record);
    if (!wrong->empty()) return *wrong;
  }
  // The document may say it finer than the index keeps it; if it says something else, the index is right.
  const bool fits = exact ? record.time == time : record.time >= time && record.time - time < kMillisecond;
  if (!fits) record.time = time;
  if (record.service.empty()) record.service = service_;
  record.labels.insert(record.labels.begin(), texts_.begin(), texts_.end());
  return *wrong;
}

}  // namespace aiops::source
