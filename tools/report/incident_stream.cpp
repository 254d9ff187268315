#include "incident_stream.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.hpp"
#include "incident/graph_file.hpp"

namespace aiops::tools {
namespace {

enum Number : std::size_t { kValue, kScore, kLevel, kAlert, kExpected, kLower, kUpper, kP, kDuration, kCode };
constexpr std::array<std::string_view, 10> kNumbers = {
    field::kValue, field::kScore, field::kLevel,  field::kAlert,      field::kExpected,
    field::kLower, field::kUpper, field::kPValue, field::kDurationMs, field::kStatusCode};
enum Text : std::size_t {
  kSeverity,
  kStatus,
  kReasons,
  kLevelName,
  kMessage,
  kTrace,
  kTemplate,
  kTemplateId,
  kOperation
};
constexpr std::array<std::string_view, 9> kTexts = {field::kSeverity,     field::kStatus,  field::kReasons,
                                                    field::kSeverityText, field::kMessage, field::kTraceId,
                                                    "template",           "template_id",   field::kOperation};

// The place of a column; put behind the others where nobody asked for it before.
std::size_t place(std::vector<std::string>& columns, std::string_view name) {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
  columns.emplace_back(name);
  return columns.size() - 1;
}

// prefix: of what aiops-score has appended.
record::ReaderOptions with_columns(record::ReaderOptions options, const std::string& prefix,
                                   std::vector<std::size_t>& numbers, std::vector<std::size_t>& texts) {
  record::Columns columns = incident::Feed::columns(options.columns);
  const auto named = [&](std::string_view name, bool of_score) {
    return (of_score ? prefix : "") + std::string(name);
  };
  for (std::size_t i = 0; i < kNumbers.size(); ++i) {
    numbers.push_back(place(columns.values, named(kNumbers[i], i >= kScore && i <= kP)));
  }
  for (std::size_t i = 0; i < kTexts.size(); ++i) {
    texts.push_back(place(columns.texts, named(kTexts[i], i <= kReasons)));
  }
  options.columns = std::move(columns);
  return options;
}

score::Severity severity_of(std::string_view name) {
  if (name == "critical") return score::Severity::critical;
  return name == "high" ? score::Severity::high : score::Severity::normal;
}

bool is_error(std::string_view level) { return level == "ERROR" || level == "FATAL"; }

}  // namespace

EvidenceBook::EvidenceBook(EvidenceOptions options, Diagnostics& diagnostics)
    : options_(std::move(options)), diagnostics_(diagnostics), ranker_(graph_), logs_(options_.logs_around) {
  for (const std::string& path : options_.graphs) incident::read_graph_file(path, graph_, diagnostics);
  refresh_changes();
}

// Deployments are noted while we watch: a file that has changed is read again.
void EvidenceBook::refresh_changes() {
  std::string now;
  for (const std::string& path : options_.changes) {
    struct stat status {};
    if (stat(path.c_str(), &status) == 0) {
      now += fmt::format("{} {} {}\n", status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
    }
  }
  const bool first = changes_read_.empty();
  if (options_.changes.empty() || (!first && now == changes_read_)) return;
  std::vector<incident::Change> changes;
  try {
    for (const std::string& path : options_.changes) {
      const auto some = incident::read_changes(path, diagnostics_);
      changes.insert(changes.end(), some.begin(), some.end());
    }
  } catch (const InputError& error) {
    if (first) throw;
    // Half written, perhaps: what was known goes on to hold, and it is tried again.
    diagnostics_.warn(fmt::format("{}; what it said before holds", error.what()));
    return;
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const auto& a, const auto& b) { return a.time < b.time; });
  for (const incident::Change& one : changes) {
    if (changes_.empty() || one.time > changes_.back().time) ranker_.add_change(one);
  }
  changes_ = std::move(changes);
  changes_read_ = now.empty() ? " " : now;
}

void EvidenceBook::rank(incident::Incident& incident, Nanos now) {
  constexpr Nanos kEnough = 3 * kMinute, kTooLate = 10 * kMinute;  // what the ranker keeps, with room
  constexpr Nanos kLeast = kMinute, kBehind = 15 * kSecond;
  if (now - incident.start > kTooLate && !incident.causes.empty()) return;
  // When it is over, its causes are, too.
  Nanos last = add_held(incident.start, kLeast);
  for (const incident::Member& one : incident.members) last = std::max(last, add_held(one.until, kBehind));
  // What is wrong elsewhere is another incident's.
  std::vector<std::string> suspects;
  if (!incident.fleet_wide() && graph_.knows_any()) suspects = incident::Relations(graph_).suspects(incident);
  std::vector<incident::Cause> causes =
      ranker_.rank(incident.start, std::min({now, add_held(incident.start, kEnough), last}), suspects);
  const auto most = static_cast<std::size_t>(options_.causes);
  // Of services against which nothing else speaks, the order in which they showed it does.
  for (std::size_t i = 0; i < incident.services.size() && causes.size() < most; ++i) {
    const std::string& service = incident.services[i];
    const auto names_it = [&](const incident::Cause& one) { return one.service == service; };
    if (std::any_of(causes.begin(), causes.end(), names_it)) continue;
    const auto first = std::find_if(incident.members.begin(), incident.members.end(), [&](const auto& one) {
      return one.series.get(field::kService) == service;
    });
    const Nanos behind = first->onset - incident.start;
    causes.push_back(
        {service,
         first->name,
         "",
         0,
         {behind > 0 ? fmt::format("its first sign came {} after the first", format_duration(behind))
                     : "the first sign was its"}});
  }
  if (causes.size() > most) causes.resize(most);
  incident.causes = std::move(causes);
}

void EvidenceBook::complete(incident::Incident& incident, Nanos now) {
  refresh_changes();
  logs_.collect(incident, static_cast<std::size_t>(options_.log_lines));
  traces_.collect(incident, static_cast<std::size_t>(options_.traces));
  incident::collect_changes(changes_, options_.changes_before, 10, incident);
  if (options_.causes > 0) rank(incident, now);
}

void EvidenceBook::learn(const incident::Incident& incident) {
  ranker_.learn(incident.start, incident.end == kNoTime ? incident.start : incident.end,
                incident.confirmed.service);
}

void EvidenceBook::read_history(record::ReaderOptions options, record::Rejects& rejects,
                                Diagnostics& diagnostics) {
  std::vector<std::size_t> numbers, texts;
  record::Reader reader(with_columns(std::move(options), options_.prefix, numbers, texts), rejects,
                        diagnostics);
  incident::Feed feed(ranker_);
  feed.learn_calls(learner_);
  reader.on_evict([&](record::SeriesId id) { feed.forget(id); });
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      if (batch->flags[i] & (record::Row::kDuplicate | record::Row::kBackwards)) continue;
      feed.take(*batch, i, reader.series());
    }
  }
  reader.finish();
}

