#include "record/row_shapes.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/isa.hpp"
#include "base/number.hpp"
#include "record/key_index.hpp"
#include "record/row_shapes_take.hpp"

namespace aiops::record {
namespace {

constexpr std::size_t kPadding = 64;  // bytes behind a text that may be read with it

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

bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// What times are written with; none of it ends a cell or has to be escaped.
bool in_time(char c) {
  return is_digit(c) || c == ':' || c == '-' || c == '.' || c == '+' || c == ' ' || (c | 32) == 't' ||
         (c | 32) == 'z';
}

bool in_number(char c) { return is_digit(c) || c == '.' || c == '-' || c == '+' || (c | 32) == 'e'; }

template <class In>
const char* skip(const char* p, In in) {
  const char* const most = p + RowShapes::kLongest;
  while (p < most && in(*p)) ++p;
  return p;
}

// An epoch number without an exponent, as JSON has it.
bool is_plain_json(std::string_view text) {
  const bool begins = !text.empty() && text[0] >= '1' && text[0] <= '9' && text.back() != '.';
  return begins && std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
         std::count(text.begin(), text.end(), '.') <= 1;
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

// The number at p if there is one that may be taken, else nothing.
std::string_view number_at(const char* p) {
  double ignored = 0;
  const char* const end = read_json_number(p, ignored);
  if (!end || end - p >= static_cast<std::ptrdiff_t>(RowShapes::kLongest)) return {};
  return {p, static_cast<std::size_t>(end - p)};
}

// The numbers of a row that stand alone between commas (CSV, without quotes), or behind a colon outside of
// strings.
std::vector<std::string_view> numbers_of(Format format, std::string_view row) {
  std::vector<std::string_view> numbers;
  if (format == Format::csv) {
    if (row.find('"') != std::string_view::npos) return numbers;
    for (std::size_t at = 0; at < row.size();) {
      const std::string_view number = number_at(row.data() + at);
      if (!number.empty() && (*number.end() == ',' || *number.end() == '\n' || *number.end() == '\r'))
        numbers.push_back(number);
      at = std::min(row.find(',', at), row.size() - 1) + 1;
    }
    return numbers;
  }
  bool in_string = false;
  for (const char* p = row.data(); p < row.data() + row.size(); ++p) {
    if (*p == '"') in_string = !in_string;
    if (in_string && *p == '\\') ++p;
    if (in_string || *p != ':') continue;
    while (p[1] == ' ' || p[1] == '\t') ++p;
    if (const std::string_view number = number_at(p + 1); !number.empty()) numbers.push_back(number);
  }
  return numbers;
}

char separator_of(bool csv) { return csv ? ',' : '"'; }

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

void RowShapes::clear() {
  shapes_.clear();
  entries_.clear();
  bytes_.assign(kPadding, '\0');
  slots_.assign(64, {});
  last_ = kNone;
  reach_ = 0;
}

// Takes a cell as a place of the shape; false if its like cannot be told from bytes.
bool RowShapes::describe_place(const RowCell& cell, Shape& shape) const {
  Place place{What::time, cell.json_number, cell.column, 0, 0};
  double value = 0;
  if (cell.role == RowCell::Role::time) {
    const bool known = !cell.raw.empty() && cell.raw.size() < kLongest &&
                       std::all_of(cell.raw.begin(), cell.raw.end(), in_time) &&
                       (!cell.json_number || is_plain_json(cell.raw));
    if (!known) return false;
  } else if (cell.role == RowCell::Role::value && !cell.null && !cell.raw.empty() &&
             read_json_number(cell.raw.data(), value) == cell.raw.end() && cell.raw.size() < kLongest) {
    place.what = What::value;
  } else if (cell.role == RowCell::Role::unasked) {
    place.what = What::unasked;
  } else if (cell.encoded) {
    return false;
  } else {
    const bool is_value = cell.role == RowCell::Role::value;
    if (is_value && !cell.null && parse_number(cell.raw, value) != Number::missing) return false;
    place.what = is_value ? What::missing : cell.null ? What::null : What::text;
    place.at = static_cast<std::uint32_t>(shape.text.size());
    place.size = static_cast<std::uint32_t>(cell.raw.size());
    shape.text += cell.raw;
    put(shape.description, place.size);
    shape.description += cell.raw;
  }
  put(shape.description, place.what);
  put(shape.description, place.json_number);
  put(shape.description, place.column);
  shape.places.push_back(place);
  return true;
}

// Takes a row of the general path apart; false if it cannot be taken here. keyed: the bytes of the keyed
// spans.
bool RowShapes::describe(Format format, std::string_view row, const std::vector<RowCell>& cells, Shape& shape,
                         std::string& keyed, Entry& entry) const {
  shape.csv = format == Format::csv;
  shape.ending = row.size() > 1 && row[row.size() - 2] == '\r' ? 2 : 1;
  put(shape.description, shape.ending);
  std::vector<bool> values(values_), texts(texts_);
  const char* at = row.data();
  std::size_t keyed_spans = 0;
  bool has_key = false;
  const auto close_span = [&](const char* to) {
    Span span;
    const std::string_view text(at, static_cast<std::size_t>(to - at));
    span.keyed = std::exchange(has_key, false);
    if (!span.keyed) {
      span.at = static_cast<std::uint32_t>(shape.text.size());
      span.size = static_cast<std::uint32_t>(text.size());
      shape.text += text;
      put(shape.description, span.size);
      shape.description += text;
    } else {
      const char marks[] = {separator_of(shape.csv), '\n', '\0'};
      const std::size_t last = text.find_last_of(marks);
      if (last == std::string_view::npos || keyed_spans == kMostKeyed || text.size() > 0xFFFF) return false;
      span.marks = static_cast<std::uint16_t>(
          std::count_if(text.begin(), text.end(), [&](char c) { return c == marks[0] || c == '\n'; }));
      span.size = static_cast<std::uint32_t>(text.size() - last - 1);
      entry.size[keyed_spans++] = static_cast<std::uint16_t>(text.size());
      keyed += text;
      put(shape.description, ~span.size);
      put(shape.description, span.marks);
    }
    shape.spans.push_back(span);
    return true;
  };
  const char* free = at;
  for (const RowCell& cell : cells) {
    if (cell.raw.data() < free) return false;  // a cell that is two of them
    free = cell.raw.data() + cell.raw.size();
    if (cell.role == RowCell::Role::key) {
      has_key = true;
      continue;
    }
    if (!describe_place(cell, shape) || !close_span(cell.raw.data())) return false;
    if (cell.role == RowCell::Role::value) values[cell.column] = true;
    if (cell.role == RowCell::Role::text) texts[cell.column] = true;
    at = free;
  }
  if (!close_span(row.data() + row.size())) return false;
  for (std::size_t i = 0; i < values_; ++i)
    if (!values[i]) shape.absent.push_back(static_cast<std::uint8_t>(i));
  for (std::size_t i = 0; i < texts_; ++i)
    if (!texts[i]) shape.absent_texts.push_back(static_cast<std::uint8_t>(i));
  shape.text.append(kPadding, '\0');
  shape.heads = !shape.places.empty() && shape.places[0].what == What::time && !shape.spans[0].keyed;
  return true;
}

bool RowShapes::describe_sorted(Format format, std::string_view row, std::vector<RowCell>& cells,
                                Shape& shape, std::string& keyed, Entry& entry) const {
  std::sort(cells.begin(), cells.end(),
            [](const RowCell& a, const RowCell& b) { return a.raw.data() < b.raw.data(); });
  return describe(format, row, cells, shape, keyed, entry);
}

std::uint32_t RowShapes::shape_of(Shape&& shape) {
  std::uint32_t unused = kNone;
  for (std::uint32_t i = 0; i < shapes_.size(); ++i) {
    if (shapes_[i].description == shape.description) return i;
    if (!shapes_[i].used) unused = i;
  }
  shape.serial = ++serial_;
  if (shapes_.size() < kMostShapes) {
    shapes_.push_back(std::move(shape));
    return static_cast<std::uint32_t>(shapes_.size() - 1);
  }
  // Rows of which no two are alike would each teach a shape of its own: let them be for a while.
  if (unused == kNone || ++replaced_ > kMostReplaced) {
    for (Shape& other : shapes_) other.used = false;
    pause_ = kPause;
    replaced_ = 0;
    return kNone;
  }
  shapes_[unused] = std::move(shape);
  return unused;
}

void RowShapes::learn(Format format, std::string_view line, std::vector<RowCell>& cells, Owner owner,
                      bool first) {
  if (pause_ > 0) {
    --pause_;
    return;
  }
  // Series that are known, and rows that none before looks like: something among the key fields differs each
  // time.
  if (!first && ++vain_ > kMostVain) {
    pause_ = kPause;
    vain_ = 0;
    return;
  }
  const char* newline = line.data() + line.size();
  newline += *newline == '\r';
  if (values_ > 0xFF || texts_ > 0xFF || *newline != '\n') return;
  Shape shape;
  std::string keyed;
  Entry entry{};
  const std::string_view row(line.data(), static_cast<std::size_t>(newline + 1 - line.data()));
  std::vector<RowCell> all = cells;
  for (const std::string_view number : numbers_of(format, row)) {
    const bool asked = std::any_of(cells.begin(), cells.end(), [&](const RowCell& cell) {
      return cell.raw.data() <= number.data() && number.data() <= cell.raw.data() + cell.raw.size();
    });
    if (!asked) all.push_back({number, RowCell::Role::unasked});
  }
  // Numbers among the key fields may leave too many pieces of these: then they are to be the same.
  if (!describe_sorted(format, row, all, shape, keyed, entry)) {
    shape = {};
    keyed.clear();
    entry = {};
    if (!describe_sorted(format, row, cells, shape, keyed, entry)) return;
  }
  // A series may be written in many ways: do not remember more of them than there are series, by a margin.
  most_series_ = std::max<std::size_t>(most_series_, owner.series);
  if (entries_.size() > 4 * most_series_ + 65536 || bytes_.size() > kMostBytes) clear();
  const std::uint32_t number = shape_of(std::move(shape));
  if (number == kNone) return;
  entry.shape = static_cast<std::uint8_t>(number);
  entry.serial = shapes_[number].serial;
  entry.owner = owner;
  reach_ = std::max(reach_, row.size() + (shapes_[entry.shape].places.size() + 1) * kLongest);
  add(entry, keyed);
}

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
  if (isa() != Isa::portable) return take_avx2(p, end, most, finder, out);
  return Taker<Portable>::take(*this, p, end, most, finder, out);
}

}  // namespace aiops::record
