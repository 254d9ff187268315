// Scores as tests make them: files in a folder of their own, read as the tools read them.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "report/scores.hpp"

namespace aiops::report::testing {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "aiops-report-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name, std::string_view text) const {
    const std::string path = (path_ / name).string();
    write_file(path, text);
    return path;
  }
  std::string name(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline SeriesName series_name(const std::string& text) { return {record::SeriesKey::parse(text), text}; }

inline record::ReaderOptions reading(const std::string& file) {
  record::ReaderOptions options;
  options.files = {file};
  return options;
}

// Minutes since the epoch as an instant.
inline constexpr Nanos minute(double at) { return static_cast<Nanos>(at * static_cast<double>(kMinute)); }

}  // namespace aiops::report::testing
