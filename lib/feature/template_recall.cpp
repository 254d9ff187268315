#include "feature/template_recall.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>

#include "feature/template_hash.hpp"

namespace aiops::feature {
namespace {

constexpr std::size_t kChunk = 16;
// A tag: the bytes between numbers, and what is behind them.
constexpr std::uint32_t kNumber = 1 << 5, kHexFirst = 1 << 6, kBeyondHex = 1 << 7, kEnd = 1 << 8;

constexpr std::array<std::uint8_t, 2 * kChunk> make_front() {
  std::array<std::uint8_t, 2 * kChunk> bytes{};
  for (std::size_t i = 0; i < kChunk; ++i) bytes[i] = 0xFF;
  return bytes;
}
constexpr std::array<std::uint8_t, 2 * kChunk> kFront = make_front();

// Sixteen bytes, and a bit each for what they are.
struct Chunk {
  explicit Chunk(const char* p) : bytes(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))) {
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    digits = within(bytes, '0', 9);
    letters = within(lower, 'a', 25);
    hex = within(lower, 'a', 5);
  }
  static unsigned within(__m128i text, char first, char count) {
    const __m128i from_first = _mm_sub_epi8(text, _mm_set1_epi8(first));
    return static_cast<unsigned>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(count)), from_first)));
  }
  // The first `size` bytes, the others 0.
  __m128i front(unsigned size) const {
    return _mm_and_si128(bytes,
                         _mm_loadu_si128(reinterpret_cast<const __m128i*>(kFront.data() + kChunk - size)));
  }

  __m128i bytes;
  unsigned digits, letters, hex;
};

constexpr unsigned below(unsigned bit) { return (1u << bit) - 1; }

// Where the number begins whose first digit is at `digit`: at the letters of a hexadecimal number before it,
// if nothing but these stands between it and what is no part of a word.
unsigned number_begin(const Chunk& chunk, unsigned digit) {
  const unsigned apart = ~(chunk.digits | chunk.letters) & below(digit);
  if (apart == 0) return digit;
  const auto begin = static_cast<unsigned>(std::bit_width(apart));
  return ((~chunk.hex & below(digit)) >> begin) == 0 ? begin : digit;
}

// Walks a message: number(begin, end) for each number, step(low, high, tag) for each step, until that gives
// false. Whether it never did.
template <class Number, class Take>
bool walk(std::string_view message, Number number, Take step) {
  const char* const first = message.data();
  const char* const last = first + message.size();
  for (const char* p = first;;) {
    const Chunk chunk(p);
    const auto left = static_cast<std::size_t>(last - p);
    const unsigned size = left < kChunk ? static_cast<unsigned>(left) : kChunk;
    const unsigned digits = chunk.digits & below(size);
    unsigned between = size;
    std::uint32_t tag = 0;
    if (digits == 0) {
      p += size;
    } else {
      const auto digit = static_cast<unsigned>(std::countr_zero(digits));
      between = number_begin(chunk, digit);
      unsigned begin = digit, stop = 0;  // of the number's part in a chunk
      const char* at = p;
      for (Chunk part = chunk;; part = Chunk(at)) {
        const auto here =
            static_cast<unsigned>(std::min<std::size_t>(kChunk, static_cast<std::size_t>(last - at)));
        const unsigned within = (part.digits | part.letters) & below(here);
        stop = begin + static_cast<unsigned>(std::countr_one(within >> begin));
        if (part.letters & ~part.hex & below(stop) & ~below(begin)) tag |= kBeyondHex;
        if (stop < kChunk) break;
        at += kChunk;
        begin = 0;
      }
      tag |= between < digit ? kNumber | kHexFirst : kNumber;
      at += stop;
      number(static_cast<std::uint16_t>(p - first + between), static_cast<std::uint16_t>(at - first));
      p = at;
    }
    tag |= between | (p == last ? kEnd : 0);
    const __m128i bytes = chunk.front(between);
    if (!step(static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes)),
              static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(bytes, bytes))), tag))
      return false;
    if (p == last) return true;
  }
}

bool is_plain(char c) { return c >= ' ' && c < 0x7f && c != '"' && c != '\\'; }

}  // namespace

TemplateRecall::TemplateRecall() : steps_(kFirstSteps) {}

