#include "source/exposition.hpp"

#include <fmt/core.h>

#include <cmath>
#include <limits>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

bool is_space(char c) { return c == ' ' || c == '\t'; }

bool is_name_char(char c, bool first, bool colon) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c == ':' && colon) ||
         (c >= '0' && c <= '9' && !first);
}

void skip_space(std::string_view& text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
}

std::string_view take_name(std::string_view& text, bool colon) {
  std::size_t n = 0;
  while (n < text.size() && is_name_char(text[n], n == 0, colon)) ++n;
  const std::string_view name = text.substr(0, n);
  text.remove_prefix(n);
  return name;
}

std::string_view take_word(std::string_view& text) {
  skip_space(text);
  std::size_t n = 0;
  while (n < text.size() && !is_space(text[n])) ++n;
  const std::string_view word = text.substr(0, n);
  text.remove_prefix(n);
  return word;
}

struct Suffix {
  std::string_view text, of;  // of: the family's type; "": any of those that have parts
  MetricPart part;
};
constexpr Suffix kSuffixes[] = {
    {"_total", "counter", MetricPart::counter},
    {"_bucket", "histogram", MetricPart::bucket},
    {"_count", "histogram", MetricPart::count},
    {"_sum", "histogram", MetricPart::sum},
    {"_count", "summary", MetricPart::count},
    {"_sum", "summary", MetricPart::sum},
    {"_bucket", "gaugehistogram", MetricPart::value},
    {"_gcount", "gaugehistogram", MetricPart::value},
    {"_gsum", "gaugehistogram", MetricPart::value},
    {"_created", "counter", MetricPart::created},
    {"_created", "histogram", MetricPart::created},
    {"_created", "summary", MetricPart::created},
    {"_info", "info", MetricPart::value},
};

}  // namespace

void Exposition::take(std::string_view bytes) {
  for (;;) {
    const auto newline = bytes.find('\n');
    const std::string_view part = bytes.substr(0, newline);
    if (rest_.size() + part.size() > kLongestLine) {
      too_long_ = true;
      rest_.clear();
    } else if (newline == std::string_view::npos || !rest_.empty()) {
      if (!too_long_) rest_.append(part);
    }
    if (newline == std::string_view::npos) return;
    if (too_long_) {
      ++number_;
      receiver_.wrong(number_, "", fmt::format("the line is longer than {} bytes", thousands(kLongestLine)));
    } else if (rest_.empty()) {
      line(part);
    } else {
      line(rest_);
    }
    too_long_ = false;
    rest_.clear();
    bytes.remove_prefix(newline + 1);
  }
}

bool Exposition::finish() {
  if (!rest_.empty()) line(std::exchange(rest_, {}));
  return ended_ || !open_metrics_;
}

void Exposition::line(std::string_view text) {
  ++number_;
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  const std::string_view whole = text;
  skip_space(text);
  if (text.empty() || ended_) return;
  if (text.front() == '#') return comment(text.substr(1));
  error_.clear();
  if (!sample(text)) receiver_.wrong(number_, whole, error_);
}

void Exposition::comment(std::string_view text) {
  const std::string_view word = take_word(text);
  if (word == "EOF" && open_metrics_) ended_ = true;
  if (word != "TYPE") return;
  skip_space(text);
  std::string name;
  if (!text.empty() && text.front() == '"') {
    if (!quoted(text, name)) return receiver_.wrong(number_, text, "# TYPE without the end of a name");
  } else {
    name = take_word(text);
  }
  types_[name] = std::string(take_word(text));
}

bool Exposition::fail(std::string what) {
  error_ = std::move(what);
  return false;
}

