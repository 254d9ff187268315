// Records of a stream into a CauseRanker: which fields to ask the reader for, and what each record is.
#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "incident/call_learner.hpp"
#include "incident/cause.hpp"
#include "record/fields.hpp"
#include "record/reader.hpp"

namespace aiops::incident {

class Feed {
 public:
  // The ranker must outlive it.
  explicit Feed(CauseRanker& ranker) : ranker_(ranker) {}

  // What the reader has to take out of records. Those that are asked for beside these go behind them. chosen:
  // who says what is the time and what tells series apart.
  static record::Columns columns(const record::Columns& chosen = {});
  // One row of a batch that was read with columns(). A row that begins, or whose span ends, after `to` is
  // passed over: that was not known then. A reader's series numbers are its own: call restart() for another.
  void take(const record::Batch& batch, std::size_t row, const record::SeriesTable& series,
            Nanos to = std::numeric_limits<Nanos>::max());
  // Numbers of series mean others now: a new reader, or those evicted.
  void restart() { slots_.clear(); }
  void forget(record::SeriesId id);
  // Samples up to that time are given to the learner as well, which must outlive this.
  void learn_calls(CallLearner& learner, Nanos until = std::numeric_limits<Nanos>::max()) {
    learner_ = &learner;
    learn_until_ = until;
  }

 private:
  void take_span(const record::Batch& batch, std::size_t row, Nanos to);
  void take_values(const record::Batch& batch, std::size_t row, const record::SeriesKey& key);
  void take_alert(const record::Batch& batch, std::size_t row, const record::SeriesKey& key);

  static constexpr std::uint32_t kUnknown = CauseRanker::kNone - 1;
  CauseRanker& ranker_;
  CallLearner* learner_ = nullptr;
  Nanos learn_until_ = 0;
  std::string_view service_;                       // of the row that is taken
  std::vector<std::vector<std::uint32_t>> slots_;  // by series and value column
};

}  // namespace aiops::incident
