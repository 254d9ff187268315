#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/reader_impl.hpp"

namespace aiops::record {

bool Reader::Impl::row(std::string_view line) {
  if (!row_fields->taken().empty())
    throw UsageError(
        fmt::format("{}:{}: the record has a field \"{}\" already; --prefix names the new ones differently",
                    input.name(), line_number, printable(row_fields->taken())));
  const auto reject = [&](std::string_view what) {
    rejects.reject(input.name(), line_number, line, what);
    return true;
  };
  const Kind kind = row_fields->kind();
  bool any = false;
  row_cells.clear();
  for (std::size_t i = 0; i < columns.values.size(); ++i) {
    row_cells.push_back(row_fields->value(i));
    any |= row_cells[i].type != Cell::Type::absent;
  }
  std::uint8_t flags = 0;
  if (!any && columns.value_required) {
    if (kind == Kind::sample)
      return reject(fmt::format("no field \"{}\"; --value names another", join(columns.values, "\" or \"")));
    flags = Row::kOther;
  }
  Nanos time = kNoTime;
  if (!columns.time.empty()) {
    const Cell cell = row_fields->time();
    if (cell.raw != last_time_copy || last_time == kNoTime || cell.empty()) {
      if (cell.empty() && flags == 0)
        return reject(fmt::format("no time in the field \"{}\"; --time names another", columns.time));
      const auto parsed = parse_time(cell.raw, columns.time_unit);
      if (!parsed && flags == 0)
        return reject(fmt::format("\"{}\" is not a time; expected RFC 3339 or an epoch number",
                                  printable(cell.raw, 60)));
      last_time = parsed.value_or(kNoTime);
      last_time_copy = cell.raw;
    }
    time = last_time;
  }
  std::string wrong;
  if (!values(wrong)) return reject(wrong);
  // A record of another kind has no values to split: it is passed on as it is.
  if (!columns.split_values || flags == Row::kOther) return add(line, 0, time, kind, flags);
  for (; resume_column < columns.values.size(); ++resume_column) {
    if (row_cells[resume_column].type == Cell::Type::absent) continue;
    split->append(*row_fields, resume_column, arena.scratch());
    if (!add(arena.keep(), resume_column, time, kind, flags)) return false;
  }
  resume_column = 0;
  return true;
}

bool Reader::Impl::values(std::string& wrong) {
  row_values.clear();
  for (std::size_t i = 0; i < columns.values.size(); ++i) {
    const Cell& cell = row_cells[i];
    double value = std::numeric_limits<double>::quiet_NaN();
    if (!cell.empty()) {
      const Number kind =
          cell.type == Cell::Type::other ? Number::not_a_number : parse_number(cell.raw, value);
      if (kind == Number::not_a_number || kind == Number::too_large) {
        wrong = fmt::format("{} \"{}\" {}", columns.values[i], printable(cell.raw, 60),
                            kind == Number::too_large ? "does not fit a 64-bit float" : "is not a number");
        return false;
      }
    }
    row_values.push_back(value);
  }
  return true;
}

bool Reader::Impl::add(std::string_view line, std::size_t column, Nanos time, Kind kind, std::uint8_t flags) {
  SeriesId id = 0;
  bool first = false;
  if (!columns.series) {
    emit(line, column, id, time, kind, flags);
    if (texts && format == Format::ndjson && row_fields->text(0).type == Cell::Type::text)
      texts->learn(line, row_fields->text(0).raw);
    return true;
  }
  if (!finder->find(*row_fields, column, id, first)) {
    full = true;
    return false;
  }
  if (first) flags |= Row::kFirst;
  const std::uint8_t order = finder->note(id, time);
  if (kind == Kind::sample) flags |= order;
  emit(line, column, id, time, kind, flags);
  // Logs and spans have texts and ids of their own: to learn from each would cost time and memory for
  // nothing.
  if (shapes && flags != Row::kOther && kind != Kind::log && kind != Kind::span) learn(line, kind, first);
  return true;
}

void Reader::Impl::learn(std::string_view line, Kind kind, bool first) {
  if (format == Format::csv && row_fields->csv().breaks > 0) return;  // more than one line
  row_fields->row_cells(shape_cells);
  const SeriesId id = batch.series.back();
  shapes->learn(format, line, shape_cells, {id, finder->generation(id), kind}, first);
}

void Reader::Impl::resize(std::size_t rows) {
  batch.line.resize(rows);
  batch.series.resize(rows);
  batch.time.resize(rows);
  batch.flags.resize(rows);
  batch.kind.resize(rows);
  for (auto& column : batch.value) column.resize(rows);
  if (columns.raw)
    for (auto& column : batch.raw) column.resize(rows);
  for (auto& column : batch.text) column.resize(rows);
  numbers.resize(rows);
}

const char* Reader::Impl::known_rows(const char* p, const char* end) {
  if (texts ? !texts->any() : !shapes || !shapes->any()) return p;
  for (;;) {
    const std::size_t first = batch.size();
    if (enough()) return p;
    const std::size_t room = options.most_rows > 0 ? options.most_rows - first : known_run;
    const std::size_t run = std::min(known_run, room);
    resize(first + run);
    const std::size_t taken = take_known(p, end, run, first);
    resize(first + taken);
    count_known(first);
    known_run =
        taken == run ? std::min(4 * run, kMostKnown) : std::max(kLeastKnown, std::min(run, 2 * taken));
    if (taken < run) return p;
  }
}

std::size_t Reader::Impl::take_known(const char*& p, const char* end, std::size_t run, std::size_t first) {
  if (texts) {
    const std::size_t taken =
        texts->take(p, end, run, {batch.line.data() + first, batch.text[0].data() + first});
    for (std::size_t row = first; row < first + taken; ++row) {
      batch.time[row] = kNoTime;
      batch.kind[row] = Kind::log;
    }
    return taken;
  }
  for (std::size_t i = 0; i < batch.value.size(); ++i) {
    known_value[i] = batch.value[i].data() + first;
    if (columns.raw) known_raw[i] = batch.raw[i].data() + first;
  }
  for (std::size_t i = 0; i < batch.text.size(); ++i) known_text[i] = batch.text[i].data() + first;
  return shapes->take(p, end, run, *finder,
                      {batch.line.data() + first, batch.series.data() + first, batch.flags.data() + first,
                       batch.kind.data() + first, batch.time.data() + first, known_value.data(),
                       columns.raw ? known_raw.data() : nullptr, known_text.data()});
}

void Reader::Impl::count_known(std::size_t first) {
  const std::size_t rows = batch.size() - first;
  for (std::size_t row = first; row < batch.size(); ++row) {
    numbers[row] = ++line_number;
    counts.duplicates += (batch.flags[row] & Row::kDuplicate) != 0;
    counts.backwards += (batch.flags[row] & Row::kBackwards) != 0;
  }
  counts.rows += rows;
  counts.known += rows;
  if (batch.value.empty()) return;
  for (std::size_t row = first; row < batch.size(); ++row) counts.missing += std::isnan(batch.value[0][row]);
}

void Reader::Impl::emit(std::string_view line, std::size_t column, SeriesId id, Nanos time, Kind kind,
                        std::uint8_t flags) {
  batch.line.push_back(line);
  batch.series.push_back(id);
  batch.time.push_back(time);
  batch.flags.push_back(flags);
  batch.kind.push_back(kind);
  numbers.push_back(line_number);
  if (columns.split_values) {
    batch.value[0].push_back(row_values[column]);
    if (columns.raw) batch.raw[0].push_back(row_cells[column].raw);
  } else {
    for (std::size_t i = 0; i < row_values.size(); ++i) {
      batch.value[i].push_back(row_values[i]);
      if (columns.raw) batch.raw[i].push_back(row_cells[i].raw);
    }
  }
  for (std::size_t i = 0; i < columns.texts.size(); ++i) {
    const Cell cell = row_fields->text(i);
    if (cell.encoded) {
      arena.scratch() = row_fields->decode(cell);
      batch.text[i].push_back(arena.keep());
    } else {
      batch.text[i].push_back(cell.type == Cell::Type::null ? std::string_view{} : cell.raw);
    }
  }
  ++counts.rows;
  counts.duplicates += (flags & Row::kDuplicate) != 0;
  counts.backwards += (flags & Row::kBackwards) != 0;
  counts.other += (flags & Row::kOther) != 0;
  if (!row_values.empty() &&
      row_values[columns.split_values ? column : 0] != row_values[columns.split_values ? column : 0])
    counts.missing += (flags & Row::kOther) == 0;
}

}  // namespace aiops::record
