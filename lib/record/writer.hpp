// Records out: a buffered sink, the appender that grows rows to the right, and the writer of new records.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/number_column.hpp"
#include "record/reader.hpp"

namespace aiops::record {

// Where bytes go: standard output, or a file that appears when it is complete. Bytes collect in a buffer that
// is written when it is large or on flush(). Throws OutputError; ClosedPipe when the reader has gone.
class Sink {
 public:
  // path "" or "-": standard output.
  explicit Sink(const std::string& path = "");
  // A file that grows: the caller opened it at the place where writing goes on. close() does not rename it.
  Sink(Fd file, std::string name);
  // Nowhere: the caller takes the bytes out of buffer(), and flush() leaves them there.
  struct Memory {};
  explicit Sink(Memory) : name_("memory"), fd_(-1) {}
  // Writes nothing: what is still in the buffer is lost unless close() was called.
  ~Sink();
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;

  std::string& buffer() {  // append here …
    if (rows_used_ > 0) buffer_.append(rows_.data(), std::exchange(rows_used_, 0));
    return buffer_;
  }
  void written() {  // … then say so
    if (buffer_.size() >= kFlush) flush();
  }
  // Or write into `bytes` bytes of room, and say where they ended. more_room: what stands there up to `at` is
  // kept.
  char* room(std::size_t bytes) {
    return buffer_.empty() && rows_.size() - rows_used_ >= bytes ? rows_.data() + rows_used_
                                                                 : new_room(bytes);
  }
  char* more_room(char* at, std::size_t bytes);
  void wrote(const char* end) {
    rows_used_ = static_cast<std::size_t>(end - rows_.data());
    if (rows_used_ >= kFlush) flush();
  }
  void write(std::string_view bytes) {
    buffer().append(bytes);
    written();
  }
  void flush();
  // Flushes and makes the file appear under its name; a full disk shows here at the latest.
  void close();

 private:
  static constexpr std::size_t kFlush = 256 * 1024;
  char* new_room(std::size_t bytes);

  std::string name_, buffer_;
  // What room() gave. Only one of this and buffer_ holds anything: that keeps the order.
  std::vector<char> rows_;
  std::size_t rows_used_ = 0;
  std::unique_ptr<AtomicFile> file_;
  Fd growing_;
  int fd_;
};

// Appends fields to rows of either format. Usage: start(row), one call for each name given, end().
class Appender {
 public:
  Appender(Sink& sink, std::vector<std::string> names) : sink_(sink), names_(std::move(names)) {}

  // Once, before the first row: for CSV writes the header with the new names appended.
  void begin(Format format, std::string_view header, std::string_view line_ending);

  void start(std::string_view line);
  void number(double value);   // shortest exact text; missing (null, empty) if not finite
  void number6(double value);  // 6 significant digits; missing if not finite
  void number6(const NumberColumn& column, std::size_t row);  // the same, of what was printed before
  void integer(std::int64_t value);
  void text(std::string_view value);
  // A text of letters, digits and underscores, which stands in both formats as it is.
  void word(std::string_view value);
  void list(const std::vector<std::string>& values);  // array in NDJSON, ;-separated in CSV
  void missing();
  void end();

  // Rows, from lines[first] to before lines[last], all of whose new fields are numbers: columns[i] has those
  // of the i-th name. As start(), number6() for each, end(), for each row.
  void rows(const std::string_view* lines, const NumberColumn* columns, std::size_t first, std::size_t last);

  // A row that is passed on as it came: unchanged in NDJSON, with empty fields in CSV.
  void pass(std::string_view line);

 private:
  // What stands between a value and the one before it; the text is padded, so that it is copied in whole
  // chunks.
  struct Prefix {
    std::string text;
    std::size_t size;
  };
  std::string_view open_end(std::string_view line, bool& comma) const;
  void field();
  void copy(std::string_view bytes);

  Sink& sink_;
  std::vector<std::string> names_;
  std::vector<Prefix> prefixes_;
  std::string ending_ = "\n", scratch_;
  Format format_ = Format::ndjson;
  char* at_ = nullptr;       // up to here the row that is being written stands in the sink
  std::size_t reserve_ = 0;  // room for all fields if they are numbers, and the row's end
  std::size_t next_ = 0;
  bool comma_ = true;
};

// Writes records from nothing, in a fixed column order. The first record writes the CSV header. A field that
// is missing is left out in NDJSON and empty in CSV.
class RecordWriter {
 public:
  RecordWriter(Sink& sink, Format format, std::vector<std::string> columns);

  // CSV: the header stands in the output already.
  void header_is_there() { header_ = true; }

  void start();
  // In the order of the columns; columns that are skipped are missing, and so are an empty text and a number
  // that is not finite. A key's `labels.NAME` fields go into the object `labels` in NDJSON; in CSV they must
  // be among the columns (InputError otherwise: not known beforehand).
  void time(std::size_t column, Nanos value);
  void text(std::size_t column, std::string_view value);
  void number(std::size_t column, double value);
  void number6(std::size_t column, double value);
  void integer(std::size_t column, std::int64_t value);
  void json(std::size_t column, std::string_view raw);  // raw JSON in NDJSON, quoted as text in CSV
  void end();

 private:
  struct Column {
    std::string name;  // NDJSON: ,"name": without "labels."
    bool label = false;
  };
  std::string& field(std::size_t column);
  void write_header();

  Sink& sink_;
  Format format_;
  std::vector<std::string> names_;
  std::vector<Column> columns_;
  std::size_t next_ = 0;  // CSV: the column that the row has come to
  bool first_ = true;     // NDJSON: nothing stands in the object that is open
  bool labels_ = false;   // NDJSON: that is the one of labels
  bool header_ = false;
  Nanos last_time_ = kNoTime;  // neighbours often share it …
  std::string last_text_;      // … and this is how it is written
};

}  // namespace aiops::record
