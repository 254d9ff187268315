#include "inject/injector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/file.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::inject {
namespace {

// Columns of log records, as given to the reader.
constexpr std::size_t kDuration = 0, kStatus = 1;
constexpr auto kNone = std::numeric_limits<std::uint32_t>::max();

bool inside(std::string_view part, std::string_view line) {
  return part.data() >= line.data() && part.data() + part.size() <= line.data() + line.size();
}

std::string series_text(std::size_t n) { return n == 1 ? "1 series" : thousands(n) + " series"; }

std::string anomalies_text(std::size_t n) { return n == 1 ? "1 anomaly" : thousands(n) + " anomalies"; }

}  // namespace

Injector::Injector(const record::ReaderOptions& reader, InjectOptions options, RepeatableInput& input,
                   Diagnostics& diagnostics)
    : reader_(reader), options_(std::move(options)), input_(input), diagnostics_(diagnostics) {
  for (const auto kind : options_.placement.kinds) {
    logs_ |= info(kind).log;
    errors_ |= kind == Anomaly::errors;
    latency_ |= kind == Anomaly::latency;
  }
  reader_.files = input.files();
  auto& columns = reader_.columns;
  columns.raw = true;
  if (logs_) {
    columns.values = {std::string(field::kDurationMs), std::string(field::kStatusCode)};
    columns.texts = {std::string(field::kSeverityText)};
    columns.value_required = columns.split_values = false;
  }
  if (!options_.truth.empty()) columns.appended = {options_.truth};
}

std::uint32_t Injector::Numbers::of(record::SeriesId id, std::uint8_t flags) {
  if (id >= numbers_.size()) numbers_.resize(id + std::size_t{1}, kNone);
  if (numbers_[id] == kNone || (flags & record::Row::kFirst) != 0) numbers_[id] = next_++;
  return numbers_[id];
}

// Requests in the same millisecond are no duplicates, so order is not asked of log records.
bool Injector::eligible(const record::Batch& batch, std::size_t row) const {
  using record::Row;
  if (!logs_) return (batch.flags[row] & Row::kPass) == 0 && std::isfinite(batch.value[0][row]);
  if ((batch.flags[row] & Row::kOther) != 0 || batch.time[row] == kNoTime) return false;
  if (latency_ && !std::isfinite(batch.value[kDuration][row])) return false;
  return !errors_ || std::isfinite(batch.value[kStatus][row]) || !batch.text[0][row].empty();
}

Status Injector::run(record::Sink& sink, record::Rejects& rejects) {
  plan();
  if (stop_requested()) return Status::interrupted;
  const auto status = write(sink, rejects);
  if (stop_requested()) return Status::interrupted;
  if (!options_.labels.empty()) write_file(options_.labels, labels_csv(injected_));
  say();
  return status;
}

// What is wrong with lines is said in the second pass; where it does not come to that, it may be the reason.
void Injector::plan() {
  KeptDiagnostics quiet;
  try {
    survey(quiet);
    if (!stop_requested()) events_ = place(surveys_, options_.placement);
  } catch (const Error&) {
    for (const auto& warning : quiet.warnings) diagnostics_.warn(warning);
    throw;
  }
  make_states();
}

void Injector::survey(KeptDiagnostics& quiet) {
  record::Rejects quiet_rejects(quiet);
  input_.rewind();
  record::Reader reader(reader_, quiet_rejects, quiet);
  Numbers numbers;
  std::vector<bool> chosen;
  std::uint64_t rows = 0;
  std::string example;
  while (const auto* batch = reader.next()) {
    for (std::size_t row = 0; row < batch->size(); ++row) {
      const auto number = numbers.of(batch->series[row], batch->flags[row]);
      if (number >= surveys_.size()) {
        surveys_.resize(number + std::size_t{1});
        chosen.push_back(record::matches_any(options_.only, reader.series().key(batch->series[row])));
      }
      if (!eligible(*batch, row)) continue;
      if (rows++ == 0) example = reader.series().text(batch->series[row]);
      if (!chosen[number]) continue;
      const double value = batch->value[0][row];
      surveys_[number].observe(batch->time[row], value, batch->raw[0][row], options_.warmup, options_.after);
    }
  }
  reader.finish();
  if (!stop_requested() && options_.placement.count > 0) check_survey(rows, example);
}

void Injector::check_survey(std::uint64_t rows, const std::string& example) const {
  if (surveys_.empty()) throw InputError("there is no row in the input to put an anomaly into");
  if (rows == 0 && logs_) {
    throw InputError(
        fmt::format("no log record has a field {} to change; the other kinds of anomaly go into values",
                    latency_ && errors_ ? "duration_ms and one of status_code, severity_text"
                    : latency_          ? "duration_ms"
                                        : "status_code or severity_text"));
  }
  if (rows == 0) {
    throw InputError(
        fmt::format("no row has a value in the field {}; --value names another, and --kind latency or "
                    "errors changes log records",
                    join(reader_.columns.values, ", ")));
  }
  const auto any = [](const SeriesSurvey& survey) { return survey.rows > 0; };
  if (std::none_of(surveys_.begin(), surveys_.end(), any)) {
    throw UsageError(fmt::format("--only: no series matches; there is for example {}", printable(example)));
  }
}

void Injector::make_states() {
  state_of_.assign(surveys_.size(), kNone);
  for (std::size_t i = 0; i < events_.size(); ++i) {
    auto& index = state_of_[events_[i].series];
    if (index == kNone) {
      index = static_cast<std::uint32_t>(states_.size());
      states_.emplace_back().next = i;
    }
    states_[index].end = i + 1;
  }
}

