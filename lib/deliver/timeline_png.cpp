#include "deliver/timeline_png.hpp"

#include <fmt/core.h>
#include <zlib.h>

#include <algorithm>
#include <vector>

#include "base/text.hpp"
#include "deliver/font.hpp"
#include "deliver/told.hpp"

namespace aiops::deliver {
namespace {

constexpr int kWidth = 720, kLabel = 232, kRow = 18, kTop = 8, kAxis = 22, kGlyph = 6;
constexpr std::size_t kMostRows = 16;
constexpr std::size_t kLabelChars = (kLabel - 12) / kGlyph;

// Colours of the palette.
enum Colour : char { kWhite, kInk, kGrid, kHigh, kCritical, kChange, kColours };
constexpr unsigned char kPalette[kColours * 3] = {255, 255, 255, 40,  44, 52, 224, 227, 232,
                                                  230, 145, 20,  200, 40, 40, 50,  100, 200};

class Canvas {
 public:
  explicit Canvas(int height) : height_(height), dots_(static_cast<std::size_t>(kWidth * height), kWhite) {}

  void box(int x, int y, int width, int height, Colour colour) {
    for (int row = std::max(0, y); row < std::min(height_, y + height); ++row) {
      for (int at = std::max(0, x); at < std::min(kWidth, x + width); ++at) dots_[index(at, row)] = colour;
    }
  }

  void text(int x, int y, const std::string& text) {
    for (const char c : text) {
      const auto& glyph = kFont[c >= ' ' && c <= '~' ? static_cast<std::size_t>(c - ' ') : '?' - ' '];
      for (int column = 0; column < 5; ++column) {
        for (int row = 0; row < 8; ++row) {
          if (glyph[static_cast<std::size_t>(column)] >> row & 1) box(x + column, y + row, 1, 1, kInk);
        }
      }
      x += kGlyph;
    }
  }

  std::string png() const;

 private:
  static std::size_t index(int x, int y) { return static_cast<std::size_t>(y * kWidth + x); }
  int height_;
  std::string dots_;
};

void append_word(std::string& out, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

// A chunk of a PNG (w3.org/TR/png-3, section 5.3).
void append_chunk(std::string& out, const std::string& type, const std::string& data) {
  append_word(out, data.size());
  const std::string all = type + data;
  out += all;
  append_word(out, ::crc32(0, reinterpret_cast<const Bytef*>(all.data()), static_cast<uInt>(all.size())));
}

std::string Canvas::png() const {
  std::string rows;
  for (int y = 0; y < height_; ++y) {
    rows += '\0';  // no filter
    rows.append(dots_, index(0, y), kWidth);
  }
  uLongf size = ::compressBound(rows.size());
  std::string packed(size, '\0');
  ::compress2(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(rows.data()),
              rows.size(), Z_BEST_COMPRESSION);
  packed.resize(size);
  std::string head;
  append_word(head, kWidth);
  append_word(head, static_cast<std::size_t>(height_));
  head += std::string("\x08\x03\0\0\0", 5);  // 8 bits a dot, of a palette
  std::string file = "\x89PNG\r\n\x1a\n";
  append_chunk(file, "IHDR", head);
  append_chunk(file, "PLTE", std::string(reinterpret_cast<const char*>(kPalette), sizeof kPalette));
  append_chunk(file, "IDAT", packed);
  append_chunk(file, "IEND", "");
  return file;
}

struct Row {
  std::string label;
  Nanos begin, end;
  bool critical;
};

std::vector<Row> rows_of(const Incident& incident, Nanos now) {
  const Nanos last = incident.end != kNoTime ? incident.end : incident.timestamp;
  std::vector<Row> rows;
  for (const Incident::Member& member : incident.members) {
    if (member.onset == kNoTime) continue;
    Nanos end = member.until != kNoTime ? member.until : last != kNoTime ? last : now;
    std::string label = printable(member.service + " " + member.metric, kLabelChars);
    if (label.size() > kLabelChars) label = label.substr(0, kLabelChars - 2) + "..";
    rows.push_back(
        {std::move(label), member.onset, std::max(end, member.onset), incident.severity == "critical"});
  }
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.begin < b.begin; });
  if (rows.size() > kMostRows) rows.resize(kMostRows);
  return rows;
}

}  // namespace

std::string timeline_png(const Incident& incident, Nanos now) {
  const std::vector<Row> rows = rows_of(incident, now);
  if (rows.empty()) return "";
  Nanos begin = rows.front().begin, end = begin;
  for (const Row& row : rows) end = std::max(end, row.end);
  for (const Incident::Change& change : incident.changes) {
    if (change.time != kNoTime && change.time > subtract_held(begin, kHour))
      begin = std::min(begin, change.time);
  }
  const double span = std::max(1.0, static_cast<double>(subtract_held(end, begin)));
  const auto place = [&](Nanos time) {
    const double share = static_cast<double>(subtract_held(time, begin)) / span;
    return kLabel + static_cast<int>(std::clamp(share, 0.0, 1.0) * (kWidth - kLabel - 10));
  };
  const int count = static_cast<int>(rows.size()), bottom = kTop + count * kRow;
  Canvas canvas(bottom + kAxis);
  for (int i = 0; i < count; ++i) {
    const Row& row = rows[static_cast<std::size_t>(i)];
    const int y = kTop + i * kRow;
    canvas.text(6, y + 5, row.label);
    canvas.box(kLabel, y + kRow - 1, kWidth - kLabel - 10, 1, kGrid);
    canvas.box(place(row.begin), y + 4, std::max(3, place(row.end) - place(row.begin)), kRow - 8,
               row.critical ? kCritical : kHigh);
  }
  for (const Incident::Change& change : incident.changes) {
    if (change.time >= begin && change.time <= end)
      canvas.box(place(change.time), kTop, 1, bottom - kTop, kChange);
  }
  canvas.text(kLabel, bottom + 8, clock_time(begin) + " UTC");
  canvas.text(kWidth - 10 - 8 * kGlyph, bottom + 8, clock_time(end));
  return canvas.png();
}

}  // namespace aiops::deliver
