#include "report/chart_data.hpp"

#include <algorithm>
#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::report {
namespace {

constexpr std::size_t kCoarser =
    4;  // with a stride, tracks other than the value have a point for so many of its
constexpr std::uint16_t kNothing = 0xFFFF;  // a missing value in a track

// A track: quantised to 16 bits between its lowest and highest value, missing as 0xFFFF; [low, high, base64],
// with no third member where all are the same, and null where there is nothing.
void append_track(std::string& out, const std::vector<float>& values, double base) {
  float low = std::numeric_limits<float>::infinity(), high = -low;
  bool missing = false;
  for (const float value : values) {
    missing |= std::isnan(value);
    if (std::isnan(value)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) {
    out += "null";
    return;
  }
  out += '[';
  append_shortest(out, base + low);
  out += ',';
  append_shortest(out, base + high);
  if (missing || high > low) {
    const double scale = high > low ? (kNothing - 1) / (static_cast<double>(high) - low) : 0;
    std::string bytes;
    bytes.reserve(values.size() * 2);
    for (const float value : values) {
      const auto level =
          std::isnan(value)
              ? kNothing
              : static_cast<std::uint16_t>(std::lround((static_cast<double>(value) - low) * scale));
      bytes += static_cast<char>(level & 0xFF);
      bytes += static_cast<char>(level >> 8);
    }
    out += ",\"";
    append_base64(out, bytes);
    out += '"';
  }
  out += ']';
}

enum class Take { lowest, highest, mean };

// One value for every `stride` rows; NaN where all are missing.
std::vector<float> thinned(std::vector<float> values, std::size_t stride, Take take) {
  if (stride == 1) return values;
  std::vector<float> points;
  points.reserve(values.size() / stride + 1);
  for (std::size_t begin = 0; begin < values.size(); begin += stride) {
    const std::size_t end = std::min(begin + stride, values.size());
    float best = std::numeric_limits<float>::quiet_NaN();
    double sum = 0;
    int count = 0;
    for (std::size_t i = begin; i < end; ++i) {
      const float value = values[i];
      if (std::isnan(value)) continue;
      ++count;
      sum += value;
      if (!(take == Take::lowest ? best <= value : best >= value)) best = value;
    }
    points.push_back(take == Take::mean && count > 0 ? static_cast<float>(sum / count) : best);
  }
  return points;
}

void append_varint(std::string& bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  bytes += static_cast<char>(value);
}

std::int64_t millis(Nanos time, Nanos origin) { return time / kMillisecond - origin / kMillisecond; }

// Times of points: the first, then changes of the step (zigzag), as variable-length integers; 0 is followed
// by the number of further points whose step does not change, so that a regular series costs a few bytes.
std::string packed_times(const std::vector<Nanos>& time, Nanos origin) {
  std::string bytes;
  std::int64_t before = 0, step = 0;
  std::uint64_t steady = 0;
  const auto flush = [&] {
    if (steady == 0) return;
    append_varint(bytes, 0);
    append_varint(bytes, steady - 1);
    steady = 0;
  };
  for (const Nanos one : time) {
    const std::int64_t at = millis(one, origin), change = at - before - step;
    step = at - before;
    before = at;
    if (change == 0) {
      ++steady;
      continue;
    }
    flush();
    append_varint(bytes,
                  (static_cast<std::uint64_t>(change) << 1) ^ static_cast<std::uint64_t>(change >> 63));
  }
  flush();
  return bytes;
}

template <class T, class Each>
void append_list(std::string& out, std::string_view name, const std::vector<T>& items, Each each) {
  append_json_string(out, name);
  out += ":[";
  for (const T& item : items) {
    if (&item != &items.front()) out += ',';
    each(item);
  }
  out += ']';
}

void append_number_6(std::string& out, double value) {
  const std::size_t before = out.size();
  append_6(out, value);
  if (out.size() == before) out += "null";
}

}  // namespace

void append_script_string(std::string& out, std::string_view text) {
  const std::string quoted = json_string(text);
  for (const char c : quoted) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
}

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t left = std::min<std::size_t>(bytes.size() - i, 3);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < left ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    out += kDigits[group >> 18];
    out += kDigits[group >> 12 & 63];
    out += left > 1 ? kDigits[group >> 6 & 63] : '=';
    out += left > 2 ? kDigits[group & 63] : '=';
  }
}

void ChartSeries::add(const ScoreRow& row) {
  if (std::isnan(base_) && !std::isnan(row.value)) base_ = row.value;
  const double base = std::isnan(base_) ? 0 : base_;
  const auto less_base = [base](double value) {
    return static_cast<float>(std::clamp(value - base, -3e38, 3e38));
  };
  sorted_ = sorted_ && row.time >= newest_;
  newest_ = std::max(newest_, row.time);
  const auto time = static_cast<std::uint64_t>(row.time);
  const double level = std::isnan(row.level) ? row.score : row.level;
  rows_.push({static_cast<std::uint32_t>(time),
              static_cast<std::uint32_t>(time >> 32),
              {less_base(row.value), less_base(row.expected), less_base(row.lower), less_base(row.upper),
               static_cast<float>(level)}});
  if (row.alert || row.score >= 1) add_mark(row);
}

