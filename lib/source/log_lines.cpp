// LogParser: formats whose records may have several lines, and lines that wrap those of a program.
#include <fmt/core.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "source/log_parser.hpp"
#include "source/log_text.hpp"

namespace aiops::source {
namespace {

constexpr char kFieldEnd = '\x1F', kLineEnd = '\x1E';  // of what waits, in a checkpoint

std::size_t place_of(std::string_view stream) { return stream == "stderr" ? 1 : 0; }

void append_kept(std::string& out, std::string_view text) {
  for (const char c : text) out += c == kFieldEnd || c == kLineEnd ? ' ' : c;
  out += kFieldEnd;
}

}  // namespace

void LogParser::wrapped(File& file, const TailLine& line) {
  std::string wrong;
  switch (file.format) {
    case InputFormat::cri:
      if (!scan_cri(line.text, wrapped_))
        wrong = "no line of a container's log: expected TIME stdout|stderr F|P TEXT";
      break;
    case InputFormat::docker:
      wrong = wrapping_.docker(line.text, wrapped_);
      break;
    case InputFormat::journald:
      wrong = wrapping_.journal(line.text, wrapped_);
      break;
    default:
      wrapped_ = WrappedLine();
      wrapped_.content = line.text;
  }
  if (!wrong.empty()) return receiver_.reject(line.file, line.number, line.text, wrong);
  if (!is_utf8(wrapped_.content)) {
    escape_bytes(wrapped_.content, scratch_);
    wrapped_.content = scratch_;
  }
  if (file.format == InputFormat::journald) {  // a message has its line breaks within
    JoinedLine whole;
    whole.number = line.number;
    whole.time = wrapped_.time;
    whole.content = wrapped_.content;
    const std::size_t size = whole.content.size();
    whole.content.append(JsonLog::kPadding, '\0');
    return emit_wrapped(line.file, whole, std::string_view(whole.content).substr(0, size), &wrapped_);
  }
  take_content(file, line.file, line.number, wrapped_);
}

// Puts together what the runtime split.
void LogParser::take_content(File& file, std::size_t index, std::uint64_t number, const WrappedLine& line) {
  JoinedLine& part = file.parts[place_of(line.stream)];
  const bool whole = !line.partial || part.content.size() + line.content.size() > Multiline::kMostBytes;
  if (!part.used && whole) return join(file, index, number, line);
  if (!part.used) {
    part.used = true;
    part.content.clear();
    part.more.clear();
    part.time = line.time;
    part.stream = line.stream;
    part.number = number;
  }
  part.content += line.content;
  part.since = clock_;
  if (!whole) return;
  part.used = false;
  WrappedLine put_together;
  put_together.time = part.time;
  put_together.stream = part.stream;
  put_together.content = part.content;
  join(file, index, part.number, put_together);
  part.content.clear();
}

void LogParser::join(File& file, std::size_t index, std::uint64_t number, const WrappedLine& line) {
  JoinedLine& before = file.waiting[place_of(line.stream)];
  LineForm form = LineForm::plain;
  int own = -1;
  if (multiline_.on()) {
    switch (file.format) {
      case InputFormat::text:
        own = begins_with_time(line.content) ? 1 : 0;
        break;
      case InputFormat::syslog:
        // A broken line is told, and none of the record before; nor is text that something else wrote.
        if (line.content.starts_with('<') || !syslog_.scan(line.content, syslog_line_)) own = 1;
        break;
      case InputFormat::logfmt:
        own = line.content.substr(0, line.content.find_first_of(" \t")).find('=') != std::string_view::npos
                  ? 1
                  : 0;
        break;
      default:
        form = unpacker_.form_of(line.content);
        if (form != LineForm::plain) own = 1;
        // A logger's layout has a time in front of each record.
        if (form == LineForm::plain && before.form == LineForm::text) own = 0;
    }
  }
  if (!multiline_.begins(line.content, before, own)) {
    if (!before.more.empty()) before.more += '\n';
    before.more += line.content;
    ++before.lines;
    before.since = clock_;
    return;
  }
  if (before.used) emit(file, index, before);
  before.used = true;
  before.traceback = line.content.starts_with("Traceback (most recent call last):");
  before.time = line.time;
  before.stream = line.stream;
  before.content = line.content;
  before.more.clear();
  before.number = number;
  before.lines = 1;
  before.form = form;
  before.since = clock_;
  if (!multiline_.on()) emit(file, index, before);
}

void LogParser::emit(File& file, std::size_t index, JoinedLine& line) {
  line.used = false;
  const std::size_t size = line.content.size();
  line.content.append(JsonLog::kPadding, '\0');
  const std::string_view text = std::string_view(line.content).substr(0, size);
  switch (file.format) {
    case InputFormat::text:
      return emit_text(index, line, text);
    case InputFormat::logfmt:
      return emit_logfmt(index, line, text);
    case InputFormat::syslog:
      return emit_syslog(index, line, text);
    default:
      return emit_wrapped(index, line, text, nullptr);
  }
}

void LogParser::emit_waiting(File& file, std::size_t index) {
  for (JoinedLine& part : file.parts) {
    if (!part.used) continue;
    WrappedLine last;
    last.content = "";
    last.stream = part.stream;
    take_content(file, index, part.number, last);
  }
  for (JoinedLine& line : file.waiting) {
    if (line.used) emit(file, index, line);
  }
}

void LogParser::tick(Nanos now) {
  clock_ = now;
  for (std::size_t i = 0; i < files_.size(); ++i) {
    for (JoinedLine& line : files_[i].waiting) {
      if (line.used && now - line.since > kPatience) emit(files_[i], i, line);
    }
  }
}

void LogParser::flush() {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    for (JoinedLine& line : files_[i].waiting) {
      if (line.used) emit(files_[i], i, line);
    }
  }
}

