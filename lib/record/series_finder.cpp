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
  if (known.generation == 0 || known.generation != generation(known.id)) {
    const SeriesKey key = full_key(fields, column);
    first = !table_.contains(key);
    if (first && table_.full()) return false;
    known.id = table_.intern(key);
    if (known.id >= use_.size()) use_.emplace_back();
    known.generation = generation(known.id);
  }
  id = known.id;
  return true;
}

std::vector<SeriesId> SeriesFinder::evict() {
  std::vector<SeriesId> gone = table_.evict([&](SeriesId id) { return use_[id].last; });
  for (const SeriesId id : gone) {
    ++use_[id].generation;
    use_[id].newest = kNoTime;
  }
  return gone;
}

}  // namespace aiops::record
