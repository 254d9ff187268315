#include "source/access_log.hpp"

#include <emmintrin.h>

#include <cstring>

#include "source/log_text.hpp"

namespace aiops::source {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// The parts of a line are short: most are found before a call of memchr would have begun to look.
const char* find(const char* p, const char* end, char c) {
  const __m128i wanted = _mm_set1_epi8(c);
  for (; end - p >= 16; p += 16) {
    const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const auto found = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, wanted)));
    if (found) return p + __builtin_ctz(found);
  }
  if (p == end) return end;
  const void* found = std::memchr(p, c, static_cast<std::size_t>(end - p));
  return found ? static_cast<const char*>(found) : end;
}

// "-" stands for nothing.
std::string_view value_of(std::string_view text) { return text == "-" ? std::string_view() : text; }

// Behind an opening quote: the closing one, that is not escaped; `end` if there is none.
const char* closing_quote(const char* begin, const char* end) {
  for (const char* p = begin;; ++p) {
    p = find(p, end, '"');
    if (p == end) return end;
    std::size_t slashes = 0;
    while (p - slashes > begin && p[-1 - static_cast<std::ptrdiff_t>(slashes)] == '\\') ++slashes;
    if (slashes % 2 == 0) return p;
  }
}

// The bracket that opens the time: behind a blank, before a digit. A user's name may hold brackets.
const char* opening_bracket(const char* p, const char* end) {
  for (const char* begin = p;; ++p) {
    p = find(p, end, '[');
    if (p == end) return end;
    if ((p == begin || p[-1] == ' ') && p + 1 < end && is_digit(p[1])) return p;
  }
}

// "CLIENT IDENT USER ", or with "HOST:PORT " in front of it.
void split_client(std::string_view text, AccessLine& out) {
  const auto word = [&text] {
    const char* const end = text.data() + text.size();
    const char* const blank = find(text.data(), end, ' ');
    const std::string_view found = between(text.data(), blank);
    text = between(blank == end ? end : blank + 1, end);
    return found;
  };
  if (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  out.client = word();
  std::string_view ident = word();
  // With a host in front, the third word is the identity, which nobody has: "-".
  if (ident != "-" && text.size() > 1 && text.substr(0, 2) == "- ") {
    out.virtual_host = out.client;
    out.client = ident;
    word();
  }
  out.user = value_of(text);
}

bool is_method(std::string_view text) {
  if (text.empty() || text.size() > 20) return false;
  for (const char c : text) {
    if (!((c >= 'A' && c <= 'Z') || c == '-' || c == '_')) return false;
  }
  return text != "-";
}

void split_request(std::string_view request, AccessLine& out) {
  const std::size_t blank = request.find(' ');
  if (blank == std::string_view::npos || !is_method(request.substr(0, blank))) return;
  out.method = request.substr(0, blank);
  std::string_view target = request.substr(blank + 1);
  const std::size_t last = target.rfind(' ');
  if (last != std::string_view::npos && target.substr(last + 1).starts_with("HTTP/")) {
    out.protocol = target.substr(last + 1);
    target = target.substr(0, last);
  } else if (target.starts_with("HTTP/")) {  // no target at all
    out.protocol = target;
    return;
  }
  out.target = target;
}

// How sure it is that a field behind the user agent is the request time.
enum class Certainty { none, whole_number, decimal, named, unit };

struct Candidate {
  std::string_view text;
  Certainty certainty = Certainty::none;
};

// A number, "rt=0.012", "request_time=0.012", "12ms". `last`: nothing stands behind it: a whole number
// further in is a length or a count (Traefik, the nginx ingress).
Candidate candidate_of(std::string_view token, bool last) {
  const std::size_t equals = token.find('=');
  if (equals != std::string_view::npos) {
    const std::string_view name = token.substr(0, equals);
    std::string_view value = token.substr(equals + 1);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    const bool known = name == "rt" || name == "request_time" || name == "duration" ||
                       name == "response_time" || name == "rtime";
    if (!known || value.empty() || !is_digit(value.front())) return {};
    return {value, Certainty::named};
  }
  std::size_t digits = 0, points = 0;
  while (digits < token.size() && (is_digit(token[digits]) || (token[digits] == '.' && points == 0))) {
    points += token[digits] == '.';
    ++digits;
  }
  if (digits == 0 || token.front() == '.') return {};
  const std::string_view unit = token.substr(digits);
  if (unit == "ms" || unit == "s" || unit == "us" || unit == "\u00b5s") return {token, Certainty::unit};
  if (!unit.empty() || digits > 15) return {};
  if (points == 1)
    return token.find('.') <= 7 ? Candidate{token, Certainty::decimal} : Candidate{};  // else an epoch
  return last ? Candidate{token, Certainty::whole_number} : Candidate{};
}

}  // namespace

