// One function for saving and loading: a part lists its fields once, in `archive(Archive&)`, and the archive
// writes them or reads them. Numbers keep every bit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"

namespace aiops::model {

class Archive {
 public:
  // Writes: appends to `out`, which must outlive the archive.
  explicit Archive(std::string& out) : out_(&out) {}
  // Reads; `what` names the bytes in messages. Throws InputError where they end too early.
  Archive(std::string_view bytes, std::string_view what) : in_(bytes, what) {}

  bool reading() const { return out_ == nullptr; }

  template <typename... T>
  void operator()(T&... numbers) {
    (one(numbers), ...);
  }

  template <typename T, std::size_t N>
  void operator()(std::array<T, N>& numbers) {
    for (T& number : numbers) one(number);
  }

  // A vector of at most `largest` numbers.
  template <typename T>
  void list(std::vector<T>& numbers, std::size_t largest) {
    auto size = static_cast<std::uint32_t>(numbers.size());
    one(size);
    if (reading()) {
      check(size <= largest, "has a list that is too long");
      check(size <= in_.left() / sizeof(T), "ends too early");
      numbers.assign(size, T());
    }
    for (T& number : numbers) one(number);
  }

  // What was read must make sense: throws InputError("<what> <wrong>") if not.
  void check(bool good, std::string_view wrong) const {
    if (reading()) in_.check(good, wrong);
  }
  void end() const {
    if (reading()) in_.end();
  }

 private:
  template <typename T>
  void one(T& number) {
    if (out_ != nullptr) {
      put(*out_, number);
    } else {
      number = in_.get<T>();
    }
  }

  std::string* out_ = nullptr;
  ByteReader in_{{}, {}};
};

}  // namespace aiops::model
