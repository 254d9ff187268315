// One number a row, for very many rows: grows in pieces, so that memory is the rows' own and never twice
// that, as a doubling vector's would be. A series of few rows costs little: pieces begin small.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

namespace aiops::report {

template <class T>
class Column {
 public:
  void push(T value) {
    if (used_ == room_) grow();
    pieces_.back().items[used_++] = value;
    ++size_;
  }
  std::size_t size() const { return size_; }
  T last() const { return pieces_.back().items[used_ - 1]; }  // precondition: size() > 0

  // All rows in one piece; the column is empty afterwards. Each part is given back as soon as it was copied.
  std::vector<T> take() {
    std::vector<T> all;
    all.reserve(size_);
    for (Piece& piece : pieces_) {
      const std::size_t n = std::min(piece.room, size_ - all.size());
      all.insert(all.end(), piece.items.get(), piece.items.get() + n);
      piece.items.reset();
    }
    *this = Column();
    return all;
  }

 private:
  static constexpr std::size_t kFirst = 16, kLargest = 2048;
  struct Piece {
    std::unique_ptr<T[]> items;
    std::size_t room;
  };
  void grow() {
    room_ = pieces_.empty() ? kFirst : std::min(pieces_.back().room * 2, kLargest);
    pieces_.push_back({std::unique_ptr<T[]>(new T[room_]), room_});
    used_ = 0;
  }
  std::vector<Piece> pieces_;
  std::size_t size_ = 0, used_ = 0, room_ = 0;
};

}  // namespace aiops::report