Status Injector::write(record::Sink& sink, record::Rejects& rejects) {
  input_.rewind();
  record::Reader reader(reader_, rejects, diagnostics_);
  record::Appender appender(sink, reader_.columns.appended);
  bool begun = false;
  const auto begin = [&] {
    begun = true;
    appender.begin(reader.format(), reader.header(), reader.line_ending());
    finder_.emplace(reader.format(), reader.header());
  };
  while (const auto* batch = reader.next()) {
    if (!begun) begin();
    for (std::size_t row = 0; row < batch->size(); ++row) {
      const auto* event = change(*batch, row, reader.series());
      if (options_.truth.empty()) {
        appender.pass(event != nullptr ? edit_.finish() : batch->line[row]);
        continue;
      }
      appender.start(event != nullptr ? edit_.finish() : batch->line[row]);
      appender.text(event != nullptr ? info(event->kind).name : "");
      appender.end();
    }
  }
  if (!begun && reader.format() == record::Format::csv) begin();
  return reader.finish();
}

const Event* Injector::change(const record::Batch& batch, std::size_t row,
                              const record::SeriesTable& series) {
  const auto number = numbers_.of(batch.series[row], batch.flags[row]);
  if (number >= state_of_.size() || state_of_[number] == kNone || !eligible(batch, row)) return nullptr;
  auto& state = states_[state_of_[number]];
  const auto time = batch.time[row];
  const Event* event = nullptr;
  if (state.shape) {
    event = &events_[state.next];
    const bool over = event->time > 0 ? time >= state.until || state.row >= event->limit
                                      : state.row >= event->start + event->rows;
    if (over) {
      state.shape.reset();
      ++state.next;
      event = nullptr;
    }
  }
  if (!state.shape && state.next < state.end && state.row >= events_[state.next].start) {
    event = &events_[state.next];
    begin_event(state, *event, series.key(batch.series[row]), time, batch.value[0][row]);
    if (!state.shape) {
      ++state.next;
      event = nullptr;
    }
  }
  if (event != nullptr) apply(state, *event, batch, row);
  ++state.row;
  if (std::isfinite(batch.value[0][row])) state.recent.add(batch.value[0][row]);
  return event;
}

void Injector::begin_event(State& state, const Event& event, const record::SeriesKey& key, Nanos time,
                           double value) {
  const auto& survey = surveys_[event.series];
  const Plausible plausible{survey.min < 0, survey.decimals};
  const double held = state.recent.empty() ? 0 : state.recent.last();
  state.shape.emplace(event.kind, options_.placement.magnitude, state.recent.level(), held, plausible,
                      event.seed);
  if (!state.shape->possible(value)) {
    impossible_.push_back(event.kind);
    state.shape.reset();
    return;
  }
  state.done = 0;
  state.until = time > std::numeric_limits<Nanos>::max() - event.time ? std::numeric_limits<Nanos>::max()
                                                                      : time + event.time;
  state.running = injected_.size();
  injected_.push_back({event.kind, key, time, time, 0});
}

void Injector::apply(State& state, const Event& event, const record::Batch& batch, std::size_t row) {
  auto& injected = injected_[state.running];
  injected.end = std::max(injected.end, batch.time[row]);
  ++injected.rows;
  ++state.done;
  const auto line = batch.line[row];
  edit_.start(finder_->format(), line);
  if (event.kind == Anomaly::errors) {
    if (std::isfinite(batch.value[kStatus][row])) edit_.integer(batch.raw[kStatus][row], 500);
    if (const auto severity = finder_->find(line, field::kSeverityText)) edit_.text(*severity, "ERROR");
    return;
  }
  // A line made from a wide row has its value under the name `value`; raw points into the row that it came
  // from.
  auto part = batch.raw[0][row];
  if (!inside(part, line)) part = finder_->find(line, field::kValue).value();
  const double progress = static_cast<double>(state.done) / static_cast<double>(event.rows);
  if (const auto value = state.shape->apply(batch.value[0][row], std::min(progress, 1.0))) {
    edit_.number(part, *value);
  } else {
    edit_.missing(part);
  }
}

void Injector::say() const {
  std::set<std::string> series;
  std::vector<std::size_t> counts(anomalies().size());
  for (const auto& one : injected_) {
    series.insert(one.series.text());
    ++counts[static_cast<std::size_t>(one.kind)];
  }
  std::vector<std::string> kinds;
  for (const auto& row : anomalies()) {
    const auto n = counts[static_cast<std::size_t>(row.kind)];
    if (n > 0) kinds.push_back(fmt::format("{} {}", thousands(n), row.name));
  }
  diagnostics_.info(fmt::format("{} in {}{}{}", anomalies_text(injected_.size()), series_text(series.size()),
                                kinds.empty() ? "" : ": ", join(kinds, ", ")));
  if (!impossible_.empty()) {
    diagnostics_.warn(
        fmt::format("{} left out: no room for a dip where a series that is never negative stood near 0",
                    anomalies_text(impossible_.size())));
  }
  const auto missed = events_.size() - injected_.size() - impossible_.size();
  if (missed > 0) {
    diagnostics_.warn(fmt::format("{} left out: the input was shorter when it was read for the second time",
                                  anomalies_text(missed)));
  }
}

}  // namespace aiops::inject
