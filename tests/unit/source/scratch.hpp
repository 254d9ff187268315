// A folder for one test, removed with what is in it.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

namespace aiops {

struct Scratch {
  Scratch() {
    char name[] = "/tmp/aiops-test-XXXXXX";
    folder = mkdtemp(name);
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() { std::filesystem::remove_all(folder); }
  std::string operator/(const std::string& name) const { return (folder / name).string(); }
  std::filesystem::path folder;
};

}  // namespace aiops
