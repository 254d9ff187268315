// What a Reader is made of: reader.cpp has files, formats and where rows begin and end; reader_row.cpp what
// becomes of one row.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "record/block_input.hpp"
#include "record/reader.hpp"
#include "record/row_fields.hpp"
#include "record/series_finder.hpp"
#include "record/split_row.hpp"
#include "record/text_arena.hpp"
#include "record/text_rows.hpp"

namespace aiops::record {

struct Reader::Impl {
  Impl(ReaderOptions o, Rejects& r, Diagnostics& d)
      : options(std::move(o)),
        columns(options.columns),
        rejects(r),
        diagnostics(d),
        input(options.files, options.block) {
    input.gather = options.gather;
    choose();
  }

  // Makes ready for the columns.
  void choose();
  bool open();  // the next file, if none is open
  std::vector<std::string> peek();

  // Fills the batch with at least one row; false at the end of everything.
  bool fill();
  void rows();
  // Looks at the first bytes of a file, and takes a CSV's header.
  void detect();
  void header();
  // True if the record reaches to the end of what was read, so that more of it may follow.
  bool unfinished(CsvRow::Result result, const char* end) {
    return result == CsvRow::Result::incomplete ||
           (result == CsvRow::Result::row && row_fields->csv().next > end);
  }
  // Rows of [p, end); return where the first row that was not taken begins.
  const char* json_rows(const char* p, const char* end);
  const char* csv_rows(const char* p, const char* end);

  // Takes the rows from p on that look like rows before them; returns where another begins.
  const char* known_rows(const char* p, const char* end);
  // The same for as many as `run`, of which the first is to be the batch's row `first`; how many were taken.
  std::size_t take_known(const char*& p, const char* end, std::size_t run, std::size_t first);
  void count_known(std::size_t first);  // of the batch's rows from there on
  void resize(std::size_t rows);        // of the batch
  // Makes what row_fields holds a row that others may look like.
  void learn(std::string_view line, Kind kind, bool first);

  // Takes the row that row_fields holds; false if the series table is full: the row is to be given again.
  bool row(std::string_view line);
  // The batch has as many rows as it may have.
  bool enough() const { return options.most_rows > 0 && batch.size() >= options.most_rows; }
  // Reads the row's numbers; false and what is wrong.
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
  std::unique_ptr<RowShapes> shapes;  // none where rows cannot be taken by their shape
  std::unique_ptr<TextRows> texts;    // in its place where a text is all that is asked for
  std::vector<RowCell> shape_cells;
  // How many rows are taken by their shape at once: many where that goes well, for room is made for them
  // first.
  static constexpr std::size_t kLeastKnown = 4, kMostKnown = 1024;
  std::size_t known_run = kLeastKnown;
  std::vector<double*> known_value;
  std::vector<std::string_view*> known_raw, known_text;
  std::function<void(SeriesId)> on_evict;

  Format format = Format::unknown;
  // The header as it came, as it is told (other with split_values), and the file that it stood in.
  std::string header_text, shown_header, header_file, ending = "\n";
  std::unique_ptr<SplitRow> split;  // with Columns::split_values
  bool opened = false, begun = false, full = false;
  std::size_t resume_column = 0;  // of a row that was interrupted by a full table
  std::uint64_t line_number = 0;
  Batch batch;
  std::vector<std::uint64_t> numbers;  // of the batch's lines
  TextArena arena;
  ReaderCounts counts;
  std::vector<Cell> row_cells;  // of the value columns
  std::vector<double> row_values;
  std::string
      last_time_copy;  // a row's time as it stands there, and what it reads as: neighbours often share it
  Nanos last_time = kNoTime;
};

}  // namespace aiops::record
