// Access logs of Apache, nginx and what writes like them: the common and the combined format, with or without
// a virtual host in front, request times and other fields behind.
// https://httpd.apache.org/docs/2.4/mod/mod_log_config.html,
// https://nginx.org/en/docs/http/ngx_http_log_module.html
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace aiops::source {

// What a line holds, as views into it; "" where it has nothing or "-". Escapes (\", \x16) are left as they
// stand.
struct AccessLine {
  Nanos time = kNoTime;
  std::string_view virtual_host, client, user, request, method, target, protocol, bytes, referrer, user_agent;
  std::int64_t status = 0;    // 0: "-"
  std::string_view duration;  // the request time as it stands
  TimeUnit duration_unit = TimeUnit::automatic;
};

class AccessScanner {
 public:
  // duration_unit: of request times without a unit of their own. automatic: seconds if they have a decimal
  // point (nginx $request_time), else microseconds (Apache %D).
  explicit AccessScanner(TimeUnit duration_unit = TimeUnit::automatic) : unit_(duration_unit) {}

  // Reads a line (without its line ending) into `out`. nullptr, or what is wrong with it.
  // A request line that is none ("-", TLS bytes, blanks in the path) is no error: servers log what clients
  // send. method and target are set as far as they can be told.
  const char* scan(std::string_view line, AccessLine& out);

  // True once a request time was a whole number whose unit was taken for granted.
  bool guessed_unit() const { return guessed_; }

 private:
  const char* scan_time(const char*& p, const char* end, Nanos& time);
  void scan_rest(const char* p, const char* end, AccessLine& out);

  TimeUnit unit_;
  bool guessed_ = false;
  char last_[26] = {};  // lines come in bursts of the same second: its text, and what it was
  Nanos last_time_ = kNoTime;
};

}  // namespace aiops::source
