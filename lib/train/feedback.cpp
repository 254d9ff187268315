#include "train/feedback.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::train {
namespace {

constexpr std::string_view kStart = "start", kEnd = "end", kVerdict = "verdict", kSelector = "selector";

bool inside(const std::vector<Interval>& intervals, Nanos time) {
  return std::any_of(intervals.begin(), intervals.end(),
                     [&](const Interval& one) { return time >= one.start && time <= one.end; });
}

}  // namespace

void Feedback::read(const std::vector<std::string>& files, const record::Columns& columns,
                    Diagnostics& diagnostics) {
  for (const std::string& file : files) {
    record::ReaderOptions options;
    options.files = {file};
    options.columns.by = columns.by;
    // A value column of another name stands in the metric.
    if (!columns.by.empty() &&
        std::find(columns.by.begin(), columns.by.end(), field::kMetric) == columns.by.end()) {
      options.columns.by.insert(options.columns.by.begin(), std::string(field::kMetric));
    }
    options.columns.by_required = false;
    options.columns.time = kStart;
    options.columns.time_unit = columns.time_unit;
    options.columns.values.clear();
    options.columns.value_required = false;
    options.columns.texts = {std::string(kEnd), std::string(kVerdict), std::string(kSelector)};
    record::Rejects rejects(diagnostics);
    record::Reader reader(options, rejects, diagnostics);
    const std::vector<std::string> names = reader.peek();
    for (const std::string_view name : {kStart, kVerdict}) {
      if (names.empty() || std::find(names.begin(), names.end(), name) != names.end()) continue;
      throw InputError(fmt::format(
          "{}: its first record has no field {}; --feedback expects labels with start, end and verdict", file,
          name));
    }
    while (const record::Batch* batch = reader.next()) {
      for (std::size_t i = 0; i < batch->size(); ++i) {
        const std::string where = reader.where(i);
        Entry entry;
        entry.key = reader.series().key(batch->series[i]);
        entry.time.start = entry.time.end = batch->time[i];
        if (const std::string_view text = batch->text[0][i]; !text.empty()) {
          const auto end = parse_time(text, columns.time_unit);
          if (!end) throw InputError(fmt::format("{}: end \"{}\" is not a time", where, printable(text, 60)));
          if (*end < entry.time.start) throw InputError(where + ": it ends before it starts");
          entry.time.end = *end;
        }
        const std::string_view verdict = batch->text[1][i];
        if (verdict != "expected" && verdict != "missed") {
          throw InputError(
              fmt::format("{}: verdict \"{}\"; expected the column verdict with expected or missed", where,
                          printable(verdict, 60)));
        }
        entry.missed = verdict == "missed";
        if (const std::string_view selector = batch->text[2][i]; !selector.empty()) {
          try {
            entry.selector.push_back(record::Matcher::parse(selector));
          } catch (const UsageError& error) {
            throw InputError(fmt::format("{}: {}", where, error.what()));
          }
        }
        entries_.push_back(std::move(entry));
      }
    }
    if (rejects.count() > 0) {
      throw InputError(
          fmt::format("{}: {} could not be read; without them the model would learn what it should not", file,
                      aiops::count(rejects.count(), "row")));
    }
  }
}

Feedback::OfSeries Feedback::of(const record::SeriesKey& series) {
  OfSeries found;
  for (Entry& entry : entries_) {
    const bool fields = std::all_of(entry.key.fields.begin(), entry.key.fields.end(), [&](const auto& field) {
      return series.get(field.first) == field.second;
    });
    if (!fields || !record::matches_any(entry.selector, series)) continue;
    entry.used = true;
    (entry.missed ? found.missed : found.expected).push_back(entry.time);
  }
  return found;
}

std::uint64_t Feedback::count(bool missed) const {
  return static_cast<std::uint64_t>(std::count_if(
      entries_.begin(), entries_.end(), [&](const Entry& entry) { return entry.missed == missed; }));
}

std::uint64_t Feedback::unused() const {
  return static_cast<std::uint64_t>(
      std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) { return !entry.used; }));
}

model::Expected expected_of(const model::Schema& schema, const SeriesHistory& history) {
  model::Expected expected;
  const std::size_t columns = schema.joint ? history.width : 1;
  const std::size_t first = schema.joint ? 0 : schema.value_input();
  for (const Interval& interval : history.expected) {
    model::Episode episode{interval.start, interval.end, {}, {}};
    for (std::size_t c = 0; c < columns; ++c) {
      std::vector<double> in, out;
      for (std::size_t row = 0; row < history.count(); ++row) {
        const double value = history.data[row * history.width + first + c];
        const Nanos time = history.time[row];
        if (time >= interval.start && time <= interval.end) {
          in.push_back(value);
        } else if (!inside(history.expected, time)) {
          out.push_back(value);
        }
      }
      if (in.empty() || out.empty()) break;
      double median = 0;
      episode.usual.push_back(model::usual_of(std::move(out), &median));
      episode.ranges.push_back(model::range_of(in, episode.usual.back(), median));
    }
    if (episode.ranges.size() == columns) expected.add(std::move(episode));
  }
  return expected;
}

}  // namespace aiops::train
