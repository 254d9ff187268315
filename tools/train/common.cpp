#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "base/number.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "record/writer.hpp"

namespace aiops::tools {

void print(const std::string& text) {
  record::Sink sink;
  sink.write(text);
  sink.close();
}

train::Promote promotion(const std::string& name) {
  if (name == "always") return train::Promote::always;
  return name == "never" ? train::Promote::never : train::Promote::if_better;
}

int parse_version(const std::string& text) {
  const auto number =
      parse_int(text.starts_with('v') ? std::string_view(text).substr(1) : std::string_view(text));
  if (!number || *number < 1 || *number > 99'999'999) {
    throw UsageError(fmt::format("\"{}\" is not a version; expected e.g. v0003", printable(text)));
  }
  return static_cast<int>(*number);
}

std::vector<model::Store> stores(const std::string& parent) {
  namespace fs = std::filesystem;
  const model::Store itself(parent);
  if (!itself.versions().empty()) return {itself};
  std::vector<model::Store> found;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(parent, error)) {
    const model::Store store(entry.path());
    std::error_code ignored;
    if (entry.is_directory(ignored) && !store.versions().empty()) found.push_back(store);
  }
  if (error) throw InputError(fmt::format("{}: cannot be read: {}", parent, error.message()));
  std::sort(found.begin(), found.end(),
            [](const model::Store& a, const model::Store& b) { return a.directory() < b.directory(); });
  return found;
}

}  // namespace aiops::tools
