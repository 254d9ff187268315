#include "net/shared_library.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

#include <utility>

#include "base/error.hpp"

namespace aiops::net {

SharedLibrary::SharedLibrary(std::string file, const char* purpose, const char* package)
    : file_(std::move(file)), handle_(dlopen(file_.c_str(), RTLD_LAZY | RTLD_LOCAL)) {
  if (handle_ != nullptr) return;
  throw UsageError(fmt::format("{} needs {}, which cannot be loaded ({}); install it: apt-get install {}",
                               purpose, file_, dlerror(), package));
}

void* SharedLibrary::address(const char* name) const {
  void* found = dlsym(handle_, name);
  if (found == nullptr) throw UsageError(fmt::format("{} has no {}: a newer version is needed", file_, name));
  return found;
}

}  // namespace aiops::net
