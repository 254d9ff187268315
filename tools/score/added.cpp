#include "added.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file.hpp"
#include "base/text.hpp"
#include "score/state.hpp"

namespace aiops::tools {

void Added::begin(const record::Reader& reader) {
  if (std::exchange(begun_, true)) return;
  if (joint) joint->begin(reader.format(), reader.header());
  if (absence) absence->begin(reader.format(), reader.header());
}

score::Severity Added::worst_alert() const {
  score::Severity worst = joint ? joint->scores().worst_alert() : score::Severity::normal;
  if (absence && absence->alerts() > 0) worst = std::max(worst, score::Severity::high);
  return worst;
}

void Added::load_state(const std::string& path, score::Scorer& scorer) {
  if (path.empty() || !std::filesystem::exists(path)) return;
  const std::string bytes = read_file(path);
  scorer.load(bytes, path);
  if (joint) joint->scores().load(bytes, path);
  if (absence) absence->series().load(bytes, path);
}

void Added::save_state(const std::string& path, const score::Scorer& scorer,
                       const record::SeriesTable& table) const {
  if (path.empty()) return;
  std::string state = scorer.save();
  if (joint) state = score::merged(state, joint->scores().save());
  if (absence) state = score::merged(state, absence->series().save(table));
  write_file(path, state);
}

void tell(const score::Scorer& scorer, const Added& added, bool thresholds_alone, Diagnostics& diagnostics) {
  const score::Counts& c = scorer.counts();
  if (c.no_model_series > 0 && thresholds_alone) {
    diagnostics.info(
        fmt::format("{} series without a threshold, passed on unscored", thousands(c.no_model_series)));
  } else if (c.no_model_series > 0) {
    diagnostics.warn(
        fmt::format("{} without a model, passed on unscored: {}{}; train them, or leave them out",
                    c.no_model_series == 1 ? "1 series" : thousands(c.no_model_series) + " series",
                    printable(join(scorer.unknown_series(), " "), 300), c.no_model_series > 10 ? " …" : ""));
  }
  diagnostics.info(fmt::format(
      "{} scored, {}{}{}{}{}", count(c.scored, "row"), count(c.alerts, "alert"),
      c.held_back ? fmt::format(" ({} held back as repeats)", thousands(c.held_back)) : "",
      c.expected ? fmt::format(", {} not alerted as expected before", count(c.expected, "row")) : "",
      c.excused ? fmt::format(", {} would have alerted in times of the calendar", thousands(c.excused)) : "",
      c.cold_series && !thresholds_alone ? fmt::format(", {} started cold", count(c.cold_series, "series"))
                                         : ""));
  if (added.absence && added.absence->alerts() > 0) {
    diagnostics.info(fmt::format("{} stopped", count(added.absence->alerts(), "series")));
  }
  if (!added.joint) return;
  const score::Joint* joint = &added.joint->scores();
  diagnostics.info(fmt::format("joint scores: {}", count(joint->alerts(), "alert")));
  if (joint->late() > 0) {
    diagnostics.warn(
        fmt::format("{} came when the joint score of their time was given, and are not in it; are "
                    "the rows in the order of time?",
                    count(joint->late(), "row")));
  }
}

}  // namespace aiops::tools
