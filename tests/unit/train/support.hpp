// What several tests of training need.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "record/reader.hpp"

namespace aiops::train {

// A folder of its own that goes with the test.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    static int number = 0;
    path = std::filesystem::temp_directory_path() /
           ("aiops-train-" + std::to_string(getpid()) + "-" + std::to_string(++number));
    std::filesystem::create_directories(path);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  // Writes a file and returns its path.
  std::string file(const std::string& name, std::string_view text) const {
    write_file(path / name, text);
    return (path / name).string();
  }
};

}  // namespace aiops::train