void LogParser::put_if_free(Slot& slot, std::string_view value) {
  if (value.empty() || (slot.target < Target::label && builder_.has(slot.target))) return;
  builder_.put(slot, value);
}

void LogParser::emit_text(std::size_t index, JoinedLine& line, std::string_view text) {
  if (!scan_timed_line(text, text_line_)) {
    return receiver_.reject(index, line.number, text,
                            "no date and time in front, as in 2026-01-31 12:00:00.123");
  }
  builder_.start();
  unpacker_.put(text_line_, builder_);
  finish_joined(index, line, text);
}

void LogParser::emit_logfmt(std::size_t index, JoinedLine& line, std::string_view text) {
  if (const char* wrong = logfmt_.scan(text)) return receiver_.reject(index, line.number, text, wrong);
  builder_.start();
  unpacker_.put(logfmt_, builder_);
  finish_joined(index, line, text);
}

void LogParser::emit_syslog(std::size_t index, JoinedLine& line, std::string_view text) {
  if (const char* wrong = syslog_.scan(text, syslog_line_))
    return receiver_.reject(index, line.number, text, wrong);
  if (unpacker_.read(syslog_line_.message, Unpack::automatic, builder_) == LineForm::plain) {
    builder_.put(*message_, syslog_line_.message);
  }
  put_if_free(*level_, severity_of_syslog(syslog_line_.priority < 0 ? -1 : syslog_line_.priority & 7));
  put_if_free(*service_, syslog_line_.app);
  put_if_free(*hostname_, syslog_line_.host);
  put_if_free(*pid_, syslog_line_.pid);
  put_if_free(*message_id_, syslog_line_.message_id);
  for (const auto& [name, value] : syslog_line_.data) put_if_free(mapping_.slot(name), value);
  builder_.at(syslog_line_.time);
  finish_joined(index, line, text);
}

