#include "inject/edit.hpp"

#include <algorithm>

#include "base/number.hpp"

namespace aiops::inject {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Walks over JSON that is known to be well formed, without looking into it more than it must.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  // Over white space and one of `expected`, if it is there.
  bool accept(char expected) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != expected) return false;
    ++at_;
    return true;
  }
  // The string that starts here, without its quotes, escapes as they stand.
  std::optional<std::string_view> string() {
    if (!accept('"')) return std::nullopt;
    const auto begin = at_;
    while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) return std::nullopt;
    return text_.substr(begin, at_++ - begin);
  }
  // The number or word (true, false, null) that starts here.
  std::string_view word() {
    skip_space();
    const auto begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && text_[at_] != ',' && text_[at_] != '}') ++at_;
    return text_.substr(begin, at_ - begin);
  }
  // Over an object or array, if one starts here.
  bool skip_nested() {
    skip_space();
    if (at_ >= text_.size() || (text_[at_] != '{' && text_[at_] != '[')) return false;
    int depth = 0;
    while (at_ < text_.size()) {
      if (text_[at_] == '"') {
        if (!string()) return false;
        continue;
      }
      const char c = text_[at_++];
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }
  bool at_string() {
    skip_space();
    return at_ < text_.size() && text_[at_] == '"';
  }

 private:
  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  std::string_view text_;
  std::size_t at_ = 0;
};

// The last member of the name, as the record reader takes it.
std::optional<std::string_view> find_member(std::string_view line, std::string_view name) {
  std::optional<std::string_view> found;
  if (line.starts_with(kByteOrderMark)) line.remove_prefix(kByteOrderMark.size());
  JsonWalk walk(line);
  if (!walk.accept('{')) return std::nullopt;
  do {
    const auto key = walk.string();
    if (!key || !walk.accept(':')) break;
    std::optional<std::string_view> value;
    if (walk.at_string()) {
      value = walk.string();
    } else if (!walk.skip_nested()) {
      value = walk.word();
    }
    if (*key == name) found = value;
  } while (walk.accept(','));
  return found;
}

// Calls each(index, bytes without quotes) for the fields of a CSV row until it returns false.
template <class Each>
void for_each_cell(std::string_view line, Each each) {
  std::size_t at = 0;
  for (std::size_t index = 0;; ++index) {
    std::string_view cell;
    if (at < line.size() && line[at] == '"') {
      auto end = at + 1;
      while (end < line.size() && (line[end] != '"' || (end + 1 < line.size() && line[end + 1] == '"'))) {
        end += line[end] == '"' ? 2 : 1;
      }
      end = std::min(end, line.size());
      cell = line.substr(at + 1, end - at - 1);
      at = line.find(',', end);
    } else {
      const auto end = line.find(',', at);
      cell = line.substr(at, end == line.npos ? line.npos : end - at);
      at = end;
    }
    if (!each(index, cell) || at == line.npos) return;
    ++at;
  }
}

}  // namespace

FieldFinder::FieldFinder(record::Format format, std::string_view header) : format_(format) {
  if (header.starts_with(kByteOrderMark)) header.remove_prefix(kByteOrderMark.size());
  for_each_cell(header, [&](std::size_t, std::string_view cell) {
    columns_.emplace_back(cell);
    return true;
  });
}

std::optional<std::string_view> FieldFinder::find(std::string_view line, std::string_view name) const {
  if (format_ == record::Format::ndjson) return find_member(line, name);
  const auto wanted =
      static_cast<std::size_t>(std::find(columns_.begin(), columns_.end(), name) - columns_.begin());
  if (wanted == columns_.size()) return std::nullopt;
  std::optional<std::string_view> found;
  for_each_cell(line, [&](std::size_t index, std::string_view cell) {
    if (index == wanted) found = cell;
    return index < wanted;
  });
  return found;
}

void Edit::start(record::Format format, std::string_view line) {
  format_ = format;
  line_ = line;
  replacements_.clear();
}

bool Edit::quoted(std::string_view part) const {
  return part.data() > line_.data() && part.data()[-1] == '"';
}

void Edit::replace(std::string_view part, std::string with) {
  replacements_.push_back(
      {static_cast<std::size_t>(part.data() - line_.data()), part.size(), std::move(with)});
}

void Edit::number(std::string_view part, double value) {
  std::string text;
  append_shortest(text, value);
  replace(part, std::move(text));
}

void Edit::integer(std::string_view part, std::int64_t value) { replace(part, std::to_string(value)); }

void Edit::text(std::string_view part, std::string_view value) {
  std::string with(value);
  if (format_ == record::Format::ndjson && !quoted(part)) with = '"' + with + '"';
  replace(part, std::move(with));
}

void Edit::missing(std::string_view part) {
  replace(part, format_ == record::Format::ndjson && !quoted(part) ? "null" : "");
}

std::string_view Edit::finish() {
  std::sort(replacements_.begin(), replacements_.end(),
            [](const Replacement& a, const Replacement& b) { return a.begin < b.begin; });
  result_.clear();
  std::size_t at = 0;
  for (const auto& replacement : replacements_) {
    result_.append(line_.substr(at, replacement.begin - at)).append(replacement.with);
    at = replacement.begin + replacement.length;
  }
  return result_.append(line_.substr(at));
}

}  // namespace aiops::inject
