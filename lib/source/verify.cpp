#include "source/verify.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "source/json_reader.hpp"

namespace aiops::source {
namespace {

std::uint64_t count_of(std::string_view text) {
  const auto value = parse_int(text);
  if (!value || *value < 0) throw JsonError(fmt::format("{} is no count", printable(text)), false);
  return static_cast<std::uint64_t>(*value);
}

Nanos time_of(std::string_view text) {
  if (text == "null") return kNoTime;
  const auto time = parse_time(text);
  if (!time) throw JsonError(fmt::format("{} is no time", printable(text)), false);
  return *time;
}

ManifestClaim::Part read_part(JsonReader& reader) {
  ManifestClaim::Part part;
  std::string key;
  reader.enter_object();
  while (reader.next_key(key)) {
    if (key == "name") {
      part.name = reader.string();
    } else if (key == "environment") {
      part.environment = reader.string();
    } else if (key == "records") {
      part.records = count_of(reader.number());
    } else if (key == "missing_values") {
      part.missing_values = count_of(reader.number());
    } else if (key == "first") {
      part.first = time_of(reader.scalar());
    } else if (key == "last") {
      part.last = time_of(reader.scalar());
    } else {
      reader.skip();
    }
  }
  return part;
}

// True if it was a member that matters.
bool read_member(JsonReader& reader, const std::string& key, ManifestClaim& claim) {
  if (key == "source") {
    claim.source = reader.string();
  } else if (key == "parts" || key == "files") {
    reader.enter_array();
    while (reader.next_item()) claim.parts.push_back(read_part(reader));
  } else if (key == "told_by") {
    claim.by_metric = reader.string() == "metric";
  } else if (key == "complete") {
    claim.complete = reader.scalar() == "true";
  } else if (key == "resumed") {
    claim.resumed = reader.scalar() == "true";
  } else if (key == "asked" && reader.peek() == '{') {
    std::string name;
    reader.enter_object();
    while (reader.next_key(name)) {
      if (name == "start") {
        claim.start = time_of(reader.scalar());
      } else {
        reader.skip();
      }
    }
  } else {
    reader.skip();
    return false;
  }
  return key == "parts" || key == "files";
}

std::string shown(Nanos time) { return time == kNoTime ? "none" : format_time(time); }

}  // namespace

ManifestClaim read_manifest(std::string_view text, const std::string& path) {
  ManifestClaim claim;
  bool parts = false;
  try {
    JsonReader reader(
        [text, given = false]() mutable { return std::exchange(given, true) ? std::string_view() : text; });
    std::string key;
    reader.enter_object();
    while (reader.next_key(key)) parts = read_member(reader, key, claim) || parts;
    reader.finish();
    if (!parts || claim.source.empty()) throw JsonError("it names no source and no parts", false);
  } catch (const JsonError& error) {
    throw InputError(fmt::format("{} is no manifest of aiops-collect: {}", path, error.what()));
  }
  return claim;
}

Recount::Recount(ManifestClaim claim) : claim_(std::move(claim)) {
  for (const ManifestClaim::Part& part : claim_.parts) {
    Count& count = claimed_[{claim_.by_metric ? part.name : "", part.environment}];
    enter(count, part.first, part.last, part.records, part.missing_values);
  }
}

void Recount::enter(Count& count, Nanos first, Nanos last, std::uint64_t records, std::uint64_t missing) {
  count.records += records;
  count.missing_values += missing;
  if (first != kNoTime && (count.first == kNoTime || first < count.first)) count.first = first;
  count.last = std::max(count.last, last);
}

// Native histograms give several metrics to one query: NAME_count and the like.
Recount::Name Recount::name_of(std::string_view metric, std::string_view environment) const {
  Name name{claim_.by_metric ? metric : "", environment};
  if (!claim_.by_metric || claimed_.contains(name)) return name;
  for (const std::string_view suffix : {"_count", "_sum", "_avg"}) {
    if (!metric.ends_with(suffix)) continue;
    Name family{metric.substr(0, metric.size() - suffix.size()), environment};
    if (claimed_.contains(family)) return family;
  }
  return name;
}

void Recount::add(std::string_view metric, std::string_view environment, Nanos time, bool missing_value) {
  if (claim_.resumed && claim_.by_metric && claim_.start != kNoTime && time < claim_.start) {
    ++earlier_;
    return;
  }
  ++records_;
  enter(found_[name_of(metric, environment)], time, time, 1, missing_value ? 1 : 0);
}

std::vector<std::string> Recount::differences() const {
  std::vector<std::string> lines;
  // Of events that were added to a file, the earlier ones cannot be told: there may be more than the manifest
  // says.
  const bool more = claim_.resumed && !claim_.by_metric;
  std::map<Name, Count> all = found_;
  for (const auto& [name, count] : claimed_) all.try_emplace(name);
  for (const auto& [name, found] : all) {
    const auto entry = claimed_.find(name);
    const Count said = entry == claimed_.end() ? Count{} : entry->second;
    std::string who = name.first.empty() ? (name.second.empty() ? "all" : "") : printable(name.first);
    if (!name.second.empty()) who += (who.empty() ? "at " : " at ") + printable(name.second);
    if (entry == claimed_.end()) {
      lines.push_back(
          fmt::format("{}: {}, and the manifest has no such part", who, count(found.records, "record")));
      continue;
    }
    if (more ? found.records < said.records : found.records != said.records)
      lines.push_back(fmt::format("{}: {}, and the manifest says {}", who, count(found.records, "record"),
                                  thousands(said.records)));
    if (claim_.by_metric && found.missing_values != said.missing_values) {
      lines.push_back(fmt::format("{}: {} without a value, and the manifest says {}", who,
                                  count(found.missing_values, "record"), thousands(said.missing_values)));
    }
    if (!more && found.first != said.first)
      lines.push_back(fmt::format("{}: the oldest is of {}, and the manifest says {}", who,
                                  shown(found.first), shown(said.first)));
    if (more ? found.last < said.last : found.last != said.last)
      lines.push_back(fmt::format("{}: the newest is of {}, and the manifest says {}", who, shown(found.last),
                                  shown(said.last)));
  }
  return lines;
}

}  // namespace aiops::source