void LogParser::emit_wrapped(std::size_t index, JoinedLine& line, std::string_view text,
                             const WrappedLine* journal) {
  const auto time = parse_log_time(line.time, journal ? TimeUnit::microseconds : TimeUnit::automatic);
  if (!time)
    return receiver_.reject(index, line.number, text, "the time is none, RFC 3339 or an epoch number");
  if (kind_ == RecordKind::automatic) set_kind(RecordKind::log);
  const bool unpacked = unpacker_.read(text, Unpack::automatic, builder_) != LineForm::plain;
  for (const bool whole : {false, true}) {  // whatever the line holds, it is a message as it stands
    if (whole || !unpacked) {
      builder_.start();
      builder_.put(*message_, text);
    }
    if (journal) put_journal(*journal);
    put_if_free(*stream_, line.stream);
    if (!builder_.has(Target::timestamp)) builder_.at(*time);
    if (whole || !unpacked || builder_.finish(record_).empty()) break;
  }
  if (text.empty() && line.more.empty()) return;  // an empty line says nothing
  finish_joined(index, line, text);
}

void LogParser::put_journal(const WrappedLine& line) {
  const auto of = [&](std::string_view name) {
    for (const auto& [key, value] : line.fields) {
      if (key == name) return value;
    }
    return std::string_view();
  };
  std::string_view service = of("CONTAINER_NAME");
  if (service.empty()) service = of("SYSLOG_IDENTIFIER");
  if (service.empty()) {
    service = of("_SYSTEMD_UNIT");
    if (service.ends_with(".service")) service.remove_suffix(8);
  }
  put_if_free(*service_, service);
  put_if_free(*level_, severity_of_syslog(static_cast<int>(parse_int(of("PRIORITY")).value_or(-1))));
  put_if_free(*hostname_, of("_HOSTNAME"));
  for (const auto& [key, value] : line.fields) {
    Slot& slot = mapping_.slot(key);
    // What the journal knows of each line by itself is not counted as left out: it is on every line.
    if (slot.target == Target::none &&
        (key.starts_with('_') || key.starts_with("SYSLOG_") || key == "CONTAINER_NAME" || key == "PRIORITY"))
      continue;
    put_if_free(slot, value);
  }
}

void LogParser::finish_joined(std::size_t index, const JoinedLine& line, std::string_view text) {
  if (kind_ == RecordKind::automatic) tell_kind();
  if (const std::string& error = builder_.finish(record_); !error.empty())
    return receiver_.reject(index, line.number, text, error);
  if (!line.more.empty()) {
    joined_.assign(record_.message);
    if (!joined_.empty()) joined_ += '\n';
    record_.message = joined_ += line.more;
  }
  receiver_.record(index, record_);
}

// What waits goes into the checkpoint: its lines are behind the position of the file.
std::string LogParser::waiting_state(const File& file) const {
  std::string text;
  const auto keep = [&](std::string_view what, const JoinedLine& line) {
    if (!line.used) return;
    text += text.empty() ? ':' : kLineEnd;
    append_kept(text, what);
    append_kept(text, line.time);
    append_kept(text, line.stream);
    append_kept(text, line.content);
    append_kept(text, line.more);
    text += fmt::format("{} {} {} {}", line.number, line.lines, static_cast<int>(line.form),
                        line.traceback ? 1 : 0);
  };
  for (const JoinedLine& line : file.parts) keep("p", line);
  for (const JoinedLine& line : file.waiting) keep("w", line);
  return text;
}

void LogParser::restore_waiting(File& file, std::string_view state) {
  const std::size_t colon = state.find(':');
  if (colon == std::string_view::npos) return;
  const std::vector<std::string> all = split(state.substr(colon + 1), kLineEnd);
  for (const std::string& kept : all) {
    const std::vector<std::string> fields = split(kept, kFieldEnd);
    if (fields.size() != 6) continue;
    const std::vector<std::string> numbers = split(fields[5], ' ');
    if (numbers.size() != 4) continue;
    JoinedLine* const lines = fields[0] == "p" ? file.parts : file.waiting;
    JoinedLine& line = lines[place_of(fields[2])];
    line.used = true;
    line.time = fields[1];
    line.stream = fields[2];
    line.content = fields[3];
    line.more = fields[4];
    line.number = static_cast<std::uint64_t>(parse_int(numbers[0]).value_or(0));
    line.lines = static_cast<std::size_t>(parse_int(numbers[1]).value_or(1));
    line.form = static_cast<LineForm>(parse_int(numbers[2]).value_or(0));
    line.traceback = numbers[3] == "1";
    line.since = clock_;
  }
}

}  // namespace aiops::source
