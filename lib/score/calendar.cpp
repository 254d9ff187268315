#include "score/calendar.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "record/csv_row.hpp"
#include "score/calendar_ics.hpp"

namespace aiops::score {
namespace {

constexpr std::size_t kPadding = 64;  // readable bytes that CsvRow wants behind its input

std::string_view cell(const record::CsvRow& row, int column, std::string& scratch) {
  if (column < 0 || static_cast<std::size_t>(column) >= row.fields.size()) return {};
  const record::CsvField& field = row.fields[static_cast<std::size_t>(column)];
  if (!field.doubled) return trim(field.text());
  scratch.clear();
  record::undouble(field.text(), scratch);
  return trim(scratch);
}

Nanos time_of(std::string_view text, std::string_view what, const std::string& where) {
  const auto time = parse_time(text);
  if (!time) {
    throw InputError(fmt::format("{}: {} {} is no time: expected 2026-01-31T12:00:00Z, or an epoch number",
                                 where, what, printable(text)));
  }
  return *time;
}

std::vector<Calendar::Entry> read_csv(std::string_view given, const std::string& name) {
  std::string text(given);
  if (!text.ends_with('\n')) text += '\n';
  const std::size_t size = text.size();
  text.append(kPadding, '\n');
  const char* const end = text.data() + size - 1;
  std::vector<Calendar::Entry> entries;
  record::CsvRow row;
  std::string scratch;
  int start = -1, stop = -1, selector = -1, title = -1;
  std::size_t line = 1;
  for (const char* at = text.data(); at < end; at = row.next) {
    const std::string where = fmt::format("{}:{}", name, line);
    if (row.split(at, end) != record::CsvRow::Result::row) {
      throw InputError(fmt::format("{}: a quote that is not closed, or text behind one", where));
    }
    line += 1 + row.breaks;
    if (start < 0) {
      for (int i = 0; i < static_cast<int>(row.fields.size()); ++i) {
        const std::string_view column = cell(row, i, scratch);
        if (column == "start") start = i;
        if (column == "end") stop = i;
        if (column == "selector") selector = i;
        if (column == "name") title = i;
      }
      if (start < 0 || stop < 0) {
        throw InputError(
            fmt::format("{}: expected CSV with the columns start and end (and selector, name), or "
                        "iCalendar, which begins with BEGIN:VCALENDAR",
                        where));
      }
      continue;
    }
    if (row.fields.size() == 1 && cell(row, 0, scratch).empty()) continue;
    Calendar::Entry entry;
    entry.time.start = time_of(cell(row, start, scratch), "start", where);
    entry.time.end = time_of(cell(row, stop, scratch), "end", where);
    if (entry.time.end <= entry.time.start) throw InputError(where + ": it ends before it begins");
    if (const std::string_view which = cell(row, selector, scratch); !which.empty()) {
      try {
        entry.series.push_back(record::Matcher::parse(which));
      } catch (const UsageError& error) {
        throw InputError(fmt::format("{}: {}", where, error.what()));
      }
    }
    entry.name = cell(row, title, scratch);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

Calendar Calendar::read(const std::string& path) {
  std::string text;
  try {
    text = read_file(path);
  } catch (const InputError& error) {
    throw UsageError(fmt::format("--calendar: {}", error.what()));
  }
  return parse(text, path);
}

Calendar Calendar::parse(std::string_view text, const std::string& name) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  Calendar calendar;
  calendar.entries_ =
      trim(text).starts_with("BEGIN:VCALENDAR") ? read_icalendar(text, name) : read_csv(text, name);
  return calendar;
}

std::vector<Calendar::Time> Calendar::times_of(const record::SeriesKey& series) const {
  std::vector<Time> times;
  for (const Entry& entry : entries_) {
    if (record::matches_any(entry.series, series)) times.push_back(entry.time);
  }
  std::sort(times.begin(), times.end(), [](const Time& a, const Time& b) { return a.start < b.start; });
  // Without overlaps a search by the start is enough.
  std::vector<Time> apart;
  for (const Time& time : times) {
    if (!apart.empty() && time.start <= apart.back().end) {
      apart.back().end = std::max(apart.back().end, time.end);
    } else {
      apart.push_back(time);
    }
  }
  return apart;
}

bool Calendar::contains(const std::vector<Time>& times, Nanos time) {
  const auto after = std::upper_bound(times.begin(), times.end(), time,
                                      [](Nanos t, const Time& one) { return t < one.start; });
  return after != times.begin() && time < std::prev(after)->end;
}

}  // namespace aiops::score
