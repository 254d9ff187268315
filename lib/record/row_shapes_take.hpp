// The loop of RowShapes::take, for row_shapes.cpp and row_shapes_avx2.cpp alone: a template over the
// operations that an instruction set does in its own way. Each includes this with its own target set.
#pragma once

#include <limits>

#include "base/number.hpp"
#include "record/row_shapes.hpp"
#include "record/series_finder.hpp"

namespace aiops::record {

// Ops has
// - bool same(const char* a, const char* b, std::size_t size): whether the bytes are equal; may read up to 64
//   more of each;
// - const char* number(const char* text, double& value): as read_json_number(), which is asked where this
//   gives nullptr, as it may for a number that is written in an unusual way.
template <class Ops>
struct RowShapes::Taker {
  static constexpr unsigned kStray = 8;         // strays after which nothing is expected any more
  static constexpr std::size_t kTogether = 16;  // rows that are looked up together then

  static std::size_t take(RowShapes& shapes, const char*& p, const char* end, std::size_t most,
                          SeriesFinder& finder, const Out& out) {
    std::size_t row = 0;
    if (shapes.last_ == kNone) return 0;
    while (row < most && end - p > static_cast<std::ptrdiff_t>(shapes.reach_)) {
      if (shapes.strays_ >= kStray && most - row >= kTogether) {
        const std::size_t before = row;
        const bool all = take_strays(shapes, p, end, row, finder, out);
        if (row > before) continue;
        if (!all) break;
      }
      std::uint32_t number = shapes.entries_[shapes.last_].successor;
      const char* next = match(shapes, p, shapes.entries_[number], row, out);
      shapes.strays_ = next ? 0 : shapes.strays_ + 1;
      if (!next) [[unlikely]] {
        next = seek(shapes, p, end, number, row, out);
        if (!next) break;
      }
      if (!note(shapes, number, row, finder, out)) break;
      p = next;
      ++row;
    }
    return row;
  }

