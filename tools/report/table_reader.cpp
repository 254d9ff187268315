#include "table_reader.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops::tools {

const cli::Table::Value* TableReader::find(const std::string& key) const {
  const auto found = std::find_if(table_.values.begin(), table_.values.end(),
                                  [&](const cli::Table::Value& one) { return one.key == key; });
  return found == table_.values.end() ? nullptr : &*found;
}

const cli::Table::Value* TableReader::take(const std::string& key) {
  known_.insert(key);
  return find(key);
}

void TableReader::fail(const std::string& key, const std::string& what) const {
  const cli::Table::Value* value = find(key);
  const std::string name = table_.name.empty() ? "" : " " + printable(table_.name);
  if (value == nullptr)
    throw UsageError(fmt::format("{}: {}{}: {}: {}", table_.where, kind_, name, key, what));
  throw UsageError(fmt::format("{}: {}: {}", value->where, key, what));
}

std::string TableReader::text(const std::string& key, std::string fallback) {
  const cli::Table::Value* value = take(key);
  if (value == nullptr) return fallback;
  if (value->list || value->table) fail(key, "expected one value");
  return value->texts.front();
}

std::string TableReader::required(const std::string& key, const std::string& example) {
  std::string found = text(key);
  if (found.empty()) fail(key, fmt::format("missing; expected e.g. {} = \"{}\"", key, example));
  return found;
}

std::vector<std::string> TableReader::list(const std::string& key) {
  const cli::Table::Value* value = take(key);
  if (value == nullptr) return {};
  if (value->table) fail(key, "expected a value or a list of values");
  return value->texts;
}

std::vector<std::pair<std::string, std::string>> TableReader::members(const std::string& key) {
  const cli::Table::Value* value = take(key);
  if (value == nullptr) return {};
  if (!value->table) fail(key, fmt::format("expected a table, e.g. {} = {{team = \"shop\"}}", key));
  return value->members;
}

bool TableReader::flag(const std::string& key, bool fallback) {
  const std::string value = text(key, fallback ? "true" : "false");
  if (value != "true" && value != "false") fail(key, "expected true or false");
  return value == "true";
}

std::int64_t TableReader::integer(const std::string& key, std::int64_t fallback, std::int64_t least,
                                  std::int64_t most) {
  const auto value = parse_int(text(key, std::to_string(fallback)));
  if (!value || *value < least || *value > most) {
    fail(key, fmt::format("expected a whole number from {} to {}", least, most));
  }
  return *value;
}

Nanos TableReader::duration(const std::string& key, Nanos fallback) {
  if (!has(key)) {
    known_.insert(key);
    return fallback;
  }
  const std::string value = text(key);
  const auto duration = parse_duration(value);
  if (!duration) fail(key, fmt::format("\"{}\" is not a duration; expected e.g. \"90s\"", printable(value)));
  return *duration;
}

net::Secret TableReader::secret(const std::string& key, bool required) {
  known_.insert(key);
  if (has(key)) {
    fail(key, fmt::format("a secret does not stand in the configuration; expected {}-file = \"FILE\", which "
                          "holds it, or {}-env = \"NAME\", a variable of the environment",
                          key, key));
  }
  net::Secret secret{text(key + "-file"), text(key + "-env")};
  if (!secret.file.empty() && !secret.variable.empty()) {
    fail(key + "-env", fmt::format("there is {}-file already; expected one of the two", key));
  }
  if (secret.empty()) {
    if (required) fail(key + "-file", fmt::format("missing; expected {}-file or {}-env", key, key));
    return secret;
  }
  try {
    [[maybe_unused]] const std::string read = secret.read();
  } catch (const UsageError& error) {
    fail(secret.file.empty() ? key + "-env" : key + "-file", error.what());
  }
  return secret;
}

void TableReader::finish() const {
  const std::vector<std::string> known(known_.begin(), known_.end());
  for (const cli::Table::Value& value : table_.values) {
    if (known_.contains(value.key)) continue;
    const std::string near = nearest(value.key, known);
    fail(value.key, fmt::format("no such key of a {}; {}", kind_,
                                near.empty() ? "expected one of " + join(known, ", ")
                                             : fmt::format("did you mean {}?", near)));
  }
}

}  // namespace aiops::tools
