// The fast path of a Reader for rows of NDJSON of which one text is asked for and nothing else: no time, no
// series, no number. Log records have a text of their own each, so that none looks like one before
// (row_shapes.hpp), but the same fields in the same order.
//
// Each row that the general path has read teaches an outline: its bytes between its texts and numbers. A row
// is taken here exactly if it has the outline of such a row, byte for byte, with texts of printable ASCII
// without an escape, and plain numbers, in the places of texts and numbers. Such a row is valid JSON with the
// same names, so the general path would read it, to the same result; all else is left to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aiops::record {

class TextRows {
 public:
  // Where the rows that are taken go, index = row.
  struct Out {
    std::string_view* line;  // without its line ending
    std::string_view* text;  // points into the line
  };

  bool any() const { return !outlines_.empty(); }

  // Learns from a row that the general path has read. `text`: the bytes asked for within it, without quotes.
  void learn(std::string_view row, std::string_view text);

  // Takes rows from p on until one is like none before, its text is empty, `most` are taken or the next might
  // reach to end. Returns how many, and leaves p behind them. At end there must be a '\n', and 64 readable
  // bytes behind it.
  std::size_t take(const char*& p, const char* end, std::size_t most, const Out& out);

 private:
  static constexpr std::size_t kMostOutlines = 8;
  // After rows that were learned from while few were taken, a pause of so many.
  static constexpr std::uint64_t kVain = 8, kMostVain = 512, kPause = 4096;

  struct Place {
    std::uint32_t at = 0, size = 0;  // the bytes before it, in Outline::bytes
    bool number = false, wanted = false;
  };
  struct Outline {
    std::string bytes;  // between the places, and 16 bytes more
    std::vector<Place> places;
    std::uint32_t tail = 0, tail_size = 0;  // the bytes behind the last place
  };

  static bool describe(std::string_view row, std::string_view text, Outline& outline);
  static const char* match(const Outline& outline, const char* p, std::string_view& text);

  std::vector<Outline> outlines_;
  std::size_t last_ = 0, replaced_ = 0;
  std::uint64_t vain_ = 0, pause_ = 0;
};

}  // namespace aiops::record
