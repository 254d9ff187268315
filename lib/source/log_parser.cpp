#include "source/log_parser.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "source/log_text.hpp"

namespace aiops::source {
namespace {

constexpr std::string_view kNotKnown =
    "no format that is known: neither JSON, nor an access log, syslog, logfmt, the text of a logger with "
    "date, time "
    "and level, nor CSV with a column for the time; --input-format tells what it is";

bool is_utf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ' ' || c == '\t'; });
}

constexpr std::pair<InputFormat, std::string_view> kNames[] = {
    {InputFormat::automatic, "auto"},    {InputFormat::json, "json"},     {InputFormat::access, "access"},
    {InputFormat::csv, "csv"},           {InputFormat::logfmt, "logfmt"}, {InputFormat::syslog, "syslog"},
    {InputFormat::journald, "journald"}, {InputFormat::cri, "cri"},       {InputFormat::docker, "docker"},
    {InputFormat::text, "text"}};

}  // namespace

std::string_view name_of(InputFormat format) {
  for (const auto& [known, name] : kNames) {
    if (known == format) return name;
  }
  return "unknown";
}

InputFormat format_named(std::string_view name) {
  for (const auto& [format, known] : kNames) {
    if (known == name) return format;
  }
  return InputFormat::none;
}

LogParser::LogParser(Mapping& mapping, const ParserOptions& options, Receiver& receiver)
    : mapping_(mapping),
      options_(options),
      receiver_(receiver),
      kind_(options.kind),
      builder_(mapping, options.kind),
      json_(mapping),
      access_(options.duration_unit),
      unpacker_(mapping, options.duration_unit),
      syslog_(options.year),
      multiline_(options.multiline),
      client_(&mapping.slot("client")),
      user_(&mapping.slot("user")),
      host_(&mapping.slot("virtual_host")),
      bytes_(&mapping.slot("bytes")),
      referrer_(&mapping.slot("referrer")),
      agent_(&mapping.slot("user_agent")),
      message_(&mapping.slot("message")),
      level_(&mapping.slot("level")),
      service_(&mapping.slot("service")),
      stream_(&mapping.slot("stream")),
      hostname_(&mapping.slot("host")),
      pid_(&mapping.slot("pid")),
      message_id_(&mapping.slot("msgid")) {
  if (kind_ == RecordKind::automatic && (mapping.maps(Target::value) || mapping.maps(Target::metric))) {
    set_kind(RecordKind::sample);
  }
}

void LogParser::set_kind(RecordKind kind) {
  if (kind == RecordKind::automatic) return;
  kind_ = kind;
  builder_.set_kind(kind);
}

LogParser::File& LogParser::file(std::size_t index) {
  while (files_.size() <= index) files_.emplace_back().format = options_.format;
  return files_[index];
}

InputFormat LogParser::format(std::size_t index) const {
  return index < files_.size() ? files_[index].format : options_.format;
}

void LogParser::take(const TailLine& line) {
  File& current = file(line.file);
  switch (line.what) {
    case TailLine::What::end:
      return end(current, line);
    case TailLine::What::too_long:
      return receiver_.reject(
          line.file, line.number, line.text,
          fmt::format("longer than {}; is it a text file?", count(line.text.size(), "byte")));
    case TailLine::What::line:
      break;
  }
  if (is_blank(line.text) && (current.held.empty() || current.format == InputFormat::automatic)) return;
  parse(current, line);
}

void LogParser::parse(File& file, const TailLine& line) {
  switch (file.format) {
    case InputFormat::json:
      return json(line);
    case InputFormat::access:
      return access(line);
    case InputFormat::csv:
      return csv(file, line);
    case InputFormat::logfmt:
    case InputFormat::syslog:
    case InputFormat::text:
    case InputFormat::journald:
    case InputFormat::cri:
    case InputFormat::docker:
      return wrapped(file, line);
    case InputFormat::automatic:
      return decide(file, line);
    case InputFormat::none:
      return receiver_.reject(line.file, line.number, line.text, kNotKnown);
  }
}

// The format that a line is written in; none if it is not known.
InputFormat LogParser::format_of(std::string_view text) {
  const char first = text[text.find_first_not_of(" \t")];
  if (first == '{') {
    if (looks_like_docker(text)) return InputFormat::docker;
    return looks_like_journal(text) ? InputFormat::journald : InputFormat::json;
  }
  if (!access_.scan(text, line_)) return InputFormat::access;
  if (scan_cri(text, wrapped_)) return InputFormat::cri;
  if (scan_text_line(text, text_line_)) return InputFormat::text;
  // Without a priority, the program's name and the colon behind it show it.
  if (!syslog_.scan(text, syslog_line_) && (syslog_line_.priority >= 0 || !syslog_line_.app.empty()))
    return InputFormat::syslog;
  if (unpacker_.is_logfmt(text, true)) return InputFormat::logfmt;
  if (first == '[') return InputFormat::json;  // to be told what is wrong with it
  record::CsvRow::Result result;
  if (!split_csv(text, result) || row_.fields.size() < 2) return InputFormat::none;
  for (const record::CsvField& column : row_.fields) {
    std::size_t used = 0;
    if (mapping_.target(field(column, used)) == Target::timestamp) return InputFormat::csv;
  }
  return InputFormat::none;
}

void LogParser::fail(const TailLine& line, std::string_view what) const {
  throw InputError(fmt::format("{}:{}: {}", receiver_.name(line.file), line.number, what));
}