bool Exposition::sample(std::string_view text) {
  sample_.labels.clear();
  sample_.time = kNoTime;
  name_ = take_name(text, true);
  skip_space(text);
  if (!text.empty() && text.front() == '{') {
    text.remove_prefix(1);
    if (!labels(text)) return false;
  }
  if (name_.empty()) return fail("expected the name of a metric");
  sample_.name = name_;
  const std::string_view value = take_word(text);
  if (!number(value))
    return fail(fmt::format("{} is no value", value.empty() ? "nothing" : printable(value, 40)));
  const std::string_view stamp = take_word(text);
  if (!stamp.empty() && stamp.front() != '#') {
    if (!time(stamp)) return fail(fmt::format("{} is no time", printable(stamp, 40)));
    const std::string_view more = take_word(text);
    if (!more.empty() && more.front() != '#')
      return fail(fmt::format("{} behind the time", printable(more, 40)));
  }
  classify();
  receiver_.sample(sample_);
  return true;
}

// Behind the brace, up to and with the one that closes.
bool Exposition::labels(std::string_view& text) {
  for (;;) {
    skip_space(text);
    if (text.empty()) return fail("the labels have no end");
    if (text.front() == '}') {
      text.remove_prefix(1);
      return true;
    }
    std::string name;
    if (text.front() == '"') {
      if (!quoted(text, name)) return false;
    } else {
      name = take_name(text, false);
    }
    skip_space(text);
    if (name.empty()) return fail(fmt::format("{} is no name of a label", printable(text.substr(0, 1))));
    if (text.empty() || text.front() != '=') {
      // {"metric.name", label="value"}: the name of the metric in quotes
      if (!name_.empty()) return fail(fmt::format("the label {} has no value", printable(name, 40)));
      name_ = name;
    } else {
      text.remove_prefix(1);
      skip_space(text);
      std::string value;
      if (text.empty() || text.front() != '"')
        return fail(fmt::format("the value of the label {} is not in quotes", printable(name, 40)));
      if (!quoted(text, value)) return false;
      sample_.labels.emplace_back(std::move(name), std::move(value));
    }
    skip_space(text);
    if (!text.empty() && text.front() == ',') {
      text.remove_prefix(1);
    } else if (text.empty() || text.front() != '}') {
      return fail("expected , or } behind a label");
    }
  }
}

bool Exposition::quoted(std::string_view& text, std::string& out) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return true;
    }
    if (text[i] != '\\') {
      out += text[i];
    } else if (++i < text.size()) {
      if (text[i] == 'n') {
        out += '\n';
      } else {
        if (text[i] != '"' && text[i] != '\\') out += '\\';
        out += text[i];
      }
    }
  }
  return fail("a text in quotes has no end");
}

bool Exposition::number(std::string_view text) {
  sample_.text = text;
  if (parse_number(text, sample_.value) == Number::ok) return true;
  std::string_view word = text;
  if (!word.empty() && (word.front() == '+' || word.front() == '-')) word.remove_prefix(1);
  if (word == "Inf" || word == "inf") {
    sample_.value = std::copysign(std::numeric_limits<double>::infinity(), text.front() == '-' ? -1 : 1);
    return true;
  }
  return word == "NaN" || word == "nan";
}

bool Exposition::time(std::string_view text) {
  if (!open_metrics_) {
    const auto milliseconds = parse_int(text);
    if (!milliseconds || *milliseconds > 9'000'000'000'000 || *milliseconds < -9'000'000'000'000)
      return false;
    sample_.time = *milliseconds * kMillisecond;
    return true;
  }
  sample_.time = parse_time(text, TimeUnit::seconds).value_or(kNoTime);
  return sample_.time != kNoTime;
}

void Exposition::classify() {
  const std::string_view name = sample_.name;
  sample_.family = name;
  sample_.part = MetricPart::value;
  const auto own = types_.find(name);
  if (own != types_.end()) {
    if (own->second == "counter") sample_.part = MetricPart::counter;
    if (own->second == "summary") sample_.part = MetricPart::quantile;
    return;
  }
  for (const Suffix& suffix : kSuffixes) {
    if (!name.ends_with(suffix.text)) continue;
    const std::string_view family = name.substr(0, name.size() - suffix.text.size());
    const auto type = types_.find(family);
    if (type == types_.end() || type->second != suffix.of) continue;
    sample_.family = family;
    sample_.part = suffix.part;
    return;
  }
}

}  // namespace aiops::source
