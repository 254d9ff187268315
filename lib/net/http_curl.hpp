// What libcurl's results mean to us. Inside lib/net only.
#pragma once

#include <curl/curl.h>

#include <string>
#include <utility>

#include "net/http.hpp"

namespace aiops::net {

using CurlLong = long;  // NOLINT(google-runtime-int): it is what libcurl's interface takes

bool is_redirect(CurlLong code);

// True where nothing was wrong with the question: trying again may help.
bool is_transient(CURLcode code);

// In words. detail: what libcurl says; system_error: errno of the call that failed, 0 if none did.
std::string describe(CURLcode code, const char* detail, CurlLong system_error, const HttpOptions& options);

// The URL with another host, and how to connect for it, as libcurl takes it: ":" (whatever host and port) and
// then the host and port that the URL had.
std::pair<std::string, std::string> renamed_host(const std::string& url, const std::string& name);

}  // namespace aiops::net
