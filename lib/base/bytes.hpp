// Numbers and texts as bytes, little-endian, and back: what models and states are saved as. Inline, no
// allocation of their own.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "base/error.hpp"

namespace aiops {

static_assert(std::endian::native == std::endian::little, "numbers are saved as this machine has them");

template <typename T>
void put(std::string& out, T value) {
  static_assert(std::is_arithmetic_v<T> || std::is_enum_v<T>);
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

inline void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

// Reads in the order of writing; throws InputError("… ends too early") rather than read past the end.
class ByteReader {
 public:
  // what: names the bytes in messages.
  ByteReader(std::string_view bytes, std::string_view what) : rest_(bytes), what_(what) {}

  template <typename T>
  T get() {
    static_assert(std::is_arithmetic_v<T>);
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view get_text() { return take(get<std::uint32_t>()); }
  std::string_view take(std::uint64_t length) {
    if (length > rest_.size()) fail("ends too early");
    const std::string_view taken = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return taken;
  }
  std::size_t left() const { return rest_.size(); }
  void end() const {
    if (!rest_.empty()) fail("has bytes too many");
  }
  void check(bool good, std::string_view wrong) const {
    if (!good) fail(wrong);
  }
  [[noreturn]] void fail(std::string_view wrong) const {
    throw InputError(std::string(what_) + " " + std::string(wrong));
  }

 private:
  std::string_view rest_, what_;
};

}  // namespace aiops
