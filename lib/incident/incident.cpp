#include "incident/incident.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::incident {
namespace {

constexpr std::size_t kServiceInId = 24;

bool plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.';
}

// "error_rate 0.055, expected 0", or what the log said.
std::string sign_text(const Member& first) {
  std::string text(first.series.get(field::kMetric));
  if (!first.log_template.empty()) {
    return fmt::format("{} \"{}\"", text, printable(first.log_template, 60));
  }
  text = printable(text, 40);
  if (std::isfinite(first.value)) text += (text.empty() ? "" : " ") + figure(first.value, first.expected);
  if (std::isfinite(first.expected)) text += ", expected " + figure(first.expected, first.value);
  return text;
}

}  // namespace

std::string_view state_name(State state) {
  constexpr std::array kNames = {"open", "acknowledged", "resolved"};
  return kNames[static_cast<std::size_t>(state)];
}

bool Incident::fleet_wide() const {
  return std::any_of(labels.begin(), labels.end(),
                     [](const auto& label) { return label.first == "scope" && label.second == "fleet"; });
}

const Member* Incident::find(std::string_view series) const {
  const auto found =
      std::find_if(members.begin(), members.end(), [&](const Member& one) { return one.name == series; });
  return found == members.end() ? nullptr : &*found;
}

std::string make_id(Nanos start, std::string_view service, std::string_view series) {
  std::string when;  // 20260131T120000Z: without the signs that a file name cannot have
  for (const char c : format_time(start - start % kSecond)) {
    if (c != '-' && c != ':') when += c;
  }
  std::string who;
  for (const char c : service.substr(0, kServiceInId)) who += plain(c) ? c : '-';
  const std::uint64_t hash = checksum(std::string(series) + '\n' + std::to_string(start));
  return fmt::format("{}-{}{}{:08x}", when, who, who.empty() ? "" : "-", hash & 0xffffffffu);
}

std::string make_title(const Incident& incident) {
  if (incident.members.empty()) return "nothing is known yet";
  const Member& first = incident.members.front();
  if (incident.fleet_wide()) {
    return fmt::format("fleet-wide: {} changed within a minute, first {}",
                       count(incident.services.size(), "service"), printable(first.name, 60));
  }
  const std::string_view service = first.series.get(field::kService);
  std::string title =
      service.empty() ? sign_text(first) : fmt::format("{}: {}", printable(service, 40), sign_text(first));
  const std::size_t members = incident.members.size() + incident.left_out;
  if (members > 1) {
    title +=
        incident.services.size() > 1
            ? fmt::format("; {}, {}", count(incident.services.size(), "service"), count(members, "metric"))
            : fmt::format("; {}", count(members, "metric"));
  }
  return title;
}

std::string figure(double value, double beside) {
  if (!std::isfinite(value)) return "?";
  if (std::abs(value) < 1e-4 * std::abs(beside)) return "0";
  if (std::abs(value) >= 1000 && std::abs(value) < 1e15) {
    const auto whole = static_cast<std::uint64_t>(std::llround(std::abs(value)));
    return (value < 0 ? "-" : "") + thousands(whole);
  }
  return text_6(std::strtod(fmt::format("{:.3g}", value).c_str(), nullptr));
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), plain);
}

}  // namespace aiops::incident
