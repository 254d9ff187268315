#include "feature/template_scan.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "feature/template_hash.hpp"
#include "feature/template_settle.hpp"
#include "feature/template_words.hpp"

namespace aiops::feature {
namespace {

enum Class : std::uint8_t {
  kDigit = 1,
  kHexLetter = 2,  // a to f, also capitals
  kUpper = 4,
  kLower = 8,
  kHigh = 16,   // not ASCII
  kBreak = 32,  // ends a token, whatever stands beside it
  kAsk = 64,    // ends a token or not, by what stands beside it: ':' and the apostrophe
  kInner = 128  // '.', '_', '-', '$', '/', '\\', '@': what words of prose have not inside
};
constexpr std::uint8_t kAlnum = kDigit | kUpper | kLower | kHigh;

constexpr std::array<std::uint8_t, 256> make_classes() {
  std::array<std::uint8_t, 256> of{};
  for (unsigned c = 0; c < 256; ++c) {
    if (c <= ' ' || c == 0x7f) of[c] = kBreak;
    if (c >= '0' && c <= '9') of[c] = kDigit;
    if (c >= 'A' && c <= 'Z') of[c] = c <= 'F' ? kUpper | kHexLetter : kUpper;
    if (c >= 'a' && c <= 'z') of[c] = c <= 'f' ? kLower | kHexLetter : kLower;
    if (c >= 0x80) of[c] = kHigh;
  }
  for (const char c : {'(', ')', '[', ']', '{', '}', '<', '>', '"', '`', ',', ';', '|', '='})
    of[static_cast<unsigned char>(c)] = kBreak;
  for (const char c : {':', '\''}) of[static_cast<unsigned char>(c)] = kAsk;
  for (const char c : {'.', '_', '-', '$', '/', '\\', '@'}) of[static_cast<unsigned char>(c)] = kInner;
  return of;
}
constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

std::uint8_t class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }
bool alnum(char c) { return (class_of(c) & kAlnum) != 0; }
bool blank(char c) { return c == ' ' || c == '\t'; }

class Scanner {
 public:
  Scanner(std::string_view message, TemplateScan& scan)
      : begin_(message.data()), at_(begin_), end_(begin_ + looked_at(message)), scan_(scan) {}

  // A word that is cut would be another word.
  static std::size_t looked_at(std::string_view message) {
    if (message.size() <= kTemplateBytes) return message.size();
    std::size_t end = kTemplateBytes;
    while (end > kTemplateBytes / 2 && !blank(message[end])) --end;
    return end;
  }

  void run() {
    scan_.tokens.clear();
    while (at_ < end_ && scan_.tokens.size() < kTemplateTokens) next();
    scan_.looked_at = offset(at_);
    if (names_) settle_dates({begin_, end_}, scan_.tokens);
    if (lists_) settle_lists({begin_, end_}, scan_.tokens);
  }

 private:
  std::uint32_t offset(const char* at) const { return static_cast<std::uint32_t>(at - begin_); }
  char peek(const char* at) const { return at < end_ ? *at : ' '; }
  char before(const char* at) const { return at > begin_ ? at[-1] : ' '; }

  void next() {
    const char c = *at_;
    const std::uint8_t kind = class_of(c);
    if (kind & kBreak) {
      if (c == '=') return equals();
      if (c == '"' || c == '`') return quote();
      if (!blank(c)) flags_ |= TemplateToken::kOpen;
      lists_ |= c == ',' || c == ']';
      if (c == '\n') return skip_indented();
      if (c == '(' || c == '[' || c == '{' || c == '<') flags_ |= TemplateToken::kColon;
      ++at_;
      return;
    }
    if (kind & kAsk) {
      if (c == '\'') return quote();
      if (peek(at_ + 1) == ':' && class_of(peek(at_ + 2)) & (kDigit | kHexLetter)) return short_address();
      if (!scan_.tokens.empty() && scan_.tokens.back().end == offset(at_))
        scan_.tokens.back().flags |= TemplateToken::kLabel;
      flags_ |= TemplateToken::kColon | TemplateToken::kOpen;
      ++at_;
      return;
    }
    token();
  }

