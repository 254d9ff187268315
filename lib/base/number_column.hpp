// Columns of numbers, printed a block at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "base/number.hpp"

namespace aiops {

// Numbers as write_6 writes them, for a block of rows: the digits are made for many at once where the machine
// can (base/isa.hpp), and put in their places row by row. The bytes are those of write_6.
class NumberColumn {
 public:
  // Makes the texts of values[0 … count), which must stay where they are until the next call.
  void print(const double* values, std::size_t count);

  // What was printed, for one who writes many: bytes are written between two looks at it, and of those the
  // compiler does not know that they are not a NumberColumn's. Good until the next print().
  struct Texts {
    const std::uint64_t *digits, *layout;
    const double* values;

    // Writes the i-th number and returns the end. out has kNumberChars. Not finite: writes nothing.
    char* write(char* out, std::size_t i) const {
      const std::uint64_t number = layout[i];
      if (number == 0) [[unlikely]]
        return write_6(out, values[i]);
      *out = '-';
      out += number >> 16;
      std::memcpy(out, "0.000000", 8);
      std::memcpy(out + (number >> 8 & 0xFF), &digits[i], 8);
      return out + (number & 0xFF);
    }
  };
  Texts texts() const { return {digits_.data(), layout_.data(), values_}; }
  char* write(char* out, std::size_t i) const { return texts().write(out, i); }

 private:
  const double* values_ = nullptr;
  std::vector<std::uint64_t> digits_;  // with their point, the first in the lowest byte
  // How many characters there are without a sign (byte 0), of "0.000" before the digits (1) and of sign (2);
  // 0: write_6 is to print the number.
  std::vector<std::uint64_t> layout_;
};

// What NumberColumn::print does, by AVX-512: the arrays must have room for count rounded up to 8. Where a
// number is left to write_6, layout becomes 0. Does nothing on other machines than x86-64.
void print_6_avx512(const double* values, std::size_t count, std::uint64_t* digits, std::uint64_t* layout);

}  // namespace aiops
