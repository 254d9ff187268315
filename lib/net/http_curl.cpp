#include "net/http_curl.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "net/curl_library.hpp"

namespace aiops::net {

bool is_redirect(CurlLong code) {
  return code == 301 || code == 302 || code == 303 || code == 307 || code == 308;
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return true;
    default:
      return false;
  }
}

std::string describe(CURLcode code, const char* detail, CurlLong system_error, const HttpOptions& options) {
  std::string said = *detail != '\0' ? detail : curl_library().easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_CONNECT:
      return fmt::format("no connection: {}",
                         system_error != 0 ? std::strerror(static_cast<int>(system_error)) : said);
    case CURLE_PARTIAL_FILE:
      return fmt::format("the answer was cut short: {}", said);
    case CURLE_GOT_NOTHING:
      return "the connection was closed without an answer";
    case CURLE_OPERATION_TIMEDOUT:
      return fmt::format("no connection within {}", format_duration(options.connect_timeout));
    case CURLE_PEER_FAILED_VERIFICATION:
      return fmt::format(
          "the server's certificate is not trusted: {}; --ca-file names the authority that signed it", said);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
      return fmt::format("this is no HTTP server: {}", said);
    default:
      return said;
  }
}

std::pair<std::string, std::string> renamed_host(const std::string& url, const std::string& name) {
  const std::size_t begin = url.find("://") + 3;
  const std::size_t end = std::min(url.find_first_of("/?#", begin), url.size());
  const std::string authority = url.substr(begin, end - begin);
  const std::size_t colon = authority.rfind(':');
  const bool port = colon != std::string::npos && authority.find(']', colon) == std::string::npos;
  const std::string behind = port ? authority.substr(colon) : "";
  return {url.substr(0, begin) + name + behind + url.substr(end), "::" + authority + (port ? "" : ":")};
}

}  // namespace aiops::net
