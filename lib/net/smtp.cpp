#include "net/smtp.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "net/curl_library.hpp"
#include "net/http_curl.hpp"

namespace aiops::net {
namespace {

struct Reading {
  std::string_view left;
};

std::size_t give(char* buffer, std::size_t size, std::size_t n, void* reading) {
  std::string_view& left = static_cast<Reading*>(reading)->left;
  const std::size_t now = std::min(size * n, left.size());
  std::memcpy(buffer, left.data(), now);
  left.remove_prefix(now);
  return now;
}

std::size_t drop(char*, std::size_t size, std::size_t n, void*) { return size * n; }

// The server's last line of a reply that refuses; the one to QUIT comes behind it.
std::size_t keep_reply(char* bytes, std::size_t size, std::size_t n, void* reply) {
  auto& kept = *static_cast<std::string*>(reply);
  if (size * n > 0 && (*bytes == '4' || *bytes == '5'))
    kept.assign(bytes, std::min<std::size_t>(size * n, 300));
  return size * n;
}

struct Session {
  const CurlLibrary& curl = curl_library();
  CURL* easy = curl.easy_init();
  curl_slist* to = nullptr;
  char error[CURL_ERROR_SIZE] = "";
  std::string reply;

  Session() {
    if (easy == nullptr) throw BackendError("libcurl cannot be started");
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    curl.slist_free_all(to);
    curl.easy_cleanup(easy);
  }
};

std::string url_of(const SmtpOptions& options) {
  const bool tls = options.security == SmtpSecurity::tls;
  std::string url = (tls ? "smtps://" : "smtp://") + options.host;
  if (options.host.find(':') == std::string::npos) {
    url += tls ? ":465" : options.security == SmtpSecurity::starttls ? ":587" : ":25";
  }
  return url;
}

std::string trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == '\n')) text.remove_suffix(1);
  return std::string(text);
}

void set_security(Session& session, const SmtpOptions& options) {
  const auto set = [&](auto option, auto value) { session.curl.easy_setopt(session.easy, option, value); };
  if (options.security == SmtpSecurity::starttls) {
    set(CURLOPT_USE_SSL, static_cast<CurlLong>(CURLUSESSL_ALL));
  }
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
}

[[noreturn]] void fail(const Session& session, const std::string& where, CURLcode result, const Mail& mail) {
  CurlLong code = 0;
  session.curl.easy_getinfo(session.easy, CURLINFO_RESPONSE_CODE, &code);
  const std::string reply = trimmed(session.reply);
  const bool about_mail = result == CURLE_SEND_ERROR || result == CURLE_RECV_ERROR ||
                          result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_UPLOAD_FAILED;
  // Refused for good, and not for who we are: somebody will put the credentials right.
  const bool permanent =
      about_mail && code >= 500 && code != 530 && code != 534 && code != 535 && code != 538;
  std::string said = *session.error != '\0' ? session.error : session.curl.easy_strerror(result);
  if (code >= 400)
    said = fmt::format("{}: the server says {}", mail.to,
                       reply.empty() ? std::to_string(code) : printable(reply, 300));
  if (result == CURLE_LOGIN_DENIED) said = "the server does not take the user and password";
  if (result == CURLE_USE_SSL_FAILED)
    said = "the server does not offer STARTTLS; security = \"none\" would do without";
  throw SmtpError(fmt::format("{}: {}", where, said), static_cast<int>(code), permanent);
}

}  // namespace

void send_mail(const SmtpOptions& options, const std::string& user, const Mail& mail) {
  Session session;
  const auto set = [&](auto option, auto value) { session.curl.easy_setopt(session.easy, option, value); };
  const std::string url = url_of(options), from = "<" + mail.from + ">", to = "<" + mail.to + ">";
  Reading reading{mail.text};
  set(CURLOPT_URL, url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, session.error);
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<CurlLong>(options.connect_timeout / kMillisecond));
  set(CURLOPT_TIMEOUT_MS, static_cast<CurlLong>(options.timeout / kMillisecond));
  set_security(session, options);
  const std::size_t colon = user.find(':');
  const std::string name = user.substr(0, colon);
  const std::string password = colon == std::string::npos ? "" : user.substr(colon + 1);
  if (!user.empty()) {
    set(CURLOPT_USERNAME, name.c_str());
    set(CURLOPT_PASSWORD, password.c_str());
  }
  set(CURLOPT_MAIL_FROM, from.c_str());
  session.to = session.curl.slist_append(nullptr, to.c_str());
  set(CURLOPT_MAIL_RCPT, session.to);
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.text.size()));
  set(CURLOPT_READFUNCTION, give);
  set(CURLOPT_READDATA, &reading);
  set(CURLOPT_WRITEFUNCTION, drop);
  set(CURLOPT_HEADERFUNCTION, keep_reply);
  set(CURLOPT_HEADERDATA, &session.reply);
  const CURLcode result = session.curl.easy_perform(session.easy);
  if (result != CURLE_OK) fail(session, url, result, mail);
}

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at + 1 == text.size() || text.size() > 254) return false;
  if (text.find('@', at + 1) != std::string_view::npos) return false;
  // Bytes above 127 are fine: internationalised addresses (RFC 6531).
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) <= ' ') || c == 0x7f || std::strchr("<>()[]\\,;:\"", c) != nullptr;
  });
}

}  // namespace aiops::net
