// How rows that the general path has read become shapes and entries.
#include <algorithm>
#include <utility>

#include "base/number.hpp"
#include "record/row_shapes.hpp"
#include "record/row_shapes_text.hpp"

namespace aiops::record {
namespace {

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

// Takes the bytes between two cells as a span of the shape; false if those of a keyed one are too many, or
// its end cannot be told. keyed: the bytes of the keyed spans.
bool RowShapes::describe_span(std::string_view text, bool is_keyed, Shape& shape, std::string& keyed,
                              Entry& entry) const {
  Span span;
  span.keyed = is_keyed;
  if (!is_keyed) {
    span.at = static_cast<std::uint32_t>(shape.text.size());
    span.size = static_cast<std::uint32_t>(text.size());
    shape.text += text;
    put(shape.description, span.size);
    shape.description += text;
  } else {
    const auto before = static_cast<std::size_t>(
        std::count_if(shape.spans.begin(), shape.spans.end(), [](const Span& other) { return other.keyed; }));
    const char marks[] = {separator_of(shape.csv), '\n', '\0'};
    const std::size_t last = text.find_last_of(marks);
    if (last == std::string_view::npos || before == kMostKeyed || text.size() > 0xFFFF) return false;
    span.marks = static_cast<std::uint16_t>(
        std::count_if(text.begin(), text.end(), [&](char c) { return c == marks[0] || c == '\n'; }));
    span.size = static_cast<std::uint32_t>(text.size() - last - 1);
    entry.size[before] = static_cast<std::uint16_t>(text.size());
    keyed += text;
    put(shape.description, ~span.size);
    put(shape.description, span.marks);
  }
  shape.spans.push_back(span);
  return true;
}

// Takes a row of the general path apart, whose cells are in the order of its bytes; false if it cannot be
// taken here.
bool RowShapes::describe(Format format, std::string_view row, const std::vector<RowCell>& cells, Shape& shape,
                         std::string& keyed, Entry& entry) const {
  shape.csv = format == Format::csv;
  shape.ending = row.size() > 1 && row[row.size() - 2] == '\r' ? 2 : 1;
  put(shape.description, shape.ending);
  std::vector<bool> values(values_), texts(texts_);
  const char* at = row.data();
  bool has_key = false;
  const auto close_span = [&](const char* to) {
    const std::string_view text(at, static_cast<std::size_t>(to - at));
    return describe_span(text, std::exchange(has_key, false), shape, keyed, entry);
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
  if (!first && (vain_ += kVain) > kMostVain) {
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

}  // namespace aiops::record
