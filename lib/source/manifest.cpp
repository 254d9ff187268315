#include "source/manifest.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/text.hpp"

namespace aiops::source {
namespace {

std::string time_json(Nanos time) { return time == kNoTime ? "null" : json_string(format_time(time)); }

// "  "name": [item, item],\n" with an item a line.
std::string list_json(std::string_view name, const std::vector<std::string>& items) {
  std::string out = fmt::format("  \"{}\": [", name);
  for (std::size_t i = 0; i < items.size(); ++i) out += (i == 0 ? "\n    " : ",\n    ") + items[i];
  return out + (items.empty() ? "]" : "\n  ]");
}

std::vector<std::string> quoted(const std::vector<std::string>& texts) {
  std::vector<std::string> result;
  result.reserve(texts.size());
  for (const std::string& text : texts) result.push_back(json_string(text));
  return result;
}

std::string part_json(const Manifest::Part& part) {
  std::string out = fmt::format("{{\"name\": {}", json_string(part.name));
  if (!part.environment.empty()) out += fmt::format(", \"environment\": {}", json_string(part.environment));
  if (!part.what.empty()) out += fmt::format(", \"asked\": {}", json_string(part.what));
  if (part.pages != 0) out += fmt::format(", \"pages\": {}", part.pages);
  if (part.pause_end != kNoTime) {
    out += fmt::format(", \"longest_pause\": {{\"from\": {}, \"to\": {}}}",
                       time_json(part.pause_end - part.pause), time_json(part.pause_end));
  }
  if (part.estimate) {
    out += fmt::format(", \"estimated_share\": {:.4g}, \"estimated_how\": {}", *part.estimate,
                       json_string(part.estimated_how));
  }
  return out + fmt::format(
                   ", \"series\": {}, \"records\": {}, \"missing_values\": {}, \"gaps\": {}, "
                   "\"gap_steps\": {}, \"requests\": {}, \"retries\": {}, \"first\": {}, \"last\": {}}}",
                   part.series, part.records, part.missing_values, part.gaps, part.gap_steps, part.requests,
                   part.retries, time_json(part.first), time_json(part.last));
}

Manifest::Part total(const std::vector<Manifest::Part>& parts) {
  Manifest::Part sum;
  for (const Manifest::Part& part : parts) {
    sum.series += part.series;
    sum.records += part.records;
    sum.missing_values += part.missing_values;
    sum.gaps += part.gaps;
    sum.gap_steps += part.gap_steps;
    sum.requests += part.requests;
    sum.retries += part.retries;
  }
  return sum;
}

}  // namespace

bool Manifest::warn(std::string_view text) {
  if (std::find(warnings.begin(), warnings.end(), text) != warnings.end()) return false;
  constexpr std::size_t kKept = 1000;  // a server that says something new each time must not fill the memory
  if (warnings.size() < kKept) warnings.emplace_back(text);
  return true;
}

void Manifest::cut(std::string_view text) {
  if (std::find(truncated.begin(), truncated.end(), text) == truncated.end()) truncated.emplace_back(text);
}

// Of the records alone: requests may be counted by another thread meanwhile.
std::uint64_t Manifest::written() const {
  std::uint64_t sum = 0;
  for (const Part& part : parts) sum += part.records;
  return sum;
}

void Manifest::note_clock(std::optional<Nanos> skew) {
  if (skew && (!clock_skew || std::abs(*skew) > std::abs(*clock_skew))) clock_skew = skew;
}

std::string Manifest::summary() const {
  const Part sum = total(parts);
  std::string out = fmt::format("{}: ", source);
  if (step != 0 || sum.series != 0) {
    out += fmt::format("{}, {} series, ", count(parts.size(), asked_for), thousands(sum.series));
  }
  out += count(sum.records, records);
  if (sum.missing_values != 0) out += fmt::format(" ({} without a value)", thousands(sum.missing_values));
  if (sum.gaps != 0) out += fmt::format(", {} ({})", count(sum.gaps, "gap"), count(sum.gap_steps, "step"));
  if (sum.retries != 0) {
    out += fmt::format(", {} {}", thousands(sum.retries), sum.retries == 1 ? "retry" : "retries");
  }
  if (!warnings.empty()) out += fmt::format(", {} by the server", count(warnings.size(), "warning"));
  if (complete()) return out + ": complete";
  std::vector<std::string> whys = problems;
  whys.insert(whys.end(), truncated.begin(), truncated.end());
  for (const Range& range : missing) {
    whys.push_back(fmt::format("nothing{} from {} to {}",
                               range.environment.empty() ? "" : " of " + range.environment,
                               format_time(range.from), format_time(range.to)));
  }
  constexpr std::size_t kShown = 3;
  const std::size_t more = whys.size() > kShown ? whys.size() - kShown : 0;
  whys.resize(whys.size() - more);
  return out + ": incomplete: " + join(whys, "; ") + (more != 0 ? fmt::format("; and {} more", more) : "");
}

std::string Manifest::json() const {
  std::vector<std::string> part_items, missing_items;
  for (const Part& part : parts) part_items.push_back(part_json(part));
  for (const Range& range : missing) {
    const std::string of =
        range.environment.empty() ? "" : fmt::format("\"environment\": {}, ", json_string(range.environment));
    missing_items.push_back(fmt::format("{{{}\"from\": {}, \"to\": {}, \"why\": {}}}", of,
                                        time_json(range.from), time_json(range.to), json_string(range.why)));
  }
  const Part sum = total(parts);
  std::string out = fmt::format("{{\n  \"source\": {},\n", json_string(source));
  if (!url.empty()) out += fmt::format("  \"url\": {},\n", json_string(url));
  out += fmt::format("  \"started\": {},\n  \"finished\": {},\n", time_json(started), time_json(finished));
  if (start != kNoTime || end != kNoTime) {
    out += fmt::format("  \"asked\": {{\"start\": {}, \"end\": {}", time_json(start), time_json(end));
    if (step != 0) out += fmt::format(", \"step\": {}", json_string(format_duration(step)));
    out += "},\n";
  }
  out += fmt::format("  \"record\": {},\n  \"told_by\": {},\n", json_string(records),
                     json_string(by_metric ? "metric" : "environment"));
  if (resumed) out += "  \"resumed\": true,\n";
  if (clock_skew) out += fmt::format("  \"clock_skew_s\": {:.1f},\n", static_cast<double>(*clock_skew) / 1e9);
  out += list_json("parts", part_items) + ",\n";
  out += fmt::format(
      "  \"series\": {},\n  \"records\": {},\n  \"missing_values\": {},\n  \"gaps\": {},\n"
      "  \"gap_steps\": {},\n  \"requests\": {},\n  \"retries\": {},\n",
      sum.series, sum.records, sum.missing_values, sum.gaps, sum.gap_steps, sum.requests, sum.retries);
  out += list_json("missing", missing_items) + ",\n";
  out += list_json("truncated", quoted(truncated)) + ",\n";
  out += list_json("warnings", quoted(warnings)) + ",\n";
  out += list_json("problems", quoted(problems)) + ",\n";
  return out + fmt::format("  \"complete\": {}\n}}\n", complete());
}

}  // namespace aiops::source