  // The frames of a stack trace, and what else is indented, differ from one time to the next in number alone.
  void skip_indented() {
    while (at_ + 1 < end_ && *at_ == '\n' && blank(at_[1])) {
      const void* const end = std::memchr(at_ + 1, '\n', static_cast<std::size_t>(end_ - at_ - 1));
      at_ = end == nullptr ? end_ : static_cast<const char*>(end);
    }
    if (at_ < end_ && !(*at_ == '\n' && at_ + 1 < end_ && blank(at_[1]))) ++at_;
  }

  // "::1", "::ffff:10.0.0.1"; "::end" is none.
  void short_address() {
    const char* stop = at_;
    while (stop < end_ && ((class_of(*stop) & (kDigit | kHexLetter)) || *stop == ':' || *stop == '.')) ++stop;
    if (!alnum(peek(stop)) && !alnum(before(at_)) &&
        std::any_of(at_, stop, [](char d) { return class_of(d) == kDigit; }))
      add(at_, stop, TemplateToken::kValue);
    at_ = scan_.tokens.empty() || scan_.tokens.back().begin != offset(at_) ? at_ + 2 : stop;
  }

  // A quoted text without a blank is a value, unless a ':' behind it makes it a key.
  void quote() {
    const char* const open = at_;
    const char* close = open + 1;
    while (close < end_ && *close != *open && !(class_of(*close) & kBreak && blank(*close)) &&
           *close != '\n' && close - open < 512)
      ++close;
    flags_ |= TemplateToken::kColon | TemplateToken::kOpen;
    ++at_;
    if (close >= end_ || *close != *open) return;
    const char behind = peek(close + 1);
    if (behind == ':' || alnum(behind) || (*open == '\'' && alnum(before(open)))) return;
    if (close > open + 1) add(open + 1, close, TemplateToken::kValue);
    at_ = close + 1;
  }

  // What stands behind "key=" or "key =" is a value, whatever it looks like. Comparisons and rows of '=' are
  // none.
  void equals() {
    const char* at = at_;
    while (peek(at) == '=') ++at;
    const char last = before(at_);
    const bool assigns = at == at_ + 1 && at < end_ + 1 && *(at - 1) == '=' && peek(at) != '>' &&
                         peek(at) != '~' &&
                         (alnum(last) || last == ' ' || last == ']' || last == ')' || last == '"' ||
                          last == '\'' || last == '_');
    at_ = at;
    flags_ |= TemplateToken::kOpen;
    if (!assigns || scan_.tokens.empty()) return;
    if (!scan_.tokens.back().value()) scan_.tokens.back().flags |= TemplateToken::kKey;
    while (at < end_ && blank(*at)) ++at;
    if (at >= end_ || ((class_of(*at) & kBreak) && *at != '"' && *at != '[' && *at != '(' && *at != '{' &&
                       *at != '<' && *at != '`')) {
      return no_value();
    }
    if (class_of(*at) & kBreak && *at != '"' && *at != '`') return;  // a list: its members are looked at
    const bool quoted = *at == '"' || *at == '\'' || *at == '`';
    const char* stop = at + 1;
    if (quoted) {
      while (stop < end_ && *stop != *at && *stop != '\n') ++stop;
      if (stop >= end_ || *stop != *at) return;
      if (stop > at + 1) add(at + 1, stop, TemplateToken::kValue);
      at_ = stop + 1;
      return;
    }
    while (stop < end_ && !(class_of(*stop) & kBreak)) ++stop;
    if (at > at_ && next_is_key(stop)) return no_value();
    while (stop > at + 1 && (stop[-1] == ':' || stop[-1] == '.' || stop[-1] == '\'')) --stop;
    if (!has_alnum(at, stop)) return;
    add(at, stop, TemplateToken::kValue);
    at_ = stop;
  }
  bool next_is_key(const char* stop) const { return peek(stop) == '=' && peek(stop + 1) != '='; }
  static bool has_alnum(const char* at, const char* stop) { return std::any_of(at, stop, alnum); }
  void no_value() {
    if (scan_.tokens.back().value()) return;
    scan_.tokens.back().flags |= TemplateToken::kNoValue;
    scan_.tokens.back().hash = mix(scan_.tokens.back().hash, '=') | 1;
  }

