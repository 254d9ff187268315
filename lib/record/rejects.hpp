// Lines that could not be read: counted, the first ten shown, kept on request. Never dropped in silence.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace aiops::record {

class Rejects {
 public:
  static constexpr int kShown = 10;

  // keep: file for the rejected lines as they came ("" for none), written atomically by finish(). Throws
  // OutputError.
  explicit Rejects(Diagnostics& diagnostics, const std::filesystem::path& keep = {});
  ~Rejects();

  // line 0: not known.
  void reject(std::string_view file, std::uint64_t line, std::string_view bytes, std::string_view what);
  std::uint64_t count() const { return count_; }

  // Says how many there were, if any; commits the file; returns Status::input if any, else done.
  Status finish();

 private:
  Diagnostics& diagnostics_;
  std::unique_ptr<AtomicFile> keep_;
  std::uint64_t count_ = 0;
};

}  // namespace aiops::record