// The first lines of a file wait until one of them tells the format.
void LogParser::decide(File& file, const TailLine& line) {
  if (line.text.starts_with("\xFF\xFE") || line.text.starts_with("\xFE\xFF")) {
    fail(line, "UTF-16; give it through iconv -f UTF-16 -t UTF-8");
  }
  file.format = format_of(line.text);
  if (file.format == InputFormat::none) {
    file.format = InputFormat::automatic;
    file.held.push_back({std::string(line.text), line.number});
    ++held_;
    if (file.held.size() < kUndecided) return;
    file.format = InputFormat::none;
  }
  const InputFormat format = file.format;
  // Lines before the one that told are no lines of this format: they say so themselves, or were no header.
  if (format == InputFormat::csv) file.format = InputFormat::none;
  give_up(file, line.file, kNotKnown, false);
  file.format = format;
  if (format != InputFormat::none) parse(file, line);
}

// Lines that waited in vain. first_only: the others are read anew.
void LogParser::give_up(File& file, std::size_t index, std::string_view what, bool first_only) {
  std::vector<Held> held = std::move(file.held);
  file.held.clear();
  held_ -= held.size();
  for (std::size_t i = 0; i < held.size(); ++i) {
    if (i == 0 || !first_only) {
      receiver_.reject(index, held[i].number, held[i].text, what);
      continue;
    }
    const std::size_t size = held[i].text.size();
    held[i].text.append(1, '\n').append(JsonLog::kPadding, '\0');
    parse(file, TailLine{TailLine::What::line, index, held[i].number, {held[i].text.data(), size}});
  }
}

void LogParser::end(File& file, const TailLine& line) {
  while (!file.held.empty()) {
    const bool row = file.format == InputFormat::csv;
    give_up(file, line.file, row ? "a quote is not closed" : kNotKnown, row);
  }
  emit_waiting(file, line.file);
}

std::string LogParser::state(std::size_t index) const {
  if (index >= files_.size()) return {};
  const File& file = files_[index];
  std::string text(name_of(file.format));
  if (file.format == InputFormat::csv) return text + ":" + file.header;
  return text + waiting_state(file);
}

void LogParser::restore(std::size_t index, std::string_view state) {
  File& restored = file(index);
  const InputFormat format = format_named(state.substr(0, state.find(':')));
  if (format != InputFormat::none && format != InputFormat::automatic) restored.format = format;
  if (restored.format != InputFormat::csv) return restore_waiting(restored, state);
  if (state.size() <= 4) return;
  std::string header(state.substr(4));
  const std::size_t size = header.size();
  header.append(1, '\n').append(JsonLog::kPadding, '\0');
  csv_header(restored, TailLine{TailLine::What::line, index, 0, {header.data(), size}});
}

void LogParser::json(const TailLine& line) {
  builder_.start();
  const std::string& error = json_.read(line.text, builder_);
  if (!error.empty()) return receiver_.reject(line.file, line.number, line.text, error);
  finish(line.file, line.number, line.text);
}

void LogParser::access(const TailLine& line) {
  std::string_view text = line.text;
  if (!is_utf8(text)) {
    escape_bytes(text, scratch_);
    text = scratch_;
  }
  if (const char* error = access_.scan(text, line_)) {
    return receiver_.reject(line.file, line.number, line.text, error);
  }
  builder_.start();
  record_.clear();
  for (const auto& [slot, value] : {std::pair{client_, line_.client},
                                    {user_, line_.user},
                                    {host_, line_.virtual_host},
                                    {bytes_, line_.bytes},
                                    {referrer_, line_.referrer},
                                    {agent_, line_.user_agent}}) {
    if (value.empty()) continue;
    builder_.put(*slot, value);
    if (slot->target == Target::service) record_.service = value;  // --map service=virtual_host
  }
  builder_.labels(record_);
  record_.time = line_.time;
  record_.message = line_.request;
  record_.method = line_.method;
  record_.endpoint = endpoint_of(line_.target);
  record_.status_code = line_.status;
  record_.severity_text = severity_of_status(line_.status);
  if (!line_.duration.empty() &&
      parse_log_duration(line_.duration, line_.duration_unit, record_.duration_ms) == Duration::bad) {
    return receiver_.reject(line.file, line.number, line.text, "the request time is no duration");
  }
  if (kind_ == RecordKind::automatic) set_kind(RecordKind::log);
  if (kind_ == RecordKind::sample) {
    return receiver_.reject(line.file, line.number, line.text,
                            "an access log line among samples; read logs and samples in runs of their own");
  }
  receiver_.record(line.file, record_);
}

void LogParser::finish(std::size_t index, std::uint64_t number, std::string_view text) {
  if (kind_ == RecordKind::automatic) tell_kind();
  const std::string& error = builder_.finish(record_);
  if (!error.empty()) return receiver_.reject(index, number, text, error);
  receiver_.record(index, record_);
}

// A record with a value and nothing of a log is a sample; so are all that follow.
void LogParser::tell_kind() {
  bool log = !builder_.has(Target::value);
  for (const Target target : {Target::message, Target::severity_text, Target::method, Target::endpoint,
                              Target::status_code, Target::duration_ms, Target::span_id}) {
    log = log || builder_.has(target);
  }
  set_kind(log ? RecordKind::log : RecordKind::sample);
}

}  // namespace aiops::source
