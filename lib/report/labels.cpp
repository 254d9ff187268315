#include "report/labels.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/file.hpp"
#include "base/text.hpp"

namespace aiops::report {
namespace {

constexpr std::string_view kEnd = "end", kStart = "start", kKind = "kind", kLabel = "label";

void sort_by_start(std::vector<Event>& events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.start < b.start; });
}

// What the first line of a file of labels says about its form.
enum class Form { intervals, points, windows };

Form form_of(const std::string& file, std::string_view text) {
  text = trim(text.substr(text.starts_with("\xEF\xBB\xBF") ? 3 : 0));
  if (text.empty()) throw InputError(fmt::format("{}: is empty; expected labels", file));
  const std::string_view line = text.substr(0, text.find('\n'));
  const auto names = [&](std::string_view name) {
    // A CSV header's column or an object's member of that very name.
    if (text.front() == '{') return line.find(fmt::format("\"{}\"", name)) != std::string_view::npos;
    for (const std::string& column : split(line, ',')) {
      std::string_view bare = trim(column);
      if (bare.size() > 1 && bare.front() == '"') bare = bare.substr(1, bare.size() - 2);
      if (bare == name) return true;
    }
    return false;
  };
  if (names(kStart)) return Form::intervals;
  if (names(kLabel)) return Form::points;
  if (text.front() == '{') return Form::windows;
  throw InputError(
      fmt::format("{}:1: no column \"start\" and no column \"label\"; expected intervals (start, end, kind "
                  "and fields of the series), points (timestamp, label) or windows.json",
                  file));
}

record::ReaderOptions reader_options(const LabelOptions& options, std::string_view time) {
  record::ReaderOptions reader;
  reader.files = {options.file};
  reader.columns.by = options.by;
  reader.columns.time = time;
  reader.columns.time_unit = options.time_unit;
  return reader;
}

void refuse_rejected(const record::Rejects& rejects, const std::string& file) {
  if (rejects.count() == 0) return;
  throw InputError(fmt::format("{}: {} could not be read: figures without them would be wrong", file,
                               count(rejects.count(), "label")));
}

std::vector<Event> read_intervals(const LabelOptions& options, Diagnostics& diagnostics) {
  record::ReaderOptions input = reader_options(options, kStart);
  input.columns.values.clear();
  input.columns.value_required = false;
  input.columns.texts = {std::string(kEnd), std::string(kKind)};
  record::Rejects rejects(diagnostics);
  record::Reader reader(std::move(input), rejects, diagnostics);
  std::vector<Event> events;
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      Event event;
      event.key = reader.series().key(batch->series[i]);
      event.start = event.end = batch->time[i];
      event.kind = batch->text[1][i];
      if (const std::string_view text = batch->text[0][i]; !text.empty()) {
        const auto end = parse_time(text, options.time_unit);
        if (!end)
          throw InputError(fmt::format("{}: end \"{}\" is not a time", reader.where(i), printable(text, 60)));
        event.end = *end;
      }
      if (event.end < event.start) {
        throw InputError(fmt::format("{}: the end {} is before the start {}", reader.where(i),
                                     format_time(event.end), format_time(event.start)));
      }
      events.push_back(std::move(event));
    }
  }
  refuse_rejected(rejects, options.file);
  return events;
}

std::vector<Event> read_points(const LabelOptions& options, Diagnostics& diagnostics) {
  record::ReaderOptions input = reader_options(options, field::kTimestamp);
  // With several values the reader leaves the key as it is, without the value's column in the metric.
  input.columns.values = {std::string(kLabel), std::string(field::kValue)};
  input.columns.value_required = false;
  record::Rejects rejects(diagnostics);
  record::Reader reader(std::move(input), rejects, diagnostics);
  std::vector<Event> events;
  std::map<record::SeriesId, std::size_t> open;
  while (const record::Batch* batch = reader.next()) {
    for (std::size_t i = 0; i < batch->size(); ++i) {
      const record::SeriesId id = batch->series[i];
      if (!(batch->value[0][i] > 0)) {
        open.erase(id);
        continue;
      }
      const auto [at, fresh] = open.try_emplace(id, events.size());
      if (fresh) {
        events.push_back({reader.series().key(id), {}, batch->time[i], batch->time[i], ""});
      }
      events[at->second].end = std::max(events[at->second].end, batch->time[i]);
    }
  }
  refuse_rejected(rejects, options.file);
  return events;
}

