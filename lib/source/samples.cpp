#include "source/samples.hpp"

namespace aiops::source {

SampleSeries& SeriesBook::find(std::size_t part, record::SeriesKey key) {
  name_ = std::to_string(part) + ' ' + key.text();
  std::unique_ptr<SampleSeries>& entry = series_[name_];
  if (!entry) {
    entry = std::make_unique<SampleSeries>();
    entry->part = part;
    entry->key = std::move(key);
  }
  return *entry;
}

void SeriesBook::forget_idle(Nanos time) {
  std::erase_if(series_, [time](const auto& entry) { return entry.second->last < time; });
}

void SampleFrame::clear() { rewind({0, 0, 0}); }

void SampleFrame::start_series(SampleSeries& series) {
  runs_.push_back({&series, points_.size(), points_.size()});
}

void SampleFrame::add(Nanos time, std::string_view value) {
  if (bytes() + sizeof(Point) + value.size() > memory_) throw FrameFull();
  points_.push_back(
      {time, static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(value.size())});
  text_.append(value);
  runs_.back().end = points_.size();
}

void SampleFrame::rewind(const Mark& mark) {
  runs_.resize(mark.runs);
  points_.resize(mark.points);
  text_.resize(mark.text);
}

}  // namespace aiops::source
