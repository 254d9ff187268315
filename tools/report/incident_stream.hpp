// What aiops-report incidents reads: scores, and beside them log records and spans, in one stream or in
// files of their own, and what it knows of an incident from them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "cli/command.hpp"
#include "incident/cause.hpp"
#include "incident/changes.hpp"
#include "incident/feed.hpp"
#include "incident/incidents.hpp"
#include "incident/log_memory.hpp"
#include "incident/trace_memory.hpp"
#include "record/reader.hpp"

namespace aiops::tools {

struct EvidenceOptions {
  std::vector<std::string> graphs, beside, changes, history;
  std::string prefix;  // of the fields that aiops-score has appended
  Nanos logs_around = 5 * kMinute, changes_before = kHour;
  std::int64_t log_lines = 20, traces = 3, causes = 5;
};

// Adds to incidents what is known around them. One thread.
class EvidenceBook {
 public:
  EvidenceBook(EvidenceOptions options, Diagnostics& diagnostics);

  incident::Graph& graph() { return graph_; }
  const std::string& prefix() const { return options_.prefix; }
  incident::CauseRanker& ranker() { return ranker_; }
  void add_log(const incident::LogLine& line) { logs_.add(line); }
  void add_request(const incident::TraceExample& request, bool failed) { traces_.add(request, failed); }
  // now: how far the data go.
  void complete(incident::Incident& incident, Nanos now);
  // An incident is over: what was learned of it counts for the next.
  void learn(const incident::Incident& incident);
  // What was usual before; nothing of it is an incident. Throws what the reader throws.
  void read_history(record::ReaderOptions options, record::Rejects& rejects, Diagnostics& diagnostics);
  // When all of it is read: what it says of who calls whom.
  void learn_calls();
  std::uint64_t refused_lines() const { return logs_.refused(); }

 private:
  void rank(incident::Incident& incident, Nanos now);
  void refresh_changes();

  const EvidenceOptions options_;
  Diagnostics& diagnostics_;
  incident::Graph graph_;
  incident::CauseRanker ranker_;
  incident::CallLearner learner_;
  incident::LogMemory logs_;
  incident::TraceMemory traces_;
  std::vector<incident::Change> changes_;
  std::string changes_read_;  // sizes and times of the files when they were read
};

// Records of one reader, given to whom they concern, in the order in which they come.
class RecordStream {
 public:
  // options.columns are set by this.
  RecordStream(record::ReaderOptions options, record::Rejects& rejects, Diagnostics& diagnostics,
               EvidenceBook& book, incident::Incidents& incidents);

  record::Reader& reader() { return reader_; }
  // The time of the next record; kNoTime at the end.
  Nanos next_time();
  // Takes the next record. Precondition: next_time() said that there is one.
  void take();
  std::uint64_t rows() const { return rows_; }
  std::uint64_t scored() const { return scored_; }

 private:
  void take_score(std::size_t row);
  void take_log(std::size_t row);
  void take_request(std::size_t row, bool span);
  double number(std::size_t which, std::size_t row) const { return batch_->value[number_[which]][row]; }
  std::string_view text(std::size_t which, std::size_t row) const { return batch_->text[text_[which]][row]; }

  std::vector<std::size_t> number_, text_;  // columns, by what they hold; filled before reader_ is made
  record::Reader reader_;
  EvidenceBook& book_;
  incident::Incidents& incidents_;
  incident::Feed feed_;
  const record::Batch* batch_ = nullptr;
  std::size_t at_ = 0;
  std::uint64_t rows_ = 0, scored_ = 0;
};

}  // namespace aiops::tools
