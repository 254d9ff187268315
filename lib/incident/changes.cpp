#include "incident/changes.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "record/reader.hpp"

namespace aiops::incident {
namespace {

namespace dom = simdjson::dom;
constexpr std::size_t kMostChanges = 100'000;  // the newest are kept
constexpr std::size_t kLongestText = 500;

std::string text(const dom::element& from, std::string_view path) {
  std::string_view value;
  return from.at_pointer(path).get(value) ? std::string() : std::string(value.substr(0, kLongestText));
}

Nanos time_of(const dom::element& event) {
  for (const char* path :
       {"/lastTimestamp", "/eventTime", "/firstTimestamp", "/metadata/creationTimestamp"}) {
    if (const auto time = parse_time(text(event, path))) return *time;
  }
  return kNoTime;
}

// The workload that an object belongs to: a pod is named WORKLOAD-HASH-HASH, a replica set WORKLOAD-HASH.
std::string workload_of(const std::string& kind, std::string name) {
  const int parts = kind == "Pod" ? 2 : kind == "ReplicaSet" ? 1 : 0;
  for (int i = 0; i < parts; ++i) {
    const std::size_t dash = name.rfind('-');
    if (dash == std::string::npos || dash == 0) break;
    name.resize(dash);
  }
  return name;
}

// Steps of what another event tells as a whole.
bool is_step(const std::string& reason) {
  constexpr std::array kSteps = {"Pulled", "Pulling", "Created", "Scheduled", "SuccessfulCreate"};
  return std::find(kSteps.begin(), kSteps.end(), reason) != kSteps.end();
}

std::vector<Change> kubernetes_events(const dom::array& items, const std::string& path) {
  std::vector<Change> changes;
  for (const dom::element event : items) {
    const std::string reason = text(event, "/reason"), kind = text(event, "/involvedObject/kind");
    if (reason.empty() && kind.empty()) {
      throw InputError(
          fmt::format("{}: no event of Kubernetes: an item has no reason; expected what kubectl get "
                      "events -o json gives",
                      path));
    }
    Change change;
    change.time = time_of(event);
    if (change.time == kNoTime || is_step(reason)) continue;
    if (kind != "Node") change.service = workload_of(kind, text(event, "/involvedObject/name"));
    change.kind = reason;
    change.what = text(event, "/message");
    if (kind == "Node") change.what = text(event, "/involvedObject/name") + ": " + change.what;
    changes.push_back(std::move(change));
  }
  return changes;
}

std::vector<Change> annotations(const dom::array& items, const std::string& path) {
  std::vector<Change> changes;
  for (const dom::element one : items) {
    std::int64_t millis = 0;
    if (one["time"].get(millis)) {
      throw InputError(
          fmt::format("{}: no annotation: it has no time; expected an array of time, text and tags, as "
                      "Grafana's /api/annotations gives it",
                      path));
    }
    Change change;
    change.time = millis * kMillisecond;
    change.kind = "annotation";
    change.what = text(one, "/text");
    dom::array tags;
    if (!one["tags"].get(tags)) {
      bool named = false;
      for (const dom::element tag : tags) {
        std::string_view name;
        if (tag.get(name)) continue;
        if (name.starts_with("service:") || name.starts_with("service=")) {
          change.service = name.substr(8);
        } else if (!named) {
          change.kind = name;
          named = true;
        }
      }
    }
    changes.push_back(std::move(change));
  }
  return changes;
}

std::vector<Change> records(const std::string& path, Diagnostics& diagnostics) {
  record::ReaderOptions options;
  options.files = {path};
  options.columns.by = {std::string(field::kService)};
  options.columns.by_required = false;
  options.columns.values.clear();
  options.columns.value_required = false;
  options.columns.texts = {std::string(field::kKind), "what"};
  record::Rejects rejects(diagnostics);
  record::Reader reader(options, rejects, diagnostics);
  const std::vector<std::string> names = reader.peek();
  if (!names.empty() && std::find(names.begin(), names.end(), "what") == names.end()) {
    throw InputError(
        fmt::format("{}: its first record has no field what; expected changes with timestamp, service, "
                    "kind and what, events of Kubernetes or annotations of Grafana",
                    path));
  }
  std::vector<Change> changes;
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      changes.push_back({batch->time[i],
                         std::string(reader.series().key(batch->series[i]).get(field::kService)),
                         std::string(batch->text[0][i].substr(0, kLongestText)),
                         std::string(batch->text[1][i].substr(0, kLongestText))});
    }
  }
  if (rejects.count() > 0) {
    throw InputError(fmt::format("{}: {} could not be read", path, count(rejects.count(), "change")));
  }
  return changes;
}

}  // namespace

std::vector<Change> read_changes(const std::string& path, Diagnostics& diagnostics) {
  const std::string content = read_file(path);
  std::vector<Change> changes;
  dom::parser parser;
  dom::element root;
  dom::array items;
  const bool whole = !parser.parse(content).get(root);
  if (whole && !root.get(items)) {
    changes = annotations(items, path);
  } else if (whole && root.is_object() && !root["items"].get(items)) {
    changes = kubernetes_events(items, path);
  } else {
    changes = records(path, diagnostics);
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.time < b.time; });
  if (changes.size() > kMostChanges) {
    diagnostics.warn(fmt::format("{}: has {}; the newest {} are used", path, count(changes.size(), "change"),
                                 thousands(kMostChanges)));
    changes.erase(changes.begin(), changes.end() - kMostChanges);
  }
  return changes;
}

void collect_changes(const std::vector<Change>& changes, Nanos before, std::size_t most, Incident& incident) {
  const Nanos from = subtract_held(incident.start, before);
  Nanos until = incident.start;
  for (const Member& member : incident.members) until = std::max(until, member.until);
  incident.changes.clear();
  for (auto one = changes.rbegin(); one != changes.rend() && incident.changes.size() < most; ++one) {
    if (one->time > until) continue;
    if (one->time < from) break;
    const bool concerns = one->service.empty() || incident.fleet_wide() ||
                          std::find(incident.services.begin(), incident.services.end(), one->service) !=
                              incident.services.end();
    if (concerns) incident.changes.push_back(*one);
  }
}

}  // namespace aiops::incident
