#include "report/incident_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "incident/incident_json.hpp"
#include "incident/journal.hpp"
#include "incident/log_memory.hpp"
#include "report/chart_data.hpp"

namespace aiops::report {
namespace {

// Members of a JSON object that may stand inside <script>.
class Object {
 public:
  Object(std::string& out, Nanos origin) : out_(out), origin_(origin) { out_ += '{'; }
  ~Object() { out_ += '}'; }
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  std::string& name(std::string_view name) {
    if (out_.back() != '{') out_ += ',';
    return out_ += '"' + std::string(name) + "\":";
  }
  void text(std::string_view key, std::string_view value) { append_script_string(name(key), value); }
  void known(std::string_view key, std::string_view value) {
    if (!value.empty()) text(key, value);
  }
  void count(std::string_view key, std::uint64_t value) { name(key) += std::to_string(value); }
  void number(std::string_view key, double value) {
    if (std::isfinite(value)) append_6(name(key), value);
  }
  void time(std::string_view key, Nanos value) {
    if (value == kNoTime) return;
    name(key) += std::to_string(value / kMillisecond - origin_ / kMillisecond);
  }
  void texts(std::string_view key, const std::vector<std::string>& values) {
    list(key, values, [&](const std::string& value) { append_script_string(out_, value); });
  }
  template <class Items, class Write>
  void list(std::string_view key, const Items& items, Write write) {
    name(key) += '[';
    for (const auto& item : items) {
      if (out_.back() != '[') out_ += ',';
      write(item);
    }
    out_ += ']';
  }

