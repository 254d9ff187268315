// A table of the configuration file, [receiver.NAME] or [[route]], read key by key; what nobody asked for is
// a slip, and said so.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "cli/table.hpp"
#include "net/credentials.hpp"

namespace aiops::tools {

// All throw UsageError "file:line: key: what".
class TableReader {
 public:
  // kind: "receiver"; for messages. The table must outlive it.
  TableReader(const cli::Table& table, std::string kind) : table_(table), kind_(std::move(kind)) {}

  bool has(const std::string& key) const { return find(key) != nullptr; }
  std::string text(const std::string& key, std::string fallback = "");
  std::string required(const std::string& key, const std::string& example);
  std::vector<std::string> list(const std::string& key);
  std::vector<std::pair<std::string, std::string>> members(const std::string& key);
  bool flag(const std::string& key, bool fallback);
  std::int64_t integer(const std::string& key, std::int64_t fallback, std::int64_t least, std::int64_t most);
  Nanos duration(const std::string& key, Nanos fallback);
  // KEY-file or KEY-env. That it can be read is looked at now. KEY itself is refused: a secret does not stand
  // in the configuration.
  net::Secret secret(const std::string& key, bool required = false);

  // The last: every key was asked for.
  void finish() const;
  // Throws: what is wrong with this key, or with the table where it has no such key.
  [[noreturn]] void fail(const std::string& key, const std::string& what) const;

 private:
  const cli::Table::Value* find(const std::string& key) const;
  const cli::Table::Value* take(const std::string& key);

  const cli::Table& table_;
  std::string kind_;
  std::set<std::string> known_;
};

}  // namespace aiops::tools
