#include "deliver/mail.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "deliver/mail_parts.hpp"
#include "deliver/timeline_png.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kLine = 76;       // characters of base64 a line (RFC 2045, section 6.8)
constexpr std::size_t kWordBytes = 42;  // of an encoded word, so that it has 75 characters at most

// "Sat, 31 Jan 2026 12:00:00 +0000", whatever the locale.
std::string mail_date(Nanos time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds = static_cast<std::time_t>(time / kSecond);
  std::tm at{};
  ::gmtime_r(&seconds, &at);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[at.tm_wday], at.tm_mday,
                     kMonths[at.tm_mon], at.tm_year + 1900, at.tm_hour, at.tm_min, at.tm_sec);
}

std::string part(const std::string& headers, const std::string& content) {
  const std::string bytes = base64(content);
  std::string out = headers + "Content-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t at = 0; at < bytes.size(); at += kLine) out += bytes.substr(at, kLine) + "\r\n";
  return out;
}

// <aiops.NAME@DOMAIN>: the same for the same, so that a mail that comes twice can be told.
std::string message_id(const std::string& name, const std::string& from) {
  return fmt::format("<aiops.{}{}>", name, from.substr(from.find('@')));
}

}  // namespace

std::string mail_header(std::string_view text) {
  const std::string line = printable(text, 1000);
  const bool ascii = std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (ascii && line.find("=?") == std::string::npos) return line;
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = std::min(at + kWordBytes, line.size());
    while (end < line.size() && (line[end] & 0xc0) == 0x80) --end;  // words hold whole characters
    out += fmt::format("{}=?utf-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(line.substr(at, end - at)));
    at = end;
  }
  return out;
}

Manners MailReceiver::manners() const {
  Manners manners;
  manners.update_interval = 5 * kMinute;
  return manners;
}

std::vector<Call> MailReceiver::compose(const Message& message) const {
  const Incident& incident = *message.incidents.front();
  const bool single = message.incidents.size() == 1 && message.what != What::digest;
  const std::string chart = single ? timeline_png(incident, message.now) : "";
  const std::string root = message_id(message.conversation, options_.from);
  const bool first = message.handle.empty();
  // Nothing within base64 begins with two dashes.
  const std::string outer = fmt::format("aiops-{:016x}", checksum(message.key)), inner = "text-" + outer;
  std::string mail =
      fmt::format("From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: {}\r\n", options_.from,
                  options_.to, mail_header(mail_subject(message)), mail_date(message.now),
                  first ? root : message_id(message.key, options_.from));
  if (!first) mail += fmt::format("In-Reply-To: {}\r\nReferences: {}\r\n", root, root);
  mail += fmt::format("Auto-Submitted: auto-generated\r\nX-Aiops-Incident: {}\r\nX-Aiops-Key: {}\r\n",
                      message.conversation, message.key);
  mail += fmt::format("MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=\"{}\"\r\n\r\n", outer);
  mail += fmt::format("--{}\r\nContent-Type: multipart/alternative; boundary=\"{}\"\r\n\r\n", outer, inner);
  mail += fmt::format("--{}\r\n", inner);
  mail += part("Content-Type: text/plain; charset=utf-8\r\n", mail_text(message, options_.link));
  mail += fmt::format("--{}\r\n", inner);
  mail +=
      part("Content-Type: text/html; charset=utf-8\r\n", mail_html(message, options_.link, !chart.empty()));
  mail += fmt::format("--{}--\r\n", inner);
  if (!chart.empty()) {
    mail += fmt::format("--{}\r\n", outer);
    mail += part(
        "Content-Type: image/png\r\nContent-ID: <timeline>\r\n"
        "Content-Disposition: inline; filename=\"timeline.png\"\r\n",
        chart);
  }
  mail += fmt::format("--{}--\r\n", outer);
  return {{options_.to, mail}};
}

Outcome MailReceiver::send(const Message& message) {
  const std::string user = options_.user.empty() ? "" : options_.user.read();
  try {
    net::send_mail(options_.server, user, {options_.from, options_.to, compose(message).front().body});
  } catch (const net::SmtpError& error) {
    Outcome outcome;
    outcome.result = error.permanent ? Outcome::refused : Outcome::later;
    outcome.why = error.what();
    outcome.unreachable = error.code == 0;
    return outcome;
  }
  return {Outcome::sent, "", -1, "\"thread\"", false};
}

}  // namespace aiops::deliver
