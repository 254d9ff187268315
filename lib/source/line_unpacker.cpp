#include "source/line_unpacker.hpp"

#include <fmt/core.h>

#include "base/number.hpp"
#include "base/text.hpp"
#include "source/log_text.hpp"

namespace aiops::source {

LineUnpacker::LineUnpacker(Mapping& mapping, TimeUnit duration_unit)
    : mapping_(mapping),
      json_(mapping),
      access_(duration_unit),
      client_(&mapping.slot("client")),
      user_(&mapping.slot("user")),
      host_(&mapping.slot("virtual_host")),
      bytes_(&mapping.slot("bytes")),
      referrer_(&mapping.slot("referrer")),
      agent_(&mapping.slot("user_agent")),
      time_slot_(&mapping.slot("timestamp")),
      message_(&mapping.slot("message")),
      method_(&mapping.slot("method")),
      target_(&mapping.slot("endpoint")),
      status_slot_(&mapping.slot("status_code")),
      took_(&mapping.slot("duration_ms")),
      level_(&mapping.slot("level")),
      service_(&mapping.slot("service")),
      thread_(&mapping.slot("thread")),
      logger_(&mapping.slot("logger")),
      pid_(&mapping.slot("pid")),
      trace_(&mapping.slot("trace_id")),
      span_(&mapping.slot("span_id")) {}

// Prose has an = now and then: all must be pairs, and one of them something that a record has a place for.
bool LineUnpacker::is_logfmt(std::string_view line, bool with_time) {
  if (logfmt_.scan(line) || logfmt_.words() != 0 || logfmt_.pairs().size() < 2) return false;
  for (const auto& [key, value] : logfmt_.pairs()) {
    if (with_time && mapping_.target(key) != Target::timestamp) continue;
    switch (mapping_.target(key)) {
      case Target::message:
      case Target::severity_text:
      case Target::timestamp:
      case Target::status_code:
      case Target::duration_ms:
        return true;
      default:
        break;
    }
  }
  return false;
}

LineForm LineUnpacker::form_of(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos) return LineForm::plain;
  if (line[first] == '{') return LineForm::json;
  if (scan_text_line(line, text_line_)) return LineForm::text;
  if (!access_.scan(line, access_line_)) return LineForm::access;
  if (is_logfmt(line)) return LineForm::logfmt;
  return LineForm::plain;
}

LineForm LineUnpacker::read(std::string_view line, Unpack unpack, RecordBuilder& builder) {
  builder.start();
  LineForm form = LineForm::plain;
  if (unpack == Unpack::automatic) form = form_of(line);
  if (unpack == Unpack::json) form = LineForm::json;
  if (unpack == Unpack::logfmt && !logfmt_.scan(line)) form = LineForm::logfmt;
  switch (form) {
    case LineForm::json:
      if (json_.read(line, builder).empty()) return form;
      builder.start();
      return LineForm::plain;
    case LineForm::logfmt:
      put(logfmt_, builder);
      return form;
    case LineForm::access:
      put(access_line_, builder);
      return form;
    case LineForm::text:
      put(text_line_, builder);
      return form;
    case LineForm::plain:
      break;
  }
  return LineForm::plain;
}

void LineUnpacker::put(const LogfmtLine& line, RecordBuilder& builder) {
  for (const auto& [key, value] : line.pairs()) {
    if (!value.empty()) builder.put(mapping_.slot(key), value);
  }
}

void LineUnpacker::put(const TextLine& line, RecordBuilder& builder) {
  builder.put(*message_, line.message);
  for (const auto& [slot, value] : {std::pair{time_slot_, line.time},
                                    {level_, line.level},
                                    {service_, line.application},
                                    {trace_, line.trace_id},
                                    {span_, line.span_id},
                                    {thread_, line.thread},
                                    {logger_, line.logger},
                                    {pid_, line.pid}}) {
    if (!value.empty()) builder.put(*slot, value);
  }
}

void LineUnpacker::put(const AccessLine& line, RecordBuilder& builder) {
  time_ = format_time(line.time);
  status_ = line.status == 0 ? "" : fmt::format("{}", line.status);
  duration_.clear();
  double milliseconds = 0;
  if (parse_log_duration(line.duration, line.duration_unit, milliseconds) == Duration::ok)
    append_shortest(duration_, milliseconds);
  for (const auto& [slot, value] : {std::pair{time_slot_, std::string_view(time_)},
                                    {message_, line.request},
                                    {method_, line.method},
                                    {target_, line.target},
                                    {status_slot_, std::string_view(status_)},
                                    {took_, std::string_view(duration_)},
                                    {client_, line.client},
                                    {user_, line.user},
                                    {host_, line.virtual_host},
                                    {bytes_, line.bytes},
                                    {referrer_, line.referrer},
                                    {agent_, line.user_agent}}) {
    if (!value.empty()) builder.put(*slot, value);
  }
}

}  // namespace aiops::source
