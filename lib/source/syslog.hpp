// Lines of syslog: RFC 5424, RFC 3164, and the files that rsyslog and syslogd write of them, without priority
// and with either kind of time. https://www.rfc-editor.org/rfc/rfc5424,
// https://www.rfc-editor.org/rfc/rfc3164
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::source {

// What a line holds, as views into it (or into its scanner); "" where it has nothing or "-".
struct SyslogLine {
  Nanos time = kNoTime;
  int priority = -1;  // facility * 8 + severity; -1: the line has none
  std::string_view host, app, pid, message_id, message;
  // Structured data: names as ID.NAME ("origin.ip"), values without their escapes.
  std::vector<std::pair<std::string_view, std::string_view>> data;
};

class SyslogScanner {
 public:
  // year: of RFC 3164's times, which have none; 0: the newest that makes a time not later than a day from
  // now.
  explicit SyslogScanner(int year = 0) : year_(year) {}

  // Reads a line (without its line ending) into `out`. nullptr, or what is wrong with it.
  const char* scan(std::string_view line, SyslogLine& out);
  // True once a time had no year and none was given.
  bool guessed_year() const { return guessed_; }

 private:
  const char* scan_5424(std::string_view rest, SyslogLine& out);
  const char* scan_3164(std::string_view rest, SyslogLine& out);
  const char* scan_data(std::string_view& rest, SyslogLine& out);
  Nanos bsd_time(std::string_view text);

  int year_;
  bool guessed_ = false;
  std::string text_;  // of structured data
};

// OpenTelemetry's name of a syslog severity, 0 to 7; "" for any other number.
std::string_view severity_of_syslog(int severity);

}  // namespace aiops::source