 private:
  std::string& out_;
  Nanos origin_;
};

std::uint64_t kind_of(const incident::LogLine& line) {
  return incident::kind_of_line(line) ^ checksum(line.service);
}

void append_member(std::string& out, const incident::Member& member, Nanos origin) {
  Object object(out, origin);
  object.text("series", member.name);
  object.text("service", member.series.get("service"));
  object.text("metric", member.series.get("metric"));
  object.time("onset", member.onset);
  object.time("until", member.until);
  object.count("severity", static_cast<std::uint64_t>(member.severity));
  object.number("value", member.value);
  object.number("expected", member.expected);
  object.number("score", member.score);
  object.texts("reasons", member.reasons);
  object.known("template", member.log_template);
  object.known("message", member.message);
}

void append_cause(std::string& out, const incident::Cause& cause, Nanos origin) {
  Object object(out, origin);
  object.text("service", cause.service);
  object.known("metric", cause.metric);
  object.known("fault", cause.fault);
  object.number("score", cause.score);
  object.texts("why", cause.why);
}

}  // namespace

void IncidentView::read(const std::string& path, Diagnostics& diagnostics) {
  const std::string content = read_file(path);
  if (content.starts_with("{\"at\":")) {
    incident::Journal journal(path, incident::Journal::Access::read, diagnostics);
    journal.read([&](incident::JournalEntry entry) { add(std::move(entry.incident)); });
    return finish(path, diagnostics);
  }
  std::size_t line = 0;
  for (std::string_view rest = content; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view record = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    ++line;
    if (record.empty()) continue;
    try {
      add(incident::read_incident(record));
    } catch (const InputError& error) {
      throw InputError(
          fmt::format("{}:{}: {}; expected what aiops-report incidents writes", path, line, error.what()));
    }
  }
  finish(path, diagnostics);
}

void IncidentView::add(incident::Incident incident) {
  const auto [place, is_new] = index_.emplace(incident.id, shown_.size());
  if (is_new) shown_.emplace_back();
  Shown& shown = shown_[place->second];
  const bool changed = is_new || shown.incident.state != incident.state;
  if (changed) {
    const bool open = incident.state == incident::State::open;
    if (is_new) shown.life.push_back({incident.opened, "opened", "", ""});
    if (!is_new || !open) {
      shown.life.push_back({incident.updated,
                            open ? "reopened" : std::string(incident::state_name(incident.state)),
                            incident.by, incident.why});
    }
  }
  if (is_new || incident.revision >= shown.incident.revision) shown.incident = std::move(incident);
}

void IncidentView::finish(const std::string& path, Diagnostics& diagnostics) {
  std::erase_if(shown_, [](const Shown& one) { return !one.incident.merged_into.empty(); });
  std::stable_sort(shown_.begin(), shown_.end(),
                   [](const Shown& a, const Shown& b) { return a.incident.start < b.incident.start; });
  if (shown_.size() > kMostShown) {
    diagnostics.warn(
        fmt::format("{}: of {} the {} newest are shown", path, count(shown_.size(), "incident"), kMostShown));
    shown_.erase(shown_.begin(), shown_.end() - kMostShown);
  }
  index_.clear();
  for (Shown& one : shown_) {
    index_.emplace(one.incident.id, index_.size());
    Nanos last = one.incident.start;
    for (const incident::Member& member : one.incident.members) last = std::max(last, member.until);
    const Nanos beside = std::max(kMinute, (last - one.incident.start) / 4);
    one.from = one.incident.start - beside;
    one.to = last + beside;
    for (const incident::LogLine& line : one.incident.logs) {
      one.counts.emplace(kind_of(line), std::vector<std::uint32_t>(kBins));
    }
  }
}

void IncidentView::add_log(const incident::LogLine& line) {
  std::uint64_t kind = 0;
  for (Shown& one : shown_) {
    if (line.time < one.from || line.time >= one.to) continue;
    if (kind == 0) kind = kind_of(line);
    const auto counts = one.counts.find(kind);
    if (counts == one.counts.end()) continue;
    const auto bin = static_cast<std::size_t>(static_cast<double>(line.time - one.from) /
                                              static_cast<double>(one.to - one.from) * kBins);
    ++counts->second[std::min(bin, kBins - 1)];
  }
}

void IncidentView::append(std::string& out, const Shown& shown, Nanos origin) const {
  const incident::Incident& one = shown.incident;
  Object object(out, origin);
  object.text("id", one.id);
  object.text("title", one.title);
  object.count("severity", static_cast<std::uint64_t>(one.severity));
  object.text("state", incident::state_name(one.state));
  object.time("start", one.start);
  object.time("opened", one.opened);
  object.time("end", one.end);
  object.time("from", shown.from);
  object.time("to", shown.to);
  object.texts("services", one.services);
  object.list("members", one.members, [&](const auto& member) { append_member(out, member, origin); });
  object.count("leftOut", one.left_out);
  object.list("causes", one.causes, [&](const auto& cause) { append_cause(out, cause, origin); });
  if (!one.confirmed.service.empty()) append_cause(object.name("confirmed"), one.confirmed, origin);
  object.known("verdict", one.verdict);
  object.list("logs", one.logs, [&](const incident::LogLine& line) {
    Object log(out, origin);
    log.time("time", line.time);
    log.text("service", line.service);
    log.text("level", line.severity_text);
    log.text("message", line.message);
    log.count("count", line.count);
    const auto& counts = shown.counts.at(kind_of(line));
    if (std::any_of(counts.begin(), counts.end(), [](std::uint32_t n) { return n > 0; })) {
      log.list("bins", counts, [&](std::uint32_t n) { out += std::to_string(n); });
    }
  });
  object.list("traces", one.traces, [&](const incident::TraceExample& trace) {
    Object example(out, origin);
    example.text("id", trace.trace_id);
    example.text("why", trace.why);
    example.number("ms", trace.duration_ms);
    example.text("service", trace.service);
    example.text("operation", trace.operation);
  });
  object.list("changes", one.changes, [&](const incident::Change& change) {
    Object entry(out, origin);
    entry.time("time", change.time);
    entry.text("service", change.service);
    entry.text("kind", change.kind);
    entry.text("what", change.what);
  });
  object.list("life", shown.life, [&](const Step& step) {
    Object entry(out, origin);
    entry.time("time", step.time);
    entry.text("what", step.what);
    entry.known("by", step.by);
    entry.known("why", step.why);
  });
}

void IncidentView::append_json(std::string& out, Nanos origin) const {
  out += '[';
  for (const Shown& one : shown_) {
    out += &one == shown_.data() ? "\n" : ",\n";
    append(out, one, origin);
  }
  out += ']';
}

}  // namespace aiops::report