  // Rows in no order: where each looks is told to the memory some rows ahead, in one loop for each thing that
  // must have come before the next can be told. False if a row's series was evicted.
  static bool take_strays(RowShapes& shapes, const char*& p, const char* end, std::size_t& row,
                          SeriesFinder& finder, const Out& out) {
    struct Stray {
      std::uint64_t hash;
      std::uint32_t number;
    } strays[kTogether];
    const std::uint32_t shape = shapes.entries_[shapes.last_].shape;
    const std::size_t mask = shapes.slots_.size() - 1;
    std::size_t count = 0;
    const char* q = p;
    while (count < kTogether && end - q > static_cast<std::ptrdiff_t>(shapes.reach_)) {
      strays[count].hash = shapes.shapes_[shape].serial;
      q = shapes.locate(shapes.shapes_[shape], q, end, strays[count].hash);
      if (!q) break;
      __builtin_prefetch(&shapes.slots_[strays[count++].hash & mask]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      Slot slot;
      const auto upper = static_cast<std::uint32_t>(strays[i].hash >> 32);
      for (std::size_t at = strays[i].hash & mask;; at = (at + 1) & mask) {
        slot = shapes.slots_[at];
        if (slot.entry == kNone || slot.hash == upper) break;
      }
      strays[i].number = slot.entry;
      if (slot.entry != kNone) __builtin_prefetch(&shapes.entries_[slot.entry]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      if (strays[i].number == kNone) continue;
      const Entry& entry = shapes.entries_[strays[i].number];
      __builtin_prefetch(shapes.bytes_.data() + entry.at);
      __builtin_prefetch(shapes.bytes_.data() + entry.at + 64);
      finder.prefetch(entry.owner.series);
    }
    std::size_t expected = 0;
    for (std::size_t i = 0; i < count && strays[i].number != kNone; ++i, ++row) {
      const char* const next = match(shapes, p, shapes.entries_[strays[i].number], row, out);
      if (!next) break;
      expected += shapes.entries_[shapes.last_].successor == strays[i].number;
      if (!note(shapes, strays[i].number, row, finder, out)) return false;
      p = next;
    }
    if (expected > kTogether / 2) shapes.strays_ = 0;
    return true;
  }

  // Notes a row that has that entry; false if its series was evicted since: it begins anew, by the general
  // path.
  static bool note(RowShapes& shapes, std::uint32_t number, std::size_t row, SeriesFinder& finder,
                   const Out& out) {
    const Owner& owner = shapes.entries_[number].owner;
    if (finder.generation(owner.series) != owner.generation) [[unlikely]]
      return false;
    const std::uint8_t order = finder.note(owner.series, out.time[row]);
    out.series[row] = owner.series;
    out.kind[row] = owner.kind;
    out.flags[row] = owner.kind == Kind::sample ? order : 0;
    shapes.entries_[shapes.last_].successor = number;
    shapes.last_ = number;
    return true;
  }

  // Takes the row at p if it is of any entry, and says of which.
  static const char* seek(RowShapes& shapes, const char* p, const char* end, std::uint32_t& number,
                          std::size_t row, const Out& out) {
    const std::uint32_t first = shapes.entries_[shapes.last_].shape;
    for (std::uint32_t i = 0; i < shapes.shapes_.size(); ++i) {
      number = shapes.find(i == 0 ? first : i <= first ? i - 1 : i, p, end);
      if (number == kNone) continue;
      if (const char* const next = match(shapes, p, shapes.entries_[number], row, out)) return next;
    }
    return nullptr;
  }

  // Takes the row at p if it is one of that entry, and returns behind it.
  [[gnu::always_inline]] static const char* match(RowShapes& shapes, const char* p, const Entry& entry,
                                                  std::size_t row, const Out& out) {
    Shape& shape = shapes.shapes_[entry.shape];
    if (shape.serial != entry.serial) [[unlikely]]
      return nullptr;
    double unasked = 0;
    const char* q = p;
    const char* keyed = shapes.bytes_.data() + entry.at;
    const std::uint16_t* keyed_size = entry.size;
    const Span* span = shape.spans.data();
    const Place* place = shape.places.data();
    const Place* const last = place + shape.places.size();
    if (shape.heads) {
      const bool known = shape.head_size > 0 && Ops::same(q, shape.head.data(), shape.head_size);
      q = known ? q + shape.head_size : shapes.new_head(shape, q);
      if (!q) return nullptr;
      ++span;
      ++place;
    }
    for (;; ++span, ++place) {
      if (span->keyed) {
        if (!Ops::same(q, keyed, *keyed_size)) return nullptr;
        q += *keyed_size;
        keyed += *keyed_size++;
      } else {
        if (!Ops::same(q, shape.text.data() + span->at, span->size)) return nullptr;
        q += span->size;
      }
      if (place == last) break;
      q = place->what == What::value     ? number(q, place->column, row, out)
          : place->what == What::time    ? shapes.new_time(shape, *place, q)
          : place->what == What::unasked ? any_number(q, unasked)
                                         : same_text(shape, *place, q, row, out);
      if (!q) return nullptr;
    }
    for (const std::uint8_t column : shape.absent) {
      out.value[column][row] = std::numeric_limits<double>::quiet_NaN();
      if (out.raw) out.raw[column][row] = {};
    }
    for (const std::uint8_t column : shape.absent_texts) out.text[column][row] = {};
    shape.used = true;
    out.line[row] = {p, static_cast<std::size_t>(q - p) - shape.ending};
    out.time[row] = shape.time;
    return q;
  }

  // Behind the number at p; nullptr if there is none, or one too long.
  static const char* any_number(const char* p, double& value) {
    const char* end = Ops::number(p, value);
    if (!end) [[unlikely]]
      end = read_json_number(p, value);
    return end && end - p <= static_cast<std::ptrdiff_t>(kLongest) ? end : nullptr;
  }

  static const char* same_text(const Shape& shape, const Place& place, const char* p, std::size_t row,
                               const Out& out) {
    if (!Ops::same(p, shape.text.data() + place.at, place.size)) return nullptr;
    const std::string_view raw(p, place.size);
    if (place.what == What::missing) {
      out.value[place.column][row] = std::numeric_limits<double>::quiet_NaN();
      if (out.raw) out.raw[place.column][row] = raw;
    } else {
      out.text[place.column][row] = place.what == What::text ? raw : std::string_view();
    }
    return p + place.size;
  }

  static const char* number(const char* p, std::size_t column, std::size_t row, const Out& out) {
    const char* const end = any_number(p, out.value[column][row]);
    if (end && out.raw) out.raw[column][row] = {p, static_cast<std::size_t>(end - p)};
    return end;
  }
};

}  // namespace aiops::record
