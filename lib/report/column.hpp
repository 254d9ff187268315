// One item a row, for very many rows: grows in pieces, so that memory is the rows' own and never twice
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
    if (at_ == end_) grow();
    *at_++ = value;
    ++size_;
  }
  std::size_t size() const { return size_; }
  T last() const { return at_[-1]; }  // precondition: size() > 0

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
    const std::size_t room = pieces_.empty() ? kFirst : std::min(pieces_.back().room * 2, kLargest);
    pieces_.push_back({std::unique_ptr<T[]>(new T[room]), room});
    at_ = pieces_.back().items.get();
    end_ = at_ + room;
  }
  T *at_ = nullptr, *end_ = nullptr;  // room in the last piece
  std::size_t size_ = 0;
  std::vector<Piece> pieces_;
};

}  // namespace aiops::report