  // Most tokens are short, of letters and digits alone, with a blank behind: sixteen bytes are looked at at
  // once. What token() would do with them, and true, or false, and it is token()'s.
  bool short_token() {
    if (end_ - at_ < 16) return false;
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at_));
    const auto within = [](__m128i text, char first, char count) {
      const __m128i from_first = _mm_sub_epi8(text, _mm_set1_epi8(first));
      return static_cast<unsigned>(
          _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(from_first, _mm_set1_epi8(count)), from_first)));
    };
    const unsigned digits = within(bytes, '0', 9);
    const __m128i lower = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
    const unsigned letters = within(lower, 'a', 25);
    const auto size = static_cast<unsigned>(std::countr_one(digits | letters));
    if (size == 0 || size >= 16 || !(class_of(at_[size]) & kBreak)) return false;
    const char* const first = at_;
    const unsigned token = (1u << size) - 1;
    if (digits & token) {
      const auto name = static_cast<unsigned>(std::countr_one(letters));
      if (name >= 3) return false;  // it may be the name of what has no words
      at_ += size;
      add(first, at_, TemplateToken::kValue);
      return true;
    }
    if (size >= 8 && (within(lower, 'a', 5) & token) == token) return false;  // hexadecimal
    at_ += size;
    word(first, at_);
    return true;
  }

  void token() {
    if (short_token()) return;
    const char* const start = at_;
    const char* at = start;
    std::uint8_t seen = 0;
    bool value = false, letters_beyond_hex = false;
    int slashes = 0, dots = 0;
    for (; at < end_; ++at) {
      const std::uint8_t kind = class_of(*at);
      if (kind & (kUpper | kLower | kDigit)) [[likely]] {
        seen |= kind;
        letters_beyond_hex |= (kind & (kHexLetter | kDigit)) == 0;
        continue;
      }
      if (kind & kBreak) break;
      if (kind & kAsk) {
        if (*at == '\'') {
          if (at > start && alnum(at[-1]) && alnum(peek(at + 1))) continue;
          break;
        }
        if (peek(at + 1) == '/' && peek(at + 2) == '/') {  // a URL
          value = true;
          at = url_end(at);
          break;
        }
        if (peek(at + 1) == '\\') {  // a drive
          seen |= kInner;
          continue;
        }
        if (!joins(at, seen, dots, slashes, letters_beyond_hex)) break;
        continue;
      }
      seen |= kind;
      if (kind & kInner) {
        slashes += *at == '/';
        if (*at == '.') {
          if (peek(at + 1) == '.' && at > start) break;  // leaders: "enable......0"
          ++dots;
        }
        if (*at == '\\' && alnum(peek(at + 1)) && (alnum(before(at)) || before(at) == ':')) value = true;
        if (*at == '@' && at > start && alnum(at[-1]) && alnum(peek(at + 1))) value = true;
      }
    }
    at_ = std::max(at, start + 1);
    const char* first = start;
    const char* last = at;
    while (last > first && !alnum(last[-1]) && last[-1] != '+' && last[-1] != '-' && last[-1] != '*' &&
           last[-1] != '/')
      --last;
    while (first < last && (*first == '.' || *first == '!' || *first == '?' || *first == '-') &&
           last - first > 1 && !(peek(first + 1) == '/' || peek(first + 1) == '.' || alnum(peek(first + 1))))
      ++first;
    if (!(seen & kAlnum)) {
      if (slashes == 0 || last - first != 1) flags_ |= TemplateToken::kOpen;
      while (at_ < end_ && !(class_of(*at_) & (kBreak | kAsk | kAlnum)) && *at_ != '/') ++at_;
      return;
    }
    if (seen & kDigit) value = true;
    const bool path = (slashes > 0 && (*first == '/' || *first == '~' || *first == '.')) || slashes > 1 ||
                      (slashes == 1 && dots > 0);
    if (path && last - first > 1) value = true;
    if (!value && dots > 0) {
      const std::string_view text(first, static_cast<std::size_t>(last - first));
      value = is_domain(text) || is_package(text);
    }
    if (!value && !letters_beyond_hex && last - first >= 8 && !(seen & (kInner | kHigh)))
      value = true;  // hex
    if (value) {
      add(first, last, TemplateToken::kValue);
      const char* name = first;
      bool other = false;  // a letter that hexadecimal numbers have not
      while (name < last && (class_of(*name) & (kUpper | kLower)))
        other |= (class_of(*name++) & kHexLetter) == 0;
      if (name - first >= 3 && other)
        scan_.tokens.back().hash = hash_word(first, static_cast<std::size_t>(name - first));
      return;
    }
    word(first, last);
  }

  // Whether a ':' inside a token belongs to it: in times, addresses and ports.
  bool joins(const char* at, std::uint8_t seen, int dots, int slashes, bool letters_beyond_hex) const {
    const char next = peek(at + 1);
    if (class_of(next) & kDigit) return (seen & kDigit) || dots > 0 || slashes > 0;
    const bool hex = (class_of(next) & kHexLetter) || next == ':';
    return hex && (seen & kDigit) && !letters_beyond_hex && !(seen & kInner);
  }

  const char* url_end(const char* at) const {
    while (at < end_ && !blank(*at) && static_cast<unsigned char>(*at) > ' ' && *at != '"' && *at != '\'' &&
           *at != '<' && *at != '>' && *at != ')' && *at != ']' && *at != '}' && *at != ',' && *at != ';')
      ++at;
    return at;
  }

  void word(const char* first, const char* last) {
    const std::string_view text(first, static_cast<std::size_t>(last - first));
    const bool behind_value =
        !scan_.tokens.empty() && scan_.tokens.back().value() && !(flags_ & TemplateToken::kOpen);
    const std::uint64_t hash = hash_word(first, text.size());
    if (const std::uint8_t kind = kind_of(hash); kind != 0) [[unlikely]] {
      if (kind & WordKind::kLiteral) return add(first, last, TemplateToken::kValue);
      if (behind_value && (kind & (WordKind::kUnit | WordKind::kZone))) {
        scan_.tokens.back().end = offset(last);
        flags_ = 0;
        return;
      }
      names_ |= (kind & WordKind::kDate) != 0;
    }
    add(first, last, 0);
    scan_.tokens.back().hash = hash;
  }

  void add(const char* first, const char* last, std::uint8_t flags) {
    TemplateToken token;
    token.begin = offset(first);
    token.end = offset(last);
    token.flags = flags | flags_;
    flags_ = 0;
    scan_.tokens.push_back(token);
  }

  const char* const begin_;
  const char* at_;
  const char* const end_;
  TemplateScan& scan_;
  std::uint8_t flags_ = 0;  // of the token that comes next
  bool names_ = false, lists_ = false;
};

}  // namespace