Nanos window_time(std::string_view text, const LabelOptions& options) {
  if (const auto time = parse_time(text, options.time_unit)) return *time;
  throw InputError(fmt::format("{}: \"{}\" is not a time", options.file, printable(text, 60)));
}

std::vector<Event> read_windows(const LabelOptions& options, std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::object names;
  if (const auto error = parser.parse(text.data(), text.size()).get(names)) {
    throw InputError(fmt::format("{}: expected a JSON object of NAME: [[start, end], …]: {}", options.file,
                                 simdjson::error_message(error)));
  }
  std::vector<Event> events;
  bool named = options.windows.empty();
  for (const auto [name, list] : names) {
    const bool all = !options.windows.empty();
    if (all && name != options.windows) continue;
    named = true;
    simdjson::dom::array windows;
    if (list.get(windows))
      throw InputError(fmt::format("{}: \"{}\" is no list of windows", options.file, printable(name)));
    for (const auto window : windows) {
      std::string_view start, end;
      if (window.at(0).get(start) || window.at(1).get(end)) {
        throw InputError(
            fmt::format("{}: \"{}\" has a window that is not [start, end]", options.file, printable(name)));
      }
      Event event;
      if (!all)
        event.key.fields.emplace_back("", name);  // an empty name: any field may hold it, see matches()
      event.start = window_time(start, options);
      event.end = window_time(end, options);
      events.push_back(std::move(event));
    }
  }
  if (!named)
    throw InputError(fmt::format("{}: has no windows of \"{}\"", options.file, printable(options.windows)));
  return events;
}

bool any_field_is(const record::SeriesKey& series, const std::string& name) {
  const std::filesystem::path path(name);
  for (const auto& [field, value] : series.fields) {
    if (value == name || value == path.filename().string() || value == path.stem().string()) return true;
  }
  return false;
}

}  // namespace

bool Event::matches(Slot of, const record::SeriesKey& series) const {
  if (slot) return *slot == of;
  for (const auto& [name, value] : key.fields) {
    if (name.empty() ? !any_field_is(series, value) : series.get(name) != value) return false;
  }
  return true;
}

std::string Event::text() const {
  if (key.fields.empty()) return "";
  if (key.fields.size() == 1) return key.fields.front().second;
  return key.text();
}

void TruthColumn::add(Slot slot, Nanos time, std::string_view kind) {
  if (slot >= open_.size()) open_.resize(slot + 1);
  std::optional<std::size_t>& open = open_[slot];
  if (kind.empty()) {
    open.reset();
    return;
  }
  if (!open || events_[*open].kind != kind) {
    open = events_.size();
    events_.push_back({{}, slot, time, time, std::string(kind)});
  }
  Event& event = events_[*open];
  event.start = std::min(event.start, time);
  event.end = std::max(event.end, time);
}

std::vector<Event> TruthColumn::take() {
  sort_by_start(events_);
  return std::move(events_);
}

std::vector<Event> read_labels(const LabelOptions& options, Diagnostics& diagnostics) {
  const std::string text = read_file(options.file);
  std::vector<Event> events;
  switch (form_of(options.file, text)) {
    case Form::intervals:
      events = read_intervals(options, diagnostics);
      break;
    case Form::points:
      events = read_points(options, diagnostics);
      break;
    case Form::windows:
      events = read_windows(options, text);
      break;
  }
  sort_by_start(events);
  return events;
}

}  // namespace aiops::report