const char* AccessScanner::scan_time(const char*& p, const char* end, Nanos& time) {
  constexpr std::ptrdiff_t kSize = sizeof last_;
  if (end - p > kSize && p[kSize] == ']' && std::memcmp(p, last_, kSize) == 0) {
    time = last_time_;
    p += kSize + 1;
    return nullptr;
  }
  const char* close = find(p, end, ']');
  if (close == end) return "the time has no closing bracket";
  const auto read = parse_log_time(between(p, close), TimeUnit::automatic);
  if (!read) return "the time in brackets is none, expected one like [31/Jan/2026:12:00:00 +0000]";
  time = *read;
  if (close - p == kSize) {
    std::memcpy(last_, p, kSize);
    last_time_ = time;
  }
  p = close + 1;
  return nullptr;
}

const char* AccessScanner::scan(std::string_view line, AccessLine& out) {
  out = AccessLine();
  const char* const begin = line.data();
  const char* const end = begin + line.size();
  const char* p = opening_bracket(begin, end);
  if (p == end) return "no access log line: no time in brackets";
  split_client(between(begin, p), out);
  if (out.client.empty()) return "no access log line: nothing stands before the time";
  ++p;
  if (const char* error = scan_time(p, end, out.time)) return error;
  if (end - p < 2 || p[0] != ' ' || p[1] != '"') return "no request in quotes behind the time";
  p += 2;
  const char* quote = closing_quote(p, end);
  if (quote == end) return "the request has no closing quote";
  out.request = between(p, quote);
  split_request(out.request, out);
  p = quote + 1;
  if (end - p >= 4 && p[0] == ' ' && is_digit(p[1]) && is_digit(p[2]) && is_digit(p[3]) &&
      (p + 4 == end || p[4] == ' ')) {
    out.status = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    p += 4;
  } else if (end - p >= 2 && p[0] == ' ' && p[1] == '-' && (p + 2 == end || p[2] == ' ')) {
    p += 2;
  } else {
    return "no status of three digits behind the request";
  }
  if (p < end) {
    const char* bytes = p + 1;
    p = find(bytes, end, ' ');
    out.bytes = value_of(between(bytes, p));
    for (const char c : out.bytes) {
      if (!is_digit(c)) return "no number of bytes behind the status";
    }
  }
  scan_rest(p, end, out);
  return nullptr;
}

// Referrer and user agent if they are there, then any fields, one of which may be the request time. What does
// not look like that is passed over: formats end as their owners like it.
void AccessScanner::scan_rest(const char* p, const char* end, AccessLine& out) {
  Candidate best;
  int quoted = 0;
  bool plain = false;  // a field without quotes was there: no referrer and user agent behind it
  while (p < end) {
    if (*p == ' ') {
      ++p;
      continue;
    }
    if (*p == '"') {
      const char* close = closing_quote(p + 1, end);
      const std::string_view text = value_of(between(p + 1, close));
      if (!plain && quoted == 0) out.referrer = text;
      if (!plain && quoted == 1) out.user_agent = text;
      if (quoted >= 2) {  // nginx users quote all they have
        const Candidate found = candidate_of(text, close + 1 >= end);
        if (found.certainty > best.certainty) best = found;
      }
      ++quoted;
      p = close == end ? end : close + 1;
      continue;
    }
    const char* stop = find(p, end, ' ');
    const Candidate found = candidate_of(between(p, stop), stop == end);
    if (found.certainty > best.certainty) best = found;
    plain = plain || quoted == 0;
    p = stop;
  }
  if (best.certainty == Certainty::none) return;
  out.duration = best.text;
  if (best.certainty == Certainty::unit) return;
  out.duration_unit = unit_;
  if (unit_ != TimeUnit::automatic) return;
  const bool decimal = best.text.find('.') != std::string_view::npos;
  out.duration_unit = decimal ? TimeUnit::seconds : TimeUnit::microseconds;
  guessed_ = guessed_ || !decimal;
}

}  // namespace aiops::source
