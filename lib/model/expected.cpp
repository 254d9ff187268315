#include "model/expected.hpp"

#include <algorithm>
#include <cmath>

#include "base/bytes.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 1;
constexpr double kUsualShare = 0.98;  // of the other rows, between the ends of what is usual
constexpr double kBeyond = 0.1;       // of the distance of the extreme from the median
constexpr std::uint32_t kMostRanges = 100'000;

double quantile(const std::vector<double>& sorted, double share) {
  return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
}

bool inside(const std::vector<Range>& ranges, const double* row, std::size_t width) {
  if (ranges.size() != width) return false;
  for (std::size_t i = 0; i < width; ++i) {
    if (!(row[i] >= ranges[i].low && row[i] <= ranges[i].high)) return false;
  }
  return true;
}

}  // namespace

void Expected::add(Episode episode) {
  std::erase_if(episodes, [&](const Episode& known) {
    return known.start == episode.start && known.end == episode.end;
  });
  const auto at = std::upper_bound(episodes.begin(), episodes.end(), episode,
                                   [](const Episode& a, const Episode& b) { return a.start < b.start; });
  episodes.insert(at, std::move(episode));
  if (episodes.size() > kMostEpisodes) episodes.erase(episodes.begin());
}

std::string Expected::bytes() const {
  std::string out;
  if (episodes.empty()) return out;
  put(out, kFormat);
  put(out, static_cast<std::uint32_t>(episodes.size()));
  for (const Episode& episode : episodes) {
    put(out, episode.start);
    put(out, episode.end);
    put(out, static_cast<std::uint32_t>(episode.ranges.size()));
    for (std::size_t i = 0; i < episode.ranges.size(); ++i) {
      for (const Range& range : {episode.ranges[i], episode.usual[i]}) {
        put(out, range.low);
        put(out, range.high);
      }
    }
  }
  return out;
}

Expected Expected::parse(std::string_view bytes) {
  Expected expected;
  if (bytes.empty()) return expected;
  ByteReader in(bytes, "what was expected");
  in.check(in.get<std::uint8_t>() == kFormat, "is of another version");
  const auto count = in.get<std::uint32_t>();
  in.check(count <= kMostEpisodes, "has episodes too many");
  for (std::uint32_t i = 0; i < count; ++i) {
    Episode episode;
    episode.start = in.get<Nanos>();
    episode.end = in.get<Nanos>();
    const auto ranges = in.get<std::uint32_t>();
    in.check(ranges <= kMostRanges && ranges <= in.left() / (2 * sizeof(Range)), "has ranges too many");
    for (std::uint32_t r = 0; r < ranges; ++r) {
      for (std::vector<Range>* ranges_of : {&episode.ranges, &episode.usual}) {
        Range& range = ranges_of->emplace_back();
        range.low = in.get<double>();
        range.high = in.get<double>();
      }
    }
    expected.episodes.push_back(std::move(episode));
  }
  in.end();
  return expected;
}

Range usual_of(std::vector<double> values, double* median) {
  std::sort(values.begin(), values.end());
  *median = quantile(values, 0.5);
  return {quantile(values, (1 - kUsualShare) / 2), quantile(values, (1 + kUsualShare) / 2)};
}

Range range_of(const std::vector<double>& episode, const Range& usual, double median) {
  const auto [min, max] = std::minmax_element(episode.begin(), episode.end());
  // It was strange, but not for its values: then they have to be the same.
  if (*min >= usual.low && *max <= usual.high) return {*min, *max};
  return {*min < usual.low ? *min - kBeyond * (median - *min) : usual.low,
          *max > usual.high ? *max + kBeyond * (*max - median) : usual.high};
}

void ExpectedRun::below(const Expected& expected, Nanos time, const double* row, std::size_t width) {
  if (since_ == kNoTime) return;
  const bool strange =
      std::any_of(expected.episodes.begin(), expected.episodes.end(), [&](const Episode& episode) {
        return inside(episode.ranges, row, width) && !inside(episode.usual, row, width);
      });
  if (strange && time != kNoTime) {
    last_ = time;
    calm_ = 0;
  } else if (calm_ < kCalmRows) {
    ++calm_;
  }
}

bool ExpectedRun::covers(const Expected& expected, Nanos time, const double* row, std::size_t width,
                         Nanos grace) {
  if (time == kNoTime) return false;
  const Episode* longest = nullptr;
  for (const Episode& episode : expected.episodes) {
    if (inside(episode.ranges, row, width) && (longest == nullptr || episode.length() > longest->length())) {
      longest = &episode;
    }
  }
  // What has gone out of the range is over when the longest could be.
  Nanos length = longest != nullptr ? longest->length() : 0;
  for (const Episode& episode : expected.episodes) {
    if (longest == nullptr) length = std::max(length, episode.length());
  }
  if (since_ == kNoTime || (calm_ >= kCalmRows && time - last_ > length)) {
    since_ = time;
    other_ = false;
  }
  last_ = time;
  calm_ = 0;
  const double most = 1.5 * static_cast<double>(length) + static_cast<double>(grace);
  if (longest == nullptr || static_cast<double>(time - since_) > most) other_ = true;
  return !other_;
}

void ExpectedRun::save(std::string& out) const {
  put(out, since_);
  put(out, last_);
  put(out, calm_);
  put(out, static_cast<std::uint8_t>(other_));
}

void ExpectedRun::load(std::string_view bytes) {
  ByteReader in(bytes, "what was expected");
  since_ = in.get<Nanos>();
  last_ = in.get<Nanos>();
  calm_ = in.get<std::uint32_t>();
  other_ = in.get<std::uint8_t>() != 0;
  in.end();
}

}  // namespace aiops::model
