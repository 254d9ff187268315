#include "record/reader.hpp"

#include <fmt/core.h>

#include <cstring>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/block_input.hpp"
#include "record/row_fields.hpp"
#include "record/series_finder.hpp"
#include "record/split_row.hpp"
#include "record/text_arena.hpp"

namespace aiops::record {
namespace {

const char* newline(const char* p, const char* end) {
  return static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p) + 1));
}

bool blank(std::string_view line) {
  if (!line.empty() && static_cast<unsigned char>(line.front()) > ' ') return false;
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

struct Reader::Impl {
  Impl(ReaderOptions o, Rejects& r, Diagnostics& d)
      : options(std::move(o)),
        columns(options.columns),
        rejects(r),
        diagnostics(d),
        input(options.files, options.block) {
    choose();
  }

  void choose();
  bool open();
  std::vector<std::string> peek();

  bool fill();
  void rows();
  void detect();
  void header();
  // True if the record reaches to the end of what was read, so that more of it may follow.
  bool unfinished(CsvRow::Result result, const char* end) {
    return result == CsvRow::Result::incomplete ||
           (result == CsvRow::Result::row && row_fields->csv().next > end);
  }
  const char* json_rows(const char* p, const char* end);
  const char* csv_rows(const char* p, const char* end);
  bool row(std::string_view line);
  bool values(std::string& wrong);
  bool add(std::string_view line, std::size_t column, Nanos time, Kind kind, std::uint8_t flags);
  void emit(std::string_view line, std::size_t column, SeriesId id, Nanos time, Kind kind,
            std::uint8_t flags);
  void make_room();
  void clear();

  ReaderOptions options;
  const Columns& columns;
  Rejects& rejects;
  Diagnostics& diagnostics;
  BlockInput input;
  std::unique_ptr<RowFields> row_fields;
  std::unique_ptr<SeriesFinder> finder;
  std::function<void(SeriesId)> on_evict;

  Format format = Format::unknown;
  std::string header_text, shown_header, header_file, ending = "\n";
  std::unique_ptr<SplitRow> split;  // with Columns::split_values
  bool opened = false, begun = false, full = false;
  std::size_t resume_column = 0;
  std::uint64_t line_number = 0;
  Batch batch;
  std::vector<std::uint64_t> numbers;
  TextArena arena;
  ReaderCounts counts;
  std::vector<Cell> row_cells;  // of the value columns
  std::vector<double> row_values;
  std::string_view last_time_text;
  std::string last_time_copy;
  Nanos last_time = kNoTime;
};

// Makes ready for the columns.
void Reader::Impl::choose() {
  row_fields = std::make_unique<RowFields>(columns);
  finder = std::make_unique<SeriesFinder>(columns, options.max_series);
  const std::size_t width = columns.split_values ? 1 : columns.values.size();
  batch.value.resize(width);
  batch.raw.resize(width);
  batch.text.resize(columns.texts.size());
}

bool Reader::Impl::open() {
  if (opened) return true;
  if (!input.next_file()) return false;
  opened = true;
  begun = false;
  line_number = 0;
  return true;
}

std::vector<std::string> Reader::Impl::peek() {
  while (open()) {
    for (bool more = true;;) {
      const std::string_view text(input.begin(), static_cast<std::size_t>(input.end() - input.begin()));
      const std::size_t first = text.find_first_not_of(" \t\r\n", text.starts_with("\xef\xbb\xbf") ? 3 : 0);
      const bool whole = first != std::string_view::npos && text.find('\n', first) != std::string_view::npos;
      if (!whole && more && text.size() < BlockInput::kMaxRow) {
        more = input.more();  // moves what text points to
        continue;
      }
      if (first != std::string_view::npos) return field_names(text.substr(first));
      break;
    }
    opened = false;
  }
  return {};
}

void Reader::Impl::clear() {
  batch.line.clear();
  batch.series.clear();
  batch.time.clear();
  batch.flags.clear();
  batch.kind.clear();
  for (auto& column : batch.value) column.clear();
  for (auto& column : batch.raw) column.clear();
  for (auto& column : batch.text) column.clear();
  numbers.clear();
  arena.clear();
}

void Reader::Impl::make_room() {
  for (const SeriesId id : finder->evict())
    if (on_evict) on_evict(id);
  full = false;
}

// Fills the batch with at least one row; false at the end of everything.
bool Reader::Impl::fill() {
  clear();
  if (full) make_room();
  for (;;) {
    if (!open()) return false;
    rows();
    if (!batch.line.empty()) return true;
    if (full) {
      make_room();
      continue;
    }
    if (input.more()) continue;
    rows();  // what is left is the last line
    if (!batch.line.empty()) return true;
    if (full) continue;
    opened = false;
  }
}

void Reader::Impl::rows() {
  if (input.begin() == input.end()) return;
  if (!begun) {
    detect();
    if (!begun) return;
  }
  const char* end = input.end();
  input.consume(format == Format::ndjson ? json_rows(input.begin(), end) : csv_rows(input.begin(), end));
}

// Looks at the first bytes of a file, and takes a CSV's header.
void Reader::Impl::detect() {
  std::string_view text(input.begin(), static_cast<std::size_t>(input.end() - input.begin()));
  const auto refuse = [&](std::string_view what) {
    throw InputError(fmt::format("{}: {}", input.name(), what));
  };
  if (text.starts_with("\x1f\x8b")) refuse("is compressed with gzip; unpack it first: zcat FILE | …");
  if (text.starts_with("\x28\xb5\x2f\xfd"))
    refuse("is compressed with zstd; unpack it first: zstdcat FILE | …");
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff"))
    refuse("is UTF-16; convert it first: iconv -f UTF-16 -t UTF-8");
  if (text.substr(0, 512).find('\0') != std::string_view::npos)
    refuse("holds binary data; expected CSV or NDJSON");
  const bool mark = text.starts_with("\xef\xbb\xbf");
  const std::size_t first = text.find_first_not_of(" \t\r\n", mark ? 3 : 0);
  if (first == std::string_view::npos) {  // only blank lines so far
    if (input.at_end()) input.consume(input.end());
    return;
  }
  if (text[first] == '[') refuse("is a JSON array; expected an object a line: jq -c '.[]' FILE | …");
  const Format found = text[first] == '{' ? Format::ndjson : Format::csv;
  if (format != Format::unknown && found != format)
    refuse(fmt::format("is {}, but {} before it was not; give files of one format",
                       found == Format::csv ? "CSV" : "NDJSON", header_file));
  const bool first_file = format == Format::unknown;
  if (found == Format::csv) {
    if (!input.at_end() && text.find('\n', first) == std::string_view::npos &&
        text.size() < BlockInput::kMaxRow)
      return;
    header();
    return;
  }
  format = found;
  begun = true;
  if (first_file) {
    if (columns.split_values) split = std::make_unique<SplitRow>(columns, format, row_fields->key_columns());
    header_file = input.name();
    const std::size_t nl = text.find('\n', first);
    if (nl != std::string_view::npos && nl > 0 && text[nl - 1] == '\r') ending = "\r\n";
  }
}

void Reader::Impl::header() {
  const char* p = input.begin();
  std::uint64_t blank_lines = 0;
  while (*p == '\n' || *p == '\r') blank_lines += *p++ == '\n';
  CsvRow& row = row_fields->csv();
  const auto result = row.split(p, input.end());
  if (unfinished(result, input.end()) && !input.at_end() &&
      input.end() - p < static_cast<std::ptrdiff_t>(BlockInput::kMaxRow))
    return;
  format = Format::csv;
  const std::string where = fmt::format("{}:{}", input.name(), blank_lines + 1);
  if (result != CsvRow::Result::row) throw InputError(where + ": the header has a quote that is not closed");
  const std::string_view text(p, static_cast<std::size_t>(row.line_end - p));
  if (header_text.empty()) {
    header_text = text;
    header_file = input.name();
    if (*row.line_end == '\r') ending = "\r\n";
    row_fields->csv_header(row, where);
    if (!row_fields->taken().empty())
      throw UsageError(
          fmt::format("{}: the input has a column \"{}\" already; --prefix names the new ones differently",
                      where, row_fields->taken()));
    if (columns.split_values) split = std::make_unique<SplitRow>(columns, format, row_fields->key_columns());
    shown_header = split ? split->header() : header_text;
  } else if (text != header_text) {
    throw InputError(
        fmt::format("{}: the columns differ from those of {}: {}", where, header_file, printable(text, 200)));
  }
  line_number = blank_lines + row.breaks + 1;
  input.consume(std::min(row.next, input.end()));
  begun = true;
}

// Rows of [p, end); returns where the first row that was not taken begins.
const char* Reader::Impl::json_rows(const char* p, const char* end) {
  while (p < end) {
    const char* stop = newline(p, end);
    if (stop == end && !input.at_end()) {
      if (static_cast<std::size_t>(end - p) < BlockInput::kMaxRow) return p;
      rejects.reject(input.name(), line_number + 1, {},
                     fmt::format("a line of more than {} bytes", BlockInput::kMaxRow));
      return end;
    }
    const char* tail = stop > p && stop[-1] == '\r' ? stop - 1 : stop;
    const std::string_view line(p, static_cast<std::size_t>(tail - p));
    ++line_number;
    if (!blank(line)) {
      if (!row_fields->scan_json(line)) {
        rejects.reject(input.name(), line_number, line, row_fields->scan_error(line));
      } else if (!row(line)) {
        --line_number;
        return p;
      }
    }
    p = std::min(stop + 1, end);
  }
  return p;
}

const char* Reader::Impl::csv_rows(const char* p, const char* end) {
  CsvRow& csv = row_fields->csv();
  while (p < end) {
    const char* stop = newline(p, end);
    if (stop == end && !input.at_end() && static_cast<std::size_t>(end - p) < BlockInput::kMaxRow) return p;
    const auto result = csv.split(p, end);
    const bool too_long = static_cast<std::size_t>(end - p) >= BlockInput::kMaxRow;
    if (unfinished(result, end) && !input.at_end() && !too_long) return p;
    std::string_view line(p, static_cast<std::size_t>(stop - p));
    std::string wrong;
    if (result == CsvRow::Result::row) {
      line = {p, static_cast<std::size_t>(csv.line_end - p)};
      stop = csv.next - 1;
      if (!line.empty()) wrong = row_fields->check_csv();
    } else {
      // Only this line is given up: a quote that nobody closes must not swallow what follows it.
      csv.breaks = 0;
      wrong = result == CsvRow::Result::bad ? "text after a closing quote" : "a quote that is not closed";
    }
    ++line_number;
    if (!wrong.empty()) {
      rejects.reject(input.name(), line_number, line, wrong);
    } else if (!line.empty() && !row(line)) {
      --line_number;
      return p;
    }
    line_number += csv.breaks;
    p = std::min(stop + 1, end);
  }
  return p;
}

// Takes the row that `fields` holds; false if the series table is full: the row is to be given again.
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

// Reads the row's numbers; false and what is wrong.
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
  if (!finder->find(*row_fields, column, id, first)) {
    full = true;
    return false;
  }
  if (first) flags |= Row::kFirst;
  const std::uint8_t order = finder->note(id, time);
  if (kind == Kind::sample) flags |= order;
  emit(line, column, id, time, kind, flags);
  return true;
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
    batch.raw[0].push_back(row_cells[column].raw);
  } else {
    for (std::size_t i = 0; i < row_values.size(); ++i) {
      batch.value[i].push_back(row_values[i]);
      batch.raw[i].push_back(row_cells[i].raw);
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

Reader::Reader(ReaderOptions options, Rejects& rejects, Diagnostics& diagnostics)
    : impl_(std::make_unique<Impl>(std::move(options), rejects, diagnostics)) {}
Reader::~Reader() = default;

void Reader::on_block(std::function<void()> hook) { impl_->input.on_block = std::move(hook); }
void Reader::on_evict(std::function<void(SeriesId)> hook) { impl_->on_evict = std::move(hook); }
std::vector<std::string> Reader::peek() { return impl_->peek(); }
void Reader::set_columns(Columns columns) {
  impl_->options.columns = std::move(columns);
  impl_->choose();
}
const Batch* Reader::next() { return impl_->fill() ? &impl_->batch : nullptr; }
Format Reader::format() const { return impl_->format; }
std::string_view Reader::header() const { return impl_->shown_header; }
std::string_view Reader::line_ending() const { return impl_->ending; }
const SeriesTable& Reader::series() const { return impl_->finder->table(); }
const ReaderCounts& Reader::counts() const { return impl_->counts; }
std::string Reader::where(std::size_t row) const {
  return fmt::format("{}:{}", impl_->input.name(), impl_->numbers[row]);
}

Status Reader::finish() {
  const ReaderCounts& c = impl_->counts;
  Diagnostics& say = impl_->diagnostics;
  if (c.duplicates)
    say.warn(
        fmt::format("{} with the same time as the one before in its series, passed on unused; does --by "
                    "leave out a label?",
                    count(c.duplicates, "row")));
  if (c.backwards)
    say.warn(
        fmt::format("{} older than the one before in its series, passed on unused; sort by time to use them",
                    count(c.backwards, "row")));
  if (const auto n = impl_->finder->table().evicted())
    say.warn(fmt::format("{} evicted, the longest idle first, to stay within --max-series {}",
                         n == 1 ? "1 series" : thousands(n) + " series", impl_->options.max_series));
  return impl_->rejects.finish();
}

}  // namespace aiops::record
