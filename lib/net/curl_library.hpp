// libcurl, loaded when it is needed first (see shared_library.hpp). Inside lib/net only.
#pragma once

#include <curl/curl.h>

namespace aiops::net {

// X(name of the function without curl_)
// clang-format off
#define AIOPS_CURL_FUNCTIONS(X) \
  X(easy_cleanup) \
  X(easy_getinfo) \
  X(easy_init) \
  X(easy_pause) \
  X(easy_perform) \
  X(easy_reset) \
  X(easy_setopt) \
  X(easy_strerror) \
  X(free) \
  X(getdate) \
  X(global_init) \
  X(multi_add_handle) \
  X(multi_cleanup) \
  X(multi_info_read) \
  X(multi_init) \
  X(multi_perform) \
  X(multi_poll) \
  X(multi_remove_handle) \
  X(multi_strerror) \
  X(slist_append) \
  X(slist_free_all) \
  X(url) \
  X(url_cleanup) \
  X(url_get) \
  X(url_set)
// clang-format on

struct CurlLibrary {
#define AIOPS_CURL_MEMBER(name) decltype(&curl_##name) name;
  AIOPS_CURL_FUNCTIONS(AIOPS_CURL_MEMBER)
#undef AIOPS_CURL_MEMBER
};

// Loaded and started by the first call. Throws UsageError when there is none, BackendError when it does not
// start.
const CurlLibrary& curl_library();

}  // namespace aiops::net