void EvidenceBook::learn_calls() {
  learner_.fill(graph_);
  learner_ = {};
}

RecordStream::RecordStream(record::ReaderOptions options, record::Rejects& rejects, Diagnostics& diagnostics,
                           EvidenceBook& book, incident::Incidents& incidents)
    : reader_(with_columns(std::move(options), book.prefix(), number_, text_), rejects, diagnostics),
      book_(book),
      incidents_(incidents),
      feed_(book.ranker()) {
  reader_.on_evict([this](record::SeriesId id) { feed_.forget(id); });
}

Nanos RecordStream::next_time() {
  while (batch_ == nullptr || at_ == batch_->size()) {
    batch_ = reader_.next();
    at_ = 0;
    if (batch_ == nullptr) return kNoTime;
  }
  return batch_->time[at_];
}

void RecordStream::take() {
  const std::size_t row = at_++;
  ++rows_;
  if (batch_->flags[row] & (record::Row::kDuplicate | record::Row::kBackwards)) return;
  if (batch_->kind[row] == record::Kind::incident) return;
  feed_.take(*batch_, row, reader_.series());
  const bool is_score = std::isfinite(number(kScore, row)) || std::isfinite(number(kLevel, row)) ||
                        std::isfinite(number(kAlert, row));
  const bool span = batch_->kind[row] == record::Kind::span;
  scored_ += is_score || (!span && !text(kStatus, row).empty());
  if (batch_->kind[row] != record::Kind::sample) {
    take_log(row);
    take_request(row, span);
  }
  if (is_score) {
    take_score(row);
  } else {
    incidents_.pass(reader_.series().key(batch_->series[row]).get(field::kService), batch_->time[row]);
  }
}

void RecordStream::take_score(std::size_t row) {
  const record::SeriesId id = batch_->series[row];
  incident::ScoredRow scored;
  scored.series = &reader_.series().key(id);
  scored.name = reader_.series().text(id);
  scored.service = scored.series->get(field::kService);
  scored.time = batch_->time[row];
  scored.value = number(kValue, row);
  scored.expected = number(kExpected, row);
  scored.lower = number(kLower, row);
  scored.upper = number(kUpper, row);
  scored.score = number(kScore, row);
  scored.p_value = number(kP, row);
  scored.severity = severity_of(text(kSeverity, row));
  const double alert = number(kAlert, row);
  scored.alert = std::isfinite(alert) ? alert > 0 : scored.score >= 1;
  scored.reasons = text(kReasons, row);
  scored.template_id = text(kTemplateId, row);
  if (!scored.is_sign() || scored.template_id.empty()) return incidents_.add(scored);
  // What is new of one template is a series of its own.
  record::SeriesKey series = *scored.series;
  series.set("labels.template_id", scored.template_id);
  const std::string name = series.text();
  scored.series = &series;
  scored.name = name;
  scored.log_template = text(kTemplate, row);
  scored.message = text(kMessage, row);
  scored.trace_id = text(kTrace, row);
  incidents_.add(scored);
}

void RecordStream::take_log(std::size_t row) {
  const std::string_view message = text(kMessage, row);
  if (message.empty()) return;
  incident::LogLine line;
  line.time = batch_->time[row];
  line.service = reader_.series().key(batch_->series[row]).get(field::kService);
  line.severity_text = text(kLevelName, row);
  line.message = message.substr(0, 2 * incident::LogMemory::kLongestLine);
  line.template_id = text(kTemplateId, row);
  line.trace_id = text(kTrace, row);
  book_.add_log(line);
}

void RecordStream::take_request(std::size_t row, bool span) {
  if (text(kTrace, row).empty()) return;
  const record::SeriesKey& series = reader_.series().key(batch_->series[row]);
  incident::TraceExample request;
  request.trace_id = text(kTrace, row);
  request.duration_ms = number(kDuration, row);
  request.service = series.get(field::kService);
  request.operation = span ? text(kOperation, row) : series.get(field::kEndpoint);
  request.time = batch_->time[row];
  const bool failed =
      span ? text(kStatus, row) == "error" : number(kCode, row) >= 500 || is_error(text(kLevelName, row));
  if (failed || std::isfinite(request.duration_ms)) book_.add_request(request, failed);
}

}  // namespace aiops::tools
