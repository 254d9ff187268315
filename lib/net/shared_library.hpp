// Libraries that are loaded when they are needed first: a tool that talks to no server does not pay for
// loading them, and the many that they need in turn, at each start. Inside lib/net only.
#pragma once

#include <string>

namespace aiops::net {

// Never closed: its threads may outlive whoever used it last. Any thread.
class SharedLibrary {
 public:
  // file: "libcurl.so.4"; package: Debian's, for the message. Throws UsageError when it cannot be loaded.
  SharedLibrary(std::string file, const char* purpose, const char* package);

  // Sets the pointer to the function of this name. Throws UsageError when the library has none.
  template <typename Function>
  void find(Function*& function, const char* name) const {
    function = reinterpret_cast<Function*>(address(name));
  }

 private:
  void* address(const char* name) const;

  std::string file_;
  void* handle_;
};

}  // namespace aiops::net
