// Text lines of Spring Boot, Logback, Log4j and Python's logging: a date and time, a level, perhaps a thread
// and a logger, and the message.
#pragma once

#include <string_view>

namespace aiops::source {

// What a line holds, as views into it; "" where it has nothing.
struct TextLine {
  std::string_view time, level, application, thread, logger, pid, trace_id, span_id, message;
};

// Reads a line (without its line ending). False if it does not begin with a date and a time, or has no level
// among the words behind them.
//   2026-01-31T12:00:00.123+01:00  INFO 4711 --- [shop] [           main] c.e.shop.Cart    : Started   Spring
//   Boot 3 2026-01-31 12:00:00.123  INFO 4711 --- [           main] c.e.shop.Cart    : Started Spring Boot 2
//   2026-01-31 12:00:00.123 [main] INFO  c.e.shop.Cart - Started Logback, Log4j 2026-01-31 12:00:00,123 -
//   shop.cart - INFO - Started, 2026-01-31 12:00:00,123 INFO Started          Python
bool scan_text_line(std::string_view line, TextLine& out);

// The same, and where there is no level: the time, and all behind it as the message.
bool scan_timed_line(std::string_view line, TextLine& out);

// True if a line begins with a date and a time, as those do.
bool begins_with_time(std::string_view line);

}  // namespace aiops::source
