#include "record/series_finder.hpp"

namespace aiops::record {

SeriesFinder::SeriesFinder(const Columns& columns, std::size_t max_series)
    : columns_(columns), per_entry_(columns.split_values ? columns.values.size() : 1), table_(max_series) {}

SeriesKey SeriesFinder::full_key(const RowFields& fields, std::size_t column) const {
  SeriesKey key = fields.key();
  const bool alone = columns_.values.size() == 1 || columns_.split_values;
  const std::string& name = alone && !columns_.values.empty() ? columns_.values[column] : columns_.named_by;
  if (!name.empty()) name_by_value(key, name);
  return key;
}

std::uint32_t SeriesFinder::entry_of(const RowFields& fields) {
  const std::uint32_t expected = index_.expected();
  if (expected != KeyIndex::kNone && fields.has_raw_key(index_.raw(expected))) {
    index_.came(expected);
    return expected;
  }
  raw_.clear();
  fields.raw_key(raw_);
  const std::uint32_t known = index_.find(raw_);
  if (known != KeyIndex::kNone) return known;
  // One series may be written in many ways; do not remember more of them than there are series, by a margin.
  if (index_.size() > 4 * table_.size() + 65536) {
    index_.clear();
    known_.clear();
  }
  const std::uint32_t added = index_.add(raw_);
  known_.resize(index_.size() * per_entry_);
  return added;
}

bool SeriesFinder::find(const RowFields& fields, std::size_t column, SeriesId& id, bool& first) {
  const std::uint32_t entry = entry_of(fields);
  Known& known = known_[entry * per_entry_ + column];
  first = false;
  if (known.generation == 0 || known.generation != generation_[known.id]) {
    const SeriesKey key = full_key(fields, column);
    first = !table_.contains(key);
    if (first && table_.full()) return false;
    known.id = table_.intern(key);
    if (known.id >= generation_.size()) {
      generation_.push_back(1);
      newest_.push_back(kNoTime);
      last_used_.push_back(0);
    }
    known.generation = generation_[known.id];
  }
  id = known.id;
  return true;
}

std::vector<SeriesId> SeriesFinder::evict() {
  std::vector<SeriesId> gone = table_.evict(last_used_);
  for (const SeriesId id : gone) {
    ++generation_[id];
    newest_[id] = kNoTime;
  }
  return gone;
}

std::uint8_t SeriesFinder::note(SeriesId id, Nanos time) {
  last_used_[id] = ++clock_;
  if (time == kNoTime) return 0;
  if (newest_[id] == kNoTime || time > newest_[id]) {
    newest_[id] = time;
    return 0;
  }
  return time == newest_[id] ? Row::kDuplicate : Row::kBackwards;
}

}  // namespace aiops::record
