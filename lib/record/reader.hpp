// Records in: NDJSON or CSV, told by the first byte, a block at a time.
//
// A Reader owns its buffer; what a Batch points into is valid until the next call of next(). One thread.
//
// The bytes of each row are left as they came; of the fields, only those that were asked for are taken out.
// Rows that cannot be read go to Rejects. The end of the input, an interrupt (base/stop.hpp) and a last line
// without a newline end the stream in order.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/time.hpp"
#include "record/fields.hpp"
#include "record/rejects.hpp"
#include "record/series.hpp"

namespace aiops::record {

enum class Format { unknown, ndjson, csv };

enum class Kind : std::uint8_t { sample, log, span, incident };

struct Columns {
  std::vector<std::string> by;  // key fields; empty: field::kDefaultKey
  bool by_required = true;      // with false, key fields that a CSV does not have are left out
  // With false no series are told: each row's is 0. For tools that need none.
  bool series = true;
  std::string time{field::kTimestamp};  // "" : rows need no time
  TimeUnit time_unit = TimeUnit::automatic;
  std::vector<std::string> values{std::string(field::kValue)};  // read as numbers, in this order
  // The value column that names the series where several are read and split_values is not set; "": none does,
  // the key is what the record has (joint models, reports). One value column alone always does.
  std::string named_by;
  std::vector<std::string> texts;  // read as text, in this order
  // What the tool will append. A record that has such a field already is a UsageError that names it.
  std::vector<std::string> appended;
  // With true, a CSV must have all of `values` as columns and a sample in NDJSON at least one of them; a
  // record of another kind that has none is passed on (Row::kOther), not rejected. With false values may be
  // absent.
  bool value_required = true;
  bool raw = false;  // whether Batch::raw is wanted
  // Each of `values` is a series of its own: a row of k values becomes k rows, each a sample line of its own
  // (time, key fields, metric, value) in the input's format.
  bool split_values = false;
};

struct ReaderOptions {
  std::vector<std::string> files;  // paths, "-" for standard input; none: standard input
  Columns columns;
  std::size_t max_series = 0;      // 0: no limit
  std::size_t block = 256 * 1024;  // bytes read at once; tests make it small
  // Whether rows that look like rows before them are taken the fast way (row_shapes.hpp, text_rows.hpp). The
  // result is the same; tests compare.
  bool shapes = true;
  // Rows in a batch from which on no more are added, so that what a tool keeps of each is bounded where rows
  // are short. 0: as many as a block has.
  std::size_t most_rows = 0;
  Nanos gather = 0;  // what comes from a pipe within this time of a block's first bytes is of its batch
};

// Flags of a row.
struct Row {
  static constexpr std::uint8_t kFirst =
      1;  // the first row of its series: its number may have been another's
  static constexpr std::uint8_t kDuplicate = 2;  // same time as the series' newest row
  static constexpr std::uint8_t kBackwards = 4;  // older than the series' newest row
  static constexpr std::uint8_t kOther = 8;      // another kind of record: to be passed on as it is
  static constexpr std::uint8_t kPass = kDuplicate | kBackwards | kOther;
};

struct Batch {
  // Column arrays, all of the same length; index = row.
  std::vector<std::string_view> line;  // without its line ending
  std::vector<SeriesId> series;        // 0 with Columns::series == false
  std::vector<Nanos> time;             // kNoTime if Columns::time is ""
  std::vector<std::uint8_t> flags;
  std::vector<Kind> kind;
  std::vector<std::vector<double>> value;  // [column][row], NaN: missing
  // [column][row]: the bytes of the value inside line, without quotes; empty if the field is absent. With
  // Columns::raw only.
  std::vector<std::vector<std::string_view>> raw;
  std::vector<std::vector<std::string_view>> text;  // [column][row], unescaped; "" if absent
  std::size_t size() const { return line.size(); }
};

// Duplicates and backwards rows are told for samples only: log and span records are events, which may share
// an instant and come a little out of order; their flags stay clear.
struct ReaderCounts {
  std::uint64_t rows = 0, duplicates = 0, backwards = 0, missing = 0, other = 0;
  std::uint64_t known = 0;  // rows that were taken by their shape (row_shapes.hpp, text_rows.hpp)
};

class Reader {
 public:
  // Opens nothing yet. rejects and diagnostics must outlive the reader.
  Reader(ReaderOptions options, Rejects& rejects, Diagnostics& diagnostics);
  ~Reader();

  // The names of the fields of the first record (top level), empty if there is none. Reads the first block,
  // so that a tool can choose its columns by what is there.
  std::vector<std::string> peek();
  // Other columns than the options'. Before the first next().
  void set_columns(Columns columns);

  // Called before a read that would block, so that a live pipe shows what is there: flush the output.
  void on_block(std::function<void()> hook);
  // Called when series are evicted, before their numbers are given anew.
  void on_evict(std::function<void(SeriesId)> hook);

  // The next rows, or nullptr at the end. At most about block / row length rows, and most_rows. Throws
  // InputError (a file that cannot be opened or read, a CSV header without the columns needed), UsageError
  // (an appended name is there).
  const Batch* next();

  Format format() const;  // unknown before the first byte was seen
  // The CSV header line as it came (BOM included, without its line ending); empty for NDJSON.
  std::string_view header() const;
  // "\n" or "\r\n", as the first line ends.
  std::string_view line_ending() const;
  const SeriesTable& series() const;
  const ReaderCounts& counts() const;
  // For messages: "file:line" of a row of the current batch.
  std::string where(std::size_t row) const;

  // Says what was counted (duplicates, backwards, evictions), closes Rejects, and returns the status so far.
  Status finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::record
