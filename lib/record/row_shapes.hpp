// The fast path of a Reader: rows that look like rows before them.
//
// Rows of a stream differ little: the time, the numbers, and which series it is. Each row that the general
// path (row_fields.hpp, reader_row.cpp) has read teaches a shape: the bytes between its time and its numbers.
// A row is taken here exactly if it is, byte for byte, a row that the general path has read, but for another
// time of the same kind of characters and other plain numbers in the same places. So it is a row that the
// general path would read, to the same result; all else is left to it: what is new, what is odd, and what is
// wrong.
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
  enum class Role : std::uint8_t { key, time, value };
  std::string_view raw;  // without quotes
  Role role = Role::key;
  std::uint8_t column = 0;  // of values
  bool json_number = false;
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
    double* const* value;          // [column]
    std::string_view* const* raw;  // [column]
  };

  RowShapes(TimeUnit unit, std::size_t columns) : unit_(unit), columns_(columns) { clear(); }

  // Learns from a row that the general path has read, which stands at line.data() with its line ending behind
  // it. cells: its time, its values and all that names its series, in any order.
  void learn(Format format, std::string_view line, std::vector<RowCell>& cells, Owner owner);

  // Takes rows from p on until one does not look like any before or its series was evicted, `most` are taken
  // or the next might reach to end; notes them in finder. Returns how many, and leaves p behind them. Bytes
  // up to end + 64 must be readable.
  std::size_t take(const char*& p, const char* end, std::size_t most, SeriesFinder& finder, const Out& out);

 private:
  static constexpr std::uint32_t kNone = ~0u;
  static constexpr std::size_t kMostShapes = 8, kMostKeyed = 4;

  // The bytes before a cell, or behind the last one.
  struct Span {
    bool keyed = false;
    std::uint16_t marks = 0;  // keyed: it ends so many bytes (size) behind the one that is the marks-th
    std::uint32_t at = 0, size = 0;  // not keyed: in Shape::text
  };
  struct Place {
    bool time = false, json_number = false;
    std::uint8_t column = 0;
  };
  struct Shape {
    std::string description;  // equal for equal shapes
    std::vector<Span> spans;  // one more than places
    std::vector<Place> places;
    std::string text;                  // of all spans that are not keyed, and 64 bytes more
    std::vector<std::uint8_t> absent;  // value columns that such a row does not have
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
    Owner owner;
    std::uint16_t size[kMostKeyed];
    std::uint8_t shape;
  };

  void clear();
  bool describe(Format format, std::string_view row, const std::vector<RowCell>& cells, Shape& shape,
                std::string& keyed, Entry& entry) const;
  std::uint32_t shape_of(Shape&& shape);
  void add(const Entry& entry, std::string_view keyed);
  std::uint32_t* slot(std::uint64_t hash);
  void grow();
  const char* new_time(Shape& shape, const Place& place, const char* p);
  const char* new_head(Shape& shape, const char* p);
  bool locate(const Shape& shape, const char* p, const char* end, std::uint64_t& hash) const;
  std::uint32_t find(const char* p, const char* end);
  template <class Ops>
  struct Taker;
  std::size_t take_avx2(const char*& p, const char* end, std::size_t most, SeriesFinder& finder,
                        const Out& out);

  TimeUnit unit_;
  std::size_t columns_;
  std::vector<Shape> shapes_;
  std::vector<Entry> entries_;
  std::string bytes_;
  std::vector<std::uint32_t> slots_;
  std::uint32_t last_ = kNone;
  std::size_t reach_ = 0;  // no row that is taken is longer
  std::uint64_t pause_ = 0, pauses_ = 0;
};

}  // namespace aiops::record
