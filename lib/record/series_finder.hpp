// Which series a row belongs to, and whether it comes in order. Memory: some 200 bytes a series and what its
// name takes.
#pragma once

#include <vector>

#include "record/key_index.hpp"
#include "record/row_fields.hpp"

namespace aiops::record {

class SeriesFinder {
 public:
  SeriesFinder(const Columns& columns, std::size_t max_series);

  const SeriesTable& table() const { return table_; }

  // The series of value column `column` of the row in `fields`; false if it is new and the table is full:
  // call evict(), then again. first: it had no number before.
  bool find(const RowFields& fields, std::size_t column, SeriesId& id, bool& first);
  std::vector<SeriesId> evict();

  // Of the series' number: changes when it is evicted.
  std::uint32_t generation(SeriesId id) const { return use_[id].generation; }
  // Loads into the cache what note() will look at.
  void prefetch(SeriesId id) const { __builtin_prefetch(&use_[id], 1); }
  // Notes a row of a series at a time; tells Row::kDuplicate, Row::kBackwards or 0.
  std::uint8_t note(SeriesId id, Nanos time) {
    Use& use = use_[id];
    use.last = ++clock_;
    if (time > use.newest) {  // kNoTime is the least
      use.newest = time;
      return 0;
    }
    return time == kNoTime ? 0 : time == use.newest ? Row::kDuplicate : Row::kBackwards;
  }

 private:
  // Entries of the index are raw keys; this gives the series of each entry and column.
  struct Known {
    SeriesId id = 0;
    std::uint32_t generation = 0;  // of the number; 0: not known
  };
  // The entry of the row's key in the index; a new one if it has none.
  std::uint32_t entry_of(const RowFields& fields);
  SeriesKey full_key(const RowFields& fields, std::size_t column) const;

  const Columns& columns_;
  std::size_t per_entry_;
  KeyIndex index_;
  SeriesTable table_;
  std::vector<Known> known_;
  struct Use {
    Nanos newest = kNoTime;
    std::uint64_t last = 0;  // clock_ at its last row
    std::uint32_t generation = 1;
  };
  std::vector<Use> use_;  // by series number
  std::uint64_t clock_ = 0;
  std::string raw_;
};

}  // namespace aiops::record
