#include "net/url.hpp"

#include <fmt/core.h>

#include <memory>

#include "base/error.hpp"
#include "base/text.hpp"
#include "net/curl_library.hpp"

namespace aiops::net {
namespace {

using Handle = std::unique_ptr<CURLU, decltype(CurlLibrary::url_cleanup)>;

Handle parsed(std::string_view text) {
  const CurlLibrary& curl = curl_library();
  Handle url(curl.url(), curl.url_cleanup);
  if (!url || curl.url_set(url.get(), CURLUPART_URL, std::string(text).c_str(), 0) != CURLUE_OK) url.reset();
  return url;
}

// The part, "" if the URL has none.
std::string part(const Handle& url, CURLUPart which, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_library().url_get(url.get(), which, &text, flags) != CURLUE_OK) return {};
  std::string result(text);
  curl_library().free(text);
  return result;
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

void append_encoded(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

Parameters& Parameters::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += '&';
  append_encoded(text_, name);
  text_ += '=';
  append_encoded(text_, value);
  return *this;
}

std::string checked_base_url(std::string_view text) {
  const Handle url = parsed(text);
  const std::string scheme = url ? part(url, CURLUPART_SCHEME) : "";
  if ((scheme != "http" && scheme != "https") || part(url, CURLUPART_HOST).empty()) {
    const bool maybe_secret = text.find('@') != std::string_view::npos;
    throw UsageError(fmt::format("{} is no address: expected http://HOST[:PORT][/PATH] or https://…",
                                 maybe_secret || text.empty() ? "the given URL" : printable(text)));
  }
  if (!part(url, CURLUPART_USER).empty() || !part(url, CURLUPART_PASSWORD).empty()) {
    throw UsageError(
        fmt::format("{}: user and password do not belong in the URL, where every process can read them; put "
                    "them into a file (--basic-auth-file) or the environment (AIOPS_BASIC_AUTH)",
                    shown(text)));
  }
  if (!part(url, CURLUPART_QUERY).empty() || !part(url, CURLUPART_FRAGMENT).empty()) {
    throw UsageError(fmt::format("{}: expected an address without ?… and #…", shown(text)));
  }
  std::string base = shown(text);
  while (base.ends_with('/')) base.pop_back();
  return base;
}

std::string shown(std::string_view text) {
  const Handle url = parsed(text);
  if (!url) return "(unreadable URL)";
  const std::string host = part(url, CURLUPART_HOST);
  const std::string port = part(url, CURLUPART_PORT);
  return printable(part(url, CURLUPART_SCHEME) + "://" + host + (port.empty() ? "" : ":" + port) +
                       part(url, CURLUPART_PATH),
                   500);
}

std::string origin(std::string_view text) {
  const Handle url = parsed(text);
  if (!url) return {};
  return lower(part(url, CURLUPART_SCHEME) + "://" + part(url, CURLUPART_HOST) + ":" +
               part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT));
}

}  // namespace aiops::net
