#include "record/reader.hpp"

#include <fmt/core.h>

#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/reader_impl.hpp"

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

void Reader::Impl::choose() {
  row_fields = std::make_unique<RowFields>(columns);
  finder = std::make_unique<SeriesFinder>(columns, options.max_series);
  const bool text_alone = !columns.series && columns.time.empty() && columns.values.empty() &&
                          columns.texts == std::vector<std::string>{std::string(field::kMessage)};
  texts = options.shapes && text_alone ? std::make_unique<TextRows>() : nullptr;
  const bool plain = options.shapes && columns.series && !columns.split_values;
  shapes = plain ? std::make_unique<RowShapes>(columns.time_unit, columns.values.size(), columns.texts.size())
                 : nullptr;
  const std::size_t width = columns.split_values ? 1 : columns.values.size();
  batch.value.resize(width);
  batch.raw.resize(width);
  batch.text.resize(columns.texts.size());
  known_value.resize(width);
  known_raw.resize(width);
  known_text.resize(columns.texts.size());
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

const char* Reader::Impl::json_rows(const char* p, const char* end) {
  for (;;) {
    p = known_rows(p, end);
    if (p == end || enough()) break;
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
  for (;;) {
    p = known_rows(p, end);
    if (p == end || enough()) break;
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
