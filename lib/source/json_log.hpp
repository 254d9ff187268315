// Lines of JSON logs: any object, its leaves handed to a RecordBuilder by their path.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "source/mapping.hpp"

namespace aiops::source {

// Owns simdjson's parser; what it hands to the builder is valid until the next line. One thread.
class JsonLog {
 public:
  // Bytes that must be readable behind a line.
  static constexpr std::size_t kPadding = 64;

  // The mapping must outlive it.
  explicit JsonLog(Mapping& mapping);
  ~JsonLog();

  // Hands the fields of one line to `builder` (which was started). "" or what is wrong with the line. Arrays
  // are left out, but for OTLP's attribute lists [{"key":…,"value":{…}}]. Objects are followed kMaxDepth
  // deep.
  const std::string& read(std::string_view line, RecordBuilder& builder);

  static constexpr int kMaxDepth = 16;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::source
