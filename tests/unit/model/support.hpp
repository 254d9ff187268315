// What several tests of models need.
#pragma once

#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "model/detector.hpp"

namespace aiops::model {

// A folder of its own that goes with the test.
struct Scratch {
  std::filesystem::path path;
  Scratch() {
    static int number = 0;
    path = std::filesystem::temp_directory_path() /
           ("aiops-model-" + std::to_string(getpid()) + "-" + std::to_string(++number));
    std::filesystem::create_directories(path);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
};

// Rows of independent standard normal numbers.
inline std::vector<float> normal_rows(std::size_t rows, std::size_t width, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> data(rows * width);
  for (float& value : data) value = static_cast<float>(random.normal());
  return data;
}

inline Schema schema_of(std::vector<std::string> inputs, bool joint = false) {
  Schema schema;
  if (!joint) schema.values = {"value"};
  schema.inputs = std::move(inputs);
  schema.joint = joint;
  return schema;
}

}  // namespace aiops::model
