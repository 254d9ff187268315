#include "source/mapping.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr std::uint16_t kPrefixed =
    1000;  // added to the rank of what stands within attributes, resource, fields

constexpr std::string_view kLabelPrefix = "labels.";

std::string_view label_name(std::string_view path) {
  return path.starts_with(kLabelPrefix) ? path.substr(kLabelPrefix.size()) : path;
}

Target target_of(std::string_view name) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < static_cast<std::size_t>(Target::label); ++i) {
    names.emplace_back(name_of(static_cast<Target>(i)));
    if (names.back() == name) return static_cast<Target>(i);
  }
  if (name.starts_with(kLabelPrefix) && name.size() > kLabelPrefix.size()) return Target::label;
  const std::string near = nearest(name, names);
  throw UsageError(fmt::format("--map: there is no field {}{}; expected one of {} or labels.NAME",
                               json_string(name), near.empty() ? "" : fmt::format(", did you mean {}?", near),
                               join(names, ", ")));
}

}  // namespace

Mapping::Mapping(const MappingOptions& options)
    : ambiguous_durations_(options.duration_unit == TimeUnit::automatic) {
  for (const std::string& text : options.map) map(text, options);
  add_known(options);
  for (const std::string& path : options.keep) keep(path);
}

void Mapping::map(const std::string& text, const MappingOptions& options) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size()) {
    throw UsageError(
        fmt::format("--map {}: expected FIELD=PATH, as in endpoint=http.request.path", json_string(text)));
  }
  const std::string field = text.substr(0, equals), path = text.substr(equals + 1);
  Slot slot;
  slot.target = target_of(field);
  slot.rank = static_cast<std::uint16_t>(wanted_.size());  // several paths for one field: the first wins
  if (slot.target == Target::label) {
    slot.label = label(label_name(field));
  } else {
    mapped_[static_cast<std::size_t>(slot.target)] = true;
  }
  if (slot.target == Target::timestamp) slot.unit = options.time_unit;
  if (slot.target == Target::duration_ms) {
    slot.unit = options.duration_unit == TimeUnit::automatic ? TimeUnit::milliseconds : options.duration_unit;
  }
  if (!known_.emplace(path, slot).second) {
    throw UsageError(fmt::format("--map {}: {} is mapped already", json_string(text), path));
  }
  wanted_.push_back({"--map " + text, path});
}

void Mapping::add_known(const MappingOptions& options) {
  std::uint16_t rank = 0;
  for (const KnownPath& known : known_paths()) {
    ++rank;
    if (mapped_[static_cast<std::size_t>(known.target)]) continue;
    Slot slot;
    slot.target = known.target;
    slot.rank = rank;
    slot.reading = known.reading;
    slot.unit = known.unit;
    if (slot.unit == TimeUnit::automatic) {
      if (slot.target == Target::timestamp) slot.unit = options.time_unit;
      if (slot.target == Target::duration_ms) slot.unit = options.duration_unit;
    }
    known_.emplace(known.path, slot);
  }
}

void Mapping::keep(const std::string& path) {
  if (path == "*" || path.ends_with(".*")) {
    patterns_.push_back(path.substr(0, path.size() - 1));
    return;
  }
  Slot slot;
  slot.target = Target::label;
  slot.label = label(label_name(path));
  known_[path] = slot;
  wanted_.push_back({"--keep " + path, path});
}

std::uint16_t Mapping::label(std::string_view name) {
  const auto found = std::find(labels_.begin(), labels_.end(), name);
  if (found != labels_.end()) return static_cast<std::uint16_t>(found - labels_.begin());
  labels_.emplace_back(name);
  return static_cast<std::uint16_t>(labels_.size() - 1);
}

Slot Mapping::resolve(std::string_view path) const {
  if (const auto found = known_.find(path); found != known_.end()) return found->second;
  for (const std::string_view prefix : known_prefixes()) {
    if (!path.starts_with(prefix)) continue;
    const auto found = known_.find(path.substr(prefix.size()));
    // What the options name is meant as it is written.
    if (found == known_.end() || found->second.target == Target::label) continue;
    if (mapped_[static_cast<std::size_t>(found->second.target)]) continue;
    Slot slot = found->second;
    slot.rank = static_cast<std::uint16_t>(slot.rank + kPrefixed);
    return slot;
  }
  Slot slot;
  for (const std::string& pattern : patterns_) {
    if (!path.starts_with(pattern)) continue;
    slot.target = Target::label;
    slot.label = Slot::kAnyLabel;
  }
  return slot;
}

Slot& Mapping::slot(std::string_view path) {
  if (const auto found = table_.find(path); found != table_.end()) return found->second;
  Slot made = resolve(path);
  if (table_.size() >= kMaxPaths && made.target == Target::none) path = "(others)";
  const auto [place, added] = table_.emplace(path, made);
  if (added) place->second.path = &place->first;
  return place->second;
}

std::vector<std::pair<std::string, std::uint64_t>> Mapping::left_out() const {
  std::vector<std::pair<std::string, std::uint64_t>> found;
  for (const auto& [path, slot] : table_) {
    if (slot.left_out != 0) found.emplace_back(path, slot.left_out);
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second > b.second : a.first < b.first;
  });
  return found;
}

std::string Mapping::left_out_text() const {
  constexpr std::size_t kShown = 8;
  const auto left = left_out();
  if (left.empty()) return {};
  std::string text = "left out, for a record has no place for them (--keep makes them labels): ";
  for (std::size_t i = 0; i < std::min(kShown, left.size()); ++i) {
    text +=
        fmt::format("{}{} ({})", i == 0 ? "" : ", ", printable(left[i].first, 60), thousands(left[i].second));
    if (target(left[i].first) == Target::duration_ms && ambiguous_durations_) {
      text += " [a duration without a unit: --duration-unit]";
    }
  }
  if (left.size() > kShown) text += fmt::format(" and {} more", left.size() - kShown);
  return text;
}

std::vector<std::string> Mapping::unused() const {
  std::vector<std::string> found;
  for (const Wanted& wanted : wanted_) {
    const auto place = table_.find(wanted.path);
    if (place == table_.end() || place->second.seen == 0) found.push_back(wanted.option);
  }
  return found;
}

}  // namespace aiops::source
