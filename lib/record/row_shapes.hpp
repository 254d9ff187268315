// The fast path of a Reader: rows that look like rows before them.
//
// Rows of a stream differ little: the time, the numbers, and which series it is. Each row that the general
// path (row_fields.hpp, reader_row.cpp) has read teaches a shape: the bytes between its time and its numbers.
// A row is taken here exactly if it is, byte for byte, a row that the general path has read, but for another
// time of the same kind of characters and other plain numbers in the same places. So it is a row that the
// general path would read, to the same result; all else is left to it: what is new, what is odd, and what is
// wrong.
//
// Numbers in columns that nobody asked for may differ, too: they are passed over. A value that is missing,
// and a text that was asked for, are part of the bytes between: another text is another shape. So texts
// should be few, as a severity's are; of shapes that no row has had since, new ones take the place.
//
// Of the bytes between, those that hold key fields are kept for each series, the others once for a shape. As
// series mostly come round in the same order, the bytes of the series that followed last time are compared
// first; only if they differ the series is looked up.
//
// Memory: some 50 bytes a series and its name as it stands in the row. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "record/reader.hpp"

namespace aiops::record {

class SeriesFinder;

// Where the cells stand in a row that a Reader takes out of it.
struct RowCell {
  enum class Role : std::uint8_t { key, time, value, text, unasked };
  std::string_view raw;  // without quotes
  Role role = Role::key;
  std::uint8_t column = 0;  // of values, or of texts
  bool json_number = false, null = false, encoded = false;
};

class RowShapes {
 public:
  static constexpr std::size_t kLongest = 64;  // of a time or a number that is taken here
  // What is known of a row's series.
  struct Owner {
    SeriesId series;
    std::uint32_t generation;  // of the series' number
    Kind kind;
  };
  // Where the fields of taken rows go, an array each, index = row.
  struct Out {
    std::string_view* line;  // without its line ending
    SeriesId* series;
    std::uint8_t* flags;
    Kind* kind;
    Nanos* time;
    double* const* value;           // [column]
    std::string_view* const* raw;   // [column], or nullptr
    std::string_view* const* text;  // [column]
  };

  RowShapes(TimeUnit unit, std::size_t values, std::size_t texts)
      : unit_(unit), values_(values), texts_(texts) {
    clear();
  }

  // How many rows' names are remembered.
  std::size_t size() const { return entries_.size(); }
  // Whether there is a row that others could look like.
  bool any() const { return last_ != kNone; }

  // Learns from a row that the general path has read, which stands at line.data() with its line ending behind
  // it. cells: its time, its values and all that names its series, in any order.
  // first: the series had no row before.
  void learn(Format format, std::string_view line, std::vector<RowCell>& cells, Owner owner, bool first);

  // Takes rows from p on until one does not look like any before or its series was evicted, `most` are taken
  // or the next might reach to end; notes them in finder. Returns how many, and leaves p behind them. Bytes
  // up to end + 64 must be readable.
  std::size_t take(const char*& p, const char* end, std::size_t most, SeriesFinder& finder, const Out& out);

 private:
  static constexpr std::uint32_t kNone = ~0u;
  static constexpr std::size_t kMostShapes = 8, kMostKeyed = 4;
  static constexpr std::size_t kMostBytes = 1u << 30;  // of names
  // After so many shapes given up unused, or so many rows of known series that were learned from where less
  // than eight times as many were taken, a pause of so many rows.
  static constexpr std::uint64_t kMostReplaced = 64, kMostVain = 8 * 1024, kPause = 4096, kVain = 8;

  // The bytes before a cell, or behind the last one.
  struct Span {
    bool keyed = false;
    std::uint16_t marks = 0;  // keyed: it ends so many bytes (size) behind the one that is the marks-th
    std::uint32_t at = 0, size = 0;  // not keyed: in Shape::text
  };
  enum class What : std::uint8_t { time, value, unasked, missing, text, null };
  struct Place {
    What what = What::value;
    bool json_number = false;
    std::uint8_t column = 0;
    std::uint32_t at = 0, size = 0;  // what is not a time or a value: in Shape::text
  };
  struct Shape {
    std::string description;  // equal for equal shapes
    std::vector<Span> spans;  // one more than places
    std::vector<Place> places;
    std::string text;                  // of all spans that are not keyed, and 64 bytes more
    std::vector<std::uint8_t> absent;  // value columns that such a row does not have
    std::vector<std::uint8_t> absent_texts;
    std::uint32_t serial = 0;  // no two shapes have the same
    bool used = false;         // a row has been taken by it, since that was last looked at
    bool csv = false;
    bool heads = false;       // the time comes first, behind a span that is not keyed
    std::uint8_t ending = 1;  // bytes of the line ending
    std::string head;         // that span and the time of the row before, and 64 bytes more
    std::size_t head_size = 0;
    Nanos time = kNoTime;  // of the row before
    std::string time_text;
  };
  struct Entry {
    std::uint64_t hash;
    std::uint32_t at, successor;  // at: its bytes in bytes_
    std::uint32_t serial;         // of its shape; another has taken that one's place if it is not the same
    Owner owner;
    std::uint16_t size[kMostKeyed];
    std::uint8_t shape;
  };

  void clear();
  bool describe(Format format, std::string_view row, const std::vector<RowCell>& cells, Shape& shape,
                std::string& keyed, Entry& entry) const;
  bool describe_sorted(Format format, std::string_view row, std::vector<RowCell>& cells, Shape& shape,
                       std::string& keyed, Entry& entry) const;
  bool describe_span(std::string_view text, bool is_keyed, Shape& shape, std::string& keyed,
                     Entry& entry) const;
  bool describe_place(const RowCell& cell, Shape& shape) const;
  // The number of a shape like this one, or kNone if there is no room for another now.
  std::uint32_t shape_of(Shape&& shape);
  void add(const Entry& entry, std::string_view keyed);
  // Of the table of entries: its number, and the upper half of its hash, so that it need not be looked at to
  // be passed by.
  struct Slot {
    std::uint32_t entry = kNone, hash = 0;
  };
  Slot* slot(std::uint64_t hash);
  void grow();
  const char* new_time(Shape& shape, const Place& place, const char* p);
  const char* new_head(Shape& shape, const char* p);
  const char* locate(const Shape& shape, const char* p, const char* end, std::uint64_t& hash) const;
  // The entry that the row at p seems to be of if it has that shape, or kNone.
  std::uint32_t find(std::uint32_t shape, const char* p, const char* end);
  template <class Ops>
  struct Taker;
  std::size_t take_avx2(const char*& p, const char* end, std::size_t most, SeriesFinder& finder,
                        const Out& out);

  TimeUnit unit_;
  std::size_t values_, texts_;
  std::vector<Shape> shapes_;
  std::vector<Entry> entries_;
  std::string bytes_;
  std::vector<Slot> slots_;
  std::uint32_t last_ = kNone;
  std::size_t reach_ = 0;  // no row that is taken is longer
  std::size_t most_series_ = 0;
  std::uint32_t serial_ = 0;
  unsigned strays_ = 0;  // rows one after another that were not of the series that was expected
  // Rows that are not learned from yet; shapes given up unused; kVain for each row of a known series that was
  // learned from, less one for each that was taken.
  std::uint64_t pause_ = 0, replaced_ = 0, vain_ = 0;
};

}  // namespace aiops::record
