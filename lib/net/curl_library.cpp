#include "net/curl_library.hpp"

#include "base/error.hpp"
#include "net/shared_library.hpp"

namespace aiops::net {
namespace {

CurlLibrary load() {
  const SharedLibrary library("libcurl.so.4", "HTTP", "libcurl4");
  CurlLibrary functions{};
#define AIOPS_CURL_FIND(name) library.find(functions.name, "curl_" #name);
  AIOPS_CURL_FUNCTIONS(AIOPS_CURL_FIND)
#undef AIOPS_CURL_FIND
  if (functions.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) throw BackendError("libcurl cannot be started");
  return functions;
}

}  // namespace

const CurlLibrary& curl_library() {
  static const CurlLibrary functions = load();
  return functions;
}

}  // namespace aiops::net