std::size_t TemplateRecall::slot(std::uint64_t low, std::uint64_t high, std::uint32_t from) const {
  const std::size_t mask = steps_.size() - 1;
  std::size_t i = ((mix(low, high) ^ from * std::uint64_t{0x9E3779B97F4A7C15}) >> 20) & mask;
  while (steps_[i].from != kNone &&
         (steps_[i].low != low || steps_[i].high != high || steps_[i].from != from))
    i = (i + 1) & mask;
  return i;
}

std::uint32_t TemplateRecall::find(std::string_view message, std::vector<std::uint16_t>& ends) {
  if (message.empty() || message.size() > kLongest || known_.empty()) return kNone;
  std::array<std::uint16_t, kLongest / 2 + 2> found;
  found[0] = 0;
  std::size_t numbers = 1;
  std::uint32_t state = 0;
  const bool known = walk(
      message, [&](std::uint16_t, std::uint16_t end) { found[numbers++] = end; },
      [&](std::uint64_t low, std::uint64_t high, std::uint32_t tag) {
        const Step& step = steps_[slot(low, high, state | tag << kTagShift)];
        state = step.to;
        return step.from != kNone;
      });
  if (!known) return kNone;
  ++found_;
  ends.insert(ends.end(), found.begin(), found.begin() + static_cast<std::ptrdiff_t>(numbers));
  return state;
}

namespace {

// Where a place in the first message is in others of its kind; false if it is inside a number.
bool edge_at(std::uint32_t place, const std::vector<std::uint16_t>& begins,
             const std::vector<std::uint16_t>& ends, TemplateRecall::Known::Edge& edge) {
  const auto number =
      static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), place) - ends.begin()) - 1;
  edge.number = static_cast<std::uint16_t>(number);
  edge.behind = static_cast<std::uint16_t>(place - ends[number]);
  return number == begins.size() || place <= begins[number];
}

}  // namespace

bool TemplateRecall::pauses() {
  if (pause_ > 0) {
    --pause_;
    return true;
  }
  if (++learned_ < kMostVain) return false;
  if (found_ < kMostVain) pause_ = kPause;
  found_ = learned_ = 0;
  return pause_ > 0;
}

void TemplateRecall::learn(std::string_view message, const TemplateScan& scan, TemplateMiner::Id pattern) {
  const bool room = used_ + kLongest < kMostSteps / 2 && known_.size() < kMostKnown;
  if (message.empty() || message.size() > kLongest || !room || pauses()) return;
  begins_.clear();
  ends_.assign(1, 0);
  Known known;
  known.pattern = pattern;
  std::vector<Step> steps;
  walk(
      message,
      [&](std::uint16_t begin, std::uint16_t end) {
        begins_.push_back(begin);
        ends_.push_back(end);
      },
      [&](std::uint64_t low, std::uint64_t high, std::uint32_t tag) {
        steps.push_back({low, high, tag << kTagShift, 0});
        return true;
      });
  known.scan = scan;
  for (std::uint32_t i = 0; i < scan.tokens.size(); ++i) {
    TemplateToken& token = known.scan.tokens[i];
    auto& [begin, end] = known.edges.emplace_back();
    if (!edge_at(token.begin, begins_, ends_, begin) || !edge_at(token.end, begins_, ends_, end)) return;
    token.begin = token.end = i;
  }
  known.plain = std::all_of(message.begin(), message.end(), is_plain);
  std::uint32_t state = 0;
  for (Step& step : steps) {
    if (2 * (used_ + 1) > steps_.size()) grow();
    step.from |= state;
    step.to = (step.from >> kTagShift & kEnd) ? static_cast<std::uint32_t>(known_.size()) : states_;
    Step& there = steps_[slot(step.low, step.high, step.from)];
    if (there.from == kNone) {
      there = step;
      ++used_;
      ++states_;
    }
    state = there.to;
  }
  if (state == known_.size()) known_.push_back(std::move(known));
}

void TemplateRecall::grow() {
  std::vector<Step> before(2 * steps_.size());
  before.swap(steps_);
  for (const Step& step : before) {
    if (step.from != kNone) steps_[slot(step.low, step.high, step.from)] = step;
  }
}

void TemplateRecall::make_room() {
  if (used_ + kLongest >= kMostSteps / 2 || known_.size() >= kMostKnown) clear();
}

void TemplateRecall::clear() {
  steps_.assign(kFirstSteps, {});
  used_ = 0;
  states_ = 1;
  known_.clear();
}

}  // namespace aiops::feature
