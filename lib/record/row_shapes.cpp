#include "record/row_shapes.hpp"

#include <emmintrin.h>

#include <algorithm>

#include "base/isa.hpp"
#include "base/number.hpp"
#include "record/key_index.hpp"
#include "record/row_shapes_take.hpp"
#include "record/row_shapes_text.hpp"

namespace aiops::record {
namespace {

__m128i load(const char* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

// Whether size bytes are the same. Sixteen are read at once: up to fifteen more of each than are compared.
inline bool same(const char* a, const char* b, std::size_t size) {
  if (size < 16) {
    const auto equal = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(load(a), load(b))));
    return (~equal & ((1u << size) - 1)) == 0;
  }
  __m128i equal = _mm_cmpeq_epi8(load(a + size - 16), load(b + size - 16));
  for (std::size_t i = 0; i + 16 < size; i += 16)
    equal = _mm_and_si128(equal, _mm_cmpeq_epi8(load(a + i), load(b + i)));
  return _mm_movemask_epi8(equal) == 0xFFFF;
}

bool in_number(char c) { return is_digit(c) || c == '.' || c == '-' || c == '+' || (c | 32) == 'e'; }

template <class In>
const char* skip(const char* p, In in) {
  const char* const most = p + RowShapes::kLongest;
  while (p < most && in(*p)) ++p;
  return p;
}

// Behind the count-th mark (separator or newline) from p on; nullptr if it does not stand before end.
const char* behind_marks(const char* p, const char* end, char separator, unsigned count) {
  const __m128i first = _mm_set1_epi8(separator), second = _mm_set1_epi8('\n');
  for (; p < end; p += 16) {
    const __m128i x = load(p);
    auto marks = static_cast<unsigned>(
        _mm_movemask_epi8(_mm_or_si128(_mm_cmpeq_epi8(x, first), _mm_cmpeq_epi8(x, second))));
    const auto here = static_cast<unsigned>(__builtin_popcount(marks));
    if (here < count) {
      count -= here;
      continue;
    }
    while (--count > 0) marks &= marks - 1;
    return p + __builtin_ctz(marks) + 1;
  }
  return nullptr;
}

}  // namespace

void RowShapes::add(const Entry& learned, std::string_view keyed) {
  Entry entry = learned;
  entry.hash = entry.serial;
  std::size_t at = 0;
  for (std::size_t i = 0; i < kMostKeyed && entry.size[i] > 0; at += entry.size[i++])
    entry.hash = hash_bytes(keyed.substr(at, entry.size[i]), entry.hash);
  Slot* place = slot(entry.hash);
  if (place->entry == kNone) {
    if ((entries_.size() + 1) * 2 > slots_.size()) {
      grow();
      place = slot(entry.hash);
    }
    entry.at = static_cast<std::uint32_t>(bytes_.size() - kPadding);
    entry.successor = static_cast<std::uint32_t>(entries_.size());
    *place = {entry.successor, static_cast<std::uint32_t>(entry.hash >> 32)};
    bytes_.insert(entry.at, keyed);
    entries_.push_back(entry);
  }
  const std::uint32_t number = place->entry;
  if (std::string_view(bytes_).substr(entries_[number].at, keyed.size()) != keyed) return;  // the same hash
  entries_[number].owner = entry.owner;
  if (last_ != kNone) entries_[last_].successor = number;
  last_ = number;
}

// Where the entry of that hash is, or is to be, named.
RowShapes::Slot* RowShapes::slot(std::uint64_t hash) {
  const std::size_t mask = slots_.size() - 1;
  const auto upper = static_cast<std::uint32_t>(hash >> 32);
  std::size_t i = hash & mask;
  while (slots_[i].entry != kNone && (slots_[i].hash != upper || entries_[slots_[i].entry].hash != hash))
    i = (i + 1) & mask;
  return &slots_[i];
}

void RowShapes::grow() {
  slots_.assign(slots_.size() * 2, {});
  for (std::uint32_t i = 0; i < entries_.size(); ++i)
    *slot(entries_[i].hash) = {i, static_cast<std::uint32_t>(entries_[i].hash >> 32)};
}

// Takes another time than that of the row before; nullptr if it is none of the kind.
const char* RowShapes::new_time(Shape& shape, const Place& place, const char* p) {
  const char* const end = skip(p, in_time);
  const std::string_view text(p, static_cast<std::size_t>(end - p));
  if (text == shape.time_text && shape.time != kNoTime) return end;
  if (place.json_number && !is_plain_json(text)) return nullptr;
  const auto time = parse_time(text, unit_);
  if (!time) return nullptr;
  shape.time = *time;
  shape.time_text = text;
  return end;
}

const char* RowShapes::new_head(Shape& shape, const char* p) {
  const std::size_t size = shape.spans[0].size;
  if (!same(p, shape.text.data(), size)) return nullptr;
  const char* const end = new_time(shape, shape.places[0], p + size);
  if (!end) return nullptr;
  shape.head.assign(p, end);
  shape.head_size = shape.head.size();
  shape.head.append(kPadding, '\0');
  return end;
}

// The hash of the row's keyed bytes and where the row ends, if it is of that shape as far as is looked at
// here; else nullptr.
const char* RowShapes::locate(const Shape& shape, const char* p, const char* end, std::uint64_t& hash) const {
  for (std::size_t i = 0;; ++i) {
    const Span& span = shape.spans[i];
    if (span.keyed) {
      const char* const last = behind_marks(p, end, separator_of(shape.csv), span.marks);
      if (!last) return nullptr;
      const char* const to = last + span.size;
      if (to > end) return nullptr;
      hash = hash_bytes({p, static_cast<std::size_t>(to - p)}, hash);
      p = to;
    } else {
      p += span.size;
    }
    if (i == shape.places.size()) return p;
    if (p >= end) return nullptr;
    const Place& place = shape.places[i];
    const bool number = place.what == What::value || place.what == What::unasked;
    p = number ? skip(p, in_number) : place.what == What::time ? skip(p, in_time) : p + place.size;
  }
}

std::uint32_t RowShapes::find(std::uint32_t shape, const char* p, const char* end) {
  std::uint64_t hash = shapes_[shape].serial;
  return locate(shapes_[shape], p, end, hash) ? slot(hash)->entry : kNone;
}

namespace {

struct Portable {
  static bool same(const char* a, const char* b, std::size_t size) { return record::same(a, b, size); }
  static const char* number(const char* text, double& value) { return read_json_number(text, value); }
};

}  // namespace

std::size_t RowShapes::take(const char*& p, const char* end, std::size_t most, SeriesFinder& finder,
                            const Out& out) {
  const std::size_t rows = isa() == Isa::portable ? Taker<Portable>::take(*this, p, end, most, finder, out)
                                                  : take_avx2(p, end, most, finder, out);
  vain_ -= std::min<std::uint64_t>(vain_, rows);
  return rows;
}

}  // namespace aiops::record
