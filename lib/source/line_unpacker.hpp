// Lines within lines: what a container's log, the journal or Loki holds as text may itself be a record of
// JSON, logfmt, an access log or a logger's text layout.
#pragma once

#include <string>
#include <string_view>

#include "source/access_log.hpp"
#include "source/json_log.hpp"
#include "source/logfmt.hpp"
#include "source/mapping.hpp"
#include "source/text_log.hpp"

namespace aiops::source {

// none: lines are messages as they stand. automatic: each line tells what it is.
enum class Unpack : std::uint8_t { none, json, logfmt, automatic };

enum class LineForm : std::uint8_t { plain, json, logfmt, access, text };

// One thread. What it puts into the builder is valid until the next line.
class LineUnpacker {
 public:
  // mapping must outlive it. duration_unit: of access logs' request times.
  LineUnpacker(Mapping& mapping, TimeUnit duration_unit);

  // Starts the builder and puts into it what the line holds, with JsonLog::kPadding readable bytes behind it.
  // plain: it holds nothing, or not what was asked for, and the builder is as after start().
  LineForm read(std::string_view line, Unpack unpack, RecordBuilder& builder);

  bool guessed_unit() const { return access_.guessed_unit(); }

  // What the line is, without reading it whole.
  LineForm form_of(std::string_view line);

  // A line whose parts were read already.
  void put(const TextLine& line, RecordBuilder& builder);
  void put(const LogfmtLine& line, RecordBuilder& builder);

  // with_time: one of the fields is the time.
  bool is_logfmt(std::string_view line, bool with_time = false);

 private:
  void put(const AccessLine& line, RecordBuilder& builder);

  Mapping& mapping_;
  JsonLog json_;
  LogfmtLine logfmt_;
  AccessScanner access_;
  AccessLine access_line_;
  TextLine text_line_;
  std::string time_, status_, duration_;
  Slot *client_, *user_, *host_, *bytes_, *referrer_, *agent_;             // of access logs
  Slot *time_slot_, *message_, *method_, *target_, *status_slot_, *took_;  // likewise
  Slot *level_, *service_, *thread_, *logger_, *pid_, *trace_, *span_;     // of text layouts
};

}  // namespace aiops::source
