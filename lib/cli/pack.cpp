#include "cli/pack.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/pack_table.hpp"

namespace aiops::cli {

Pack parse_pack(const std::string& name, std::string_view text, const std::string& path) {
  try {
    const toml::table root = toml::parse(text, path);
    return pack_of(name, root, path);
  } catch (const toml::parse_error& error) {
    throw UsageError(fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
}

Pack pack_of(const std::string& name, const toml::table& table, const std::string& path) {
  Pack pack;
  pack.name = name;
  const auto where = [&path](const toml::node& node) {
    return fmt::format("{}:{}", path, node.source().begin.line);
  };
  for (const auto& [key, node] : table) {
    if (key.str() == "description" && node.is_string()) {
      pack.description = node.as_string()->get();
      continue;
    }
    const toml::table* queries = node.as_table();
    if (queries == nullptr) {
      throw UsageError(
          fmt::format("{}: {}: expected description = \"…\", or a table of queries such as [prometheus]",
                      where(node), printable(key.str())));
    }
    for (const auto& [query, value] : *queries) {
      const auto* text = value.as_string();
      if (text == nullptr)
        throw UsageError(
            fmt::format("{}: {}: expected a query in quotes", where(value), printable(query.str())));
      pack.queries.push_back({std::string(key.str()), std::string(query.str()), text->get(), where(value)});
    }
  }
  return pack;
}

}  // namespace aiops::cli
