#include "record/series.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::record {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

bool is_plain_field(std::string_view name) {
  return name == field::kService || name == field::kMethod || name == field::kEndpoint ||
         name == field::kOperation;
}

void append_quoted(std::string& out, std::string_view value) {
  out.push_back('"');
  for (const char c : value) {
    if (c == '"' || c == '\\') out.push_back('\\');
    if (c == '\n') {
      out += "\\n";
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// Reads a quoted value at text[at] and moves at behind it.
std::string read_quoted(std::string_view text, std::size_t& at) {
  std::string value;
  for (++at; at < text.size() && text[at] != '"'; ++at) {
    if (text[at] == '\\' && at + 1 < text.size()) {
      ++at;
      value.push_back(text[at] == 'n' ? '\n' : text[at]);
    } else {
      value.push_back(text[at]);
    }
  }
  if (at == text.size()) throw InputError(fmt::format("series name without a closing quote: {}", text));
  ++at;
  return value;
}

}  // namespace

std::string_view SeriesKey::get(std::string_view name) const {
  for (const auto& [n, v] : fields)
    if (n == name) return v;
  return {};
}

void SeriesKey::set(std::string_view name, std::string_view value) {
  for (auto& [n, v] : fields) {
    if (n != name) continue;
    v = value;
    return;
  }
  fields.emplace_back(name, value);
}

std::string SeriesKey::text() const {
  std::string out(get(field::kMetric));
  bool open = false;
  for (const auto& [name, value] : fields) {
    if (name == field::kMetric) continue;
    out.push_back(open ? ',' : '{');
    open = true;
    std::string_view shown = name;
    if (shown.starts_with(kLabelPrefix) && !is_plain_field(shown.substr(kLabelPrefix.size())))
      shown.remove_prefix(kLabelPrefix.size());
    out += shown;
    out.push_back('=');
    append_quoted(out, value);
  }
  if (open) out.push_back('}');
  if (out.empty()) out = "{}";
  return out;
}

SeriesKey SeriesKey::parse(std::string_view text) {
  SeriesKey key;
  const std::size_t brace = std::min(text.find('{'), text.size());
  const std::string_view metric = text.substr(0, brace);
  bool metric_placed = metric.empty();
  const auto place_metric = [&] {
    if (!metric_placed) key.fields.emplace_back(field::kMetric, metric);
    metric_placed = true;
  };
  for (std::size_t at = brace + 1; at < text.size() && text[at] != '}';) {
    const std::size_t equals = text.find("=\"", at);
    if (equals == std::string_view::npos) throw InputError(fmt::format("not a series name: {}", text));
    const std::string name(text.substr(at, equals - at));
    at = equals + 1;
    std::string value = read_quoted(text, at);
    if (at < text.size() && text[at] == ',') ++at;
    if (name != field::kService) place_metric();
    const bool plain = is_plain_field(name) || name.starts_with(kLabelPrefix);
    key.fields.emplace_back(plain ? name : std::string(kLabelPrefix) + name, std::move(value));
  }
  place_metric();
  return key;
}

void name_by_value(SeriesKey& key, std::string_view column) {
  const std::string metric(key.get(field::kMetric));
  if (metric.empty()) {
    key.set(field::kMetric, column);
  } else if (column != field::kValue) {
    key.set(field::kMetric, metric + "." + std::string(column));
  }
}

void append_json_members(std::string& out, const SeriesKey& key) {
  const auto member = [&](std::string_view name, std::string_view value) {
    append_json_string(out, name);
    out.push_back(':');
    append_json_string(out, value);
  };
  for (const auto& [name, value] : key.fields) {
    if (name.starts_with(kLabelPrefix)) continue;
    out.push_back(',');
    member(name, value);
  }
  bool open = false;
  for (const auto& [name, value] : key.fields) {
    if (!name.starts_with(kLabelPrefix)) continue;
    out += open ? "," : ",\"labels\":{";
    open = true;
    member(std::string_view(name).substr(kLabelPrefix.size()), value);
  }
  if (open) out.push_back('}');
}

SeriesId SeriesTable::intern(const SeriesKey& key) {
  std::string text = key.text();
  const auto known = ids_.find(text);
  if (known != ids_.end()) return known->second;
  SeriesId id;
  if (free_.empty()) {
    id = static_cast<SeriesId>(keys_.size());
    keys_.emplace_back();
  } else {
    id = free_.back();
    free_.pop_back();
  }
  ids_.emplace(text, id);
  keys_[id] = {key, std::move(text), true};
  return id;
}

std::vector<SeriesId> SeriesTable::evict(const std::function<std::uint64_t(SeriesId)>& last_used) {
  std::vector<SeriesId> used;
  for (SeriesId id = 0; id < keys_.size(); ++id)
    if (keys_[id].used) used.push_back(id);
  const std::size_t n = std::min(used.size(), std::max<std::size_t>(1, used.size() / 64));
  std::partial_sort(used.begin(), used.begin() + static_cast<std::ptrdiff_t>(n), used.end(),
                    [&](SeriesId a, SeriesId b) { return last_used(a) < last_used(b); });
  used.resize(n);
  for (const SeriesId id : used) {
    ids_.erase(keys_[id].text);
    keys_[id] = {};
    free_.push_back(id);
  }
  evicted_ += n;
  return used;
}

}  // namespace aiops::record
