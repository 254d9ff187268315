// A mail to one address by SMTP (RFC 5321), on libcurl: STARTTLS (RFC 3207) or TLS from the start, AUTH.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/time.hpp"

namespace aiops::net {

// What went wrong; the message names the server without credentials.
struct SmtpError : BackendError {
  SmtpError(const std::string& what, int code_, bool permanent_)
      : BackendError(what), code(code_), permanent(permanent_) {}
  int code;        // the server's last reply, such as 550; 0: there was none
  bool permanent;  // a reply of 5yz to the mail itself: the same mail will never be taken
};

enum class SmtpSecurity {
  starttls,  // smtp://, required: without it nothing is sent
  tls,       // smtps://, from the first byte
  none,      // for a relay on the same machine
};

struct SmtpOptions {
  std::string host;  // HOST or HOST:PORT; without a port 587, 465 or 25 by the security
  SmtpSecurity security = SmtpSecurity::starttls;
  std::string ca_file;  // PEM; "": the system's
  Nanos connect_timeout = 10 * kSecond;
  Nanos timeout = kMinute;  // for all of it
};

struct Mail {
  std::string from, to;  // addresses alone, a@b
  std::string text;      // headers and body, lines ended by "\r\n"
};

// user: USER:PASSWORD; "": none. Returns when the server has taken it. Throws SmtpError.
void send_mail(const SmtpOptions& options, const std::string& user, const Mail& mail);

// True for an address that can stand in an envelope: one @ with something on both sides, no blanks, control
// characters, angle brackets or quotes.
bool is_mail_address(std::string_view text);

}  // namespace aiops::net
