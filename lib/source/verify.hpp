// Counting records again, and comparing with the manifest that their collector left.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace aiops::source {

// What a manifest says of the records.
struct ManifestClaim {
  struct Part {
    std::string name, environment;
    std::uint64_t records = 0, missing_values = 0;
    Nanos first = kNoTime, last = kNoTime;
  };
  std::string source;
  std::vector<Part> parts;
  bool by_metric = false;  // a record's metric tells its part; else records are compared by environment
  bool complete = true;    // as the manifest says of itself
  bool resumed = false;    // the output held records of earlier runs
  Nanos start = kNoTime;   // of what was asked for
};

// The text of a manifest of any source. Throws InputError with the path.
ManifestClaim read_manifest(std::string_view text, const std::string& path);

class Recount {
 public:
  explicit Recount(ManifestClaim claim);

  void add(std::string_view metric, std::string_view environment, Nanos time, bool missing_value);

  // What differs, a line each: "cpu at eu: 12 records, and the manifest says 13".
  std::vector<std::string> differences() const;
  std::uint64_t records() const { return records_; }
  std::uint64_t earlier() const { return earlier_; }  // records of earlier runs, as far as their time tells

 private:
  struct Count {
    std::uint64_t records = 0, missing_values = 0;
    Nanos first = kNoTime, last = kNoTime;
  };
  using Name = std::pair<std::string, std::string>;  // metric ("" unless parts go by it), environment
  Name name_of(std::string_view metric, std::string_view environment) const;
  static void enter(Count& count, Nanos first, Nanos last, std::uint64_t records, std::uint64_t missing);

  ManifestClaim claim_;
  std::map<Name, Count> claimed_, found_;
  std::uint64_t records_ = 0, earlier_ = 0;
};

}  // namespace aiops::source