void ChartSeries::add_mark(const ScoreRow& row) {
  Mark mark{
      row.time, static_cast<float>(std::min(row.score, 1e30)), rows_.last().track[kValue], -1, row.severity,
      row.alert};
  if (!row.reasons.empty() && (row.alert || reasons_.size() < kMostReasons)) {
    std::string text = join(split_reasons(row.reasons), "\n");
    if (!text.empty()) {
      mark.reasons = static_cast<std::int32_t>(reasons_.size());
      reasons_.push_back(std::move(text));
    }
  }
  marks_.push_back(mark);
  if (marks_.size() >= 2 * kMostMarks) keep_worst_marks(kMostMarks);
}

void ChartSeries::keep_worst_marks(std::size_t most) {
  if (marks_.size() <= most) return;
  std::nth_element(
      marks_.begin(), marks_.begin() + static_cast<std::ptrdiff_t>(most), marks_.end(),
      [](const Mark& a, const Mark& b) { return a.alert != b.alert ? a.alert : a.score > b.score; });
  marks_.resize(most);
  // Texts of marks that are gone go, too.
  std::vector<std::string> kept;
  for (Mark& mark : marks_) {
    if (mark.reasons < 0) continue;
    kept.push_back(std::move(reasons_[static_cast<std::size_t>(mark.reasons)]));
    mark.reasons = static_cast<std::int32_t>(kept.size() - 1);
  }
  reasons_ = std::move(kept);
}

std::vector<ChartSeries::Row> ChartSeries::take_rows() {
  std::vector<Row> rows = rows_.take();
  if (!sorted_) {
    std::stable_sort(rows.begin(), rows.end(),
                     [](const Row& a, const Row& b) { return time_of(a) < time_of(b); });
  }
  return rows;
}

void ChartSeries::append_json(std::string& out, Nanos origin, std::size_t stride) {
  const std::vector<Row> rows = take_rows();
  const double base = std::isnan(base_) ? 0 : base_;
  const std::size_t coarse = stride == 1 ? 1 : stride * kCoarser;
  std::vector<Nanos> time;
  time.reserve(rows.size() / stride + 1);
  for (std::size_t i = 0; i < rows.size(); i += stride) time.push_back(time_of(rows[i]));
  out += "\"n\":" + std::to_string(time.size()) + ",\"stride\":" + std::to_string(stride);
  out += ",\"coarse\":" + std::to_string(coarse / stride) + ",\"t\":\"";
  append_base64(out, packed_times(time, origin));
  out += '"';
  const auto track = [&](std::string_view name, Track which, std::size_t points, Take take, double offset) {
    std::vector<float> values;
    values.reserve(rows.size());
    for (const Row& row : rows) values.push_back(row.track[which]);
    out += ",\"" + std::string(name) + "\":";
    append_track(out, thinned(std::move(values), points, take), offset);
  };
  track("value", kValue, stride, Take::lowest, base);
  if (stride > 1) track("high", kValue, stride, Take::highest, base);
  track("expected", kExpected, coarse, Take::mean, base);
  track("lower", kLower, coarse, Take::mean, base);
  track("upper", kUpper, coarse, Take::mean, base);
  track("level", kLevel, coarse, Take::highest, 0);
  std::sort(marks_.begin(), marks_.end(), [](const Mark& a, const Mark& b) { return a.time < b.time; });
  out += ',';
  append_list(out, "marks", marks_, [&](const Mark& mark) {
    out += '[' + std::to_string(millis(mark.time, origin)) + ',';
    append_number_6(out, mark.score);
    out += ',';
    append_number_6(out, base + mark.value);
    out += ',' + std::to_string(static_cast<int>(mark.severity)) + ',' + (mark.alert ? '1' : '0');
    if (mark.reasons >= 0) out += ',' + std::to_string(mark.reasons);
    out += ']';
  });
  out += ',';
  append_list(out, "reasons", reasons_,
              [&](const std::string& reason) { append_script_string(out, reason); });
}

std::vector<std::size_t> choose_strides(const std::vector<std::size_t>& rows, std::size_t bytes) {
  // Five tracks of 2 bytes a row, or, with a stride, 2 × 2 bytes and four tracks at a quarter a point; base64
  // adds a third.
  constexpr double kRowBytes = 10 * 4 / 3.0, kPointBytes = 6 * 4 / 3.0;
  const auto cost = [&](double cap) {
    double sum = 0;
    for (const std::size_t n : rows) sum += std::min(static_cast<double>(n), cap) * kRowBytes;
    return sum;
  };
  const double longest = rows.empty() ? 0 : static_cast<double>(*std::max_element(rows.begin(), rows.end()));
  double low = 0, high = longest;
  if (cost(longest) <= static_cast<double>(bytes)) {
    low = longest;
  } else {
    while (high - low > 1) {
      const double middle = (low + high) / 2;
      (cost(middle) <= static_cast<double>(bytes) ? low : high) = middle;
    }
  }
  std::vector<std::size_t> strides;
  for (const std::size_t n : rows) {
    const auto count = static_cast<double>(n);
    const double wanted =
        count <= low ? 1 : std::max(2.0, std::ceil(count * kPointBytes / (std::max(low, 1.0) * kRowBytes)));
    strides.push_back(static_cast<std::size_t>(wanted));
  }
  return strides;
}

}  // namespace aiops::report