bool looks_like_data(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (class_of(text[i]) & kHigh) return true;
    if (i == 0 || i + 1 == text.size()) continue;
    if ((class_of(text[i]) & kInner) && text[i] != '-') return true;
    if ((class_of(text[i]) & kUpper) && (class_of(text[i - 1]) & kLower)) return true;
  }
  return false;
}

bool is_capitals(std::string_view text) {
  return text.size() > 2 &&
         std::none_of(text.begin(), text.end(), [](char c) { return (class_of(c) & (kLower | kHigh)) != 0; });
}

void scan_template(std::string_view message, TemplateScan& scan) {
  Scanner(message, scan).run();
  hash_template(scan);
}

// Of messages of values alone, the names that these begin with: "jetty" of "jetty-6.1.26".
static std::uint64_t hash_names(const TemplateScan& scan, std::uint64_t hash) {
  for (const TemplateToken& token : scan.tokens) {
    if (token.hash != 0) hash = mix(hash, token.hash);
  }
  return hash;
}

void hash_template(TemplateScan& scan) {
  constexpr std::uint64_t kValueHash = 0x2545F4914F6CDD1D;
  std::uint64_t pattern = 1, skeleton = 1;
  std::size_t words = 0;
  bool values = false, was_value = false;
  for (const TemplateToken& token : scan.tokens) {
    if (token.value()) {
      if (!was_value) pattern = mix(pattern, kValueHash);
      values = was_value = true;
      continue;
    }
    was_value = false;
    ++words;
    pattern = mix(pattern, token.hash);
    skeleton = mix(skeleton, token.hash);
  }
  scan.pattern = words == 0 ? hash_names(scan, pattern) : pattern;
  scan.skeleton = values && words >= 2 ? skeleton : 0;
}

}  // namespace aiops::feature
