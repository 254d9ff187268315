// With pack.cpp, the only user of toml++.
#include "cli/config.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <cstdlib>

#include "base/file.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "cli/pack_table.hpp"

namespace aiops::cli {
namespace {

// Tables of the file. A table of another tool is that tool's business; a name that is none is a slip.
const std::vector<std::string>& tables() {
  static const std::vector<std::string> names = {"collect", "features",  "train", "score",    "inject",
                                                 "report",  "threshold", "pack",  "receiver", "route"};
  return names;
}

class Configuration {
 public:
  Configuration(std::string path, const Parsed& parsed, std::vector<const Option*>& set,
                Diagnostics& diagnostics)
      : path_(std::move(path)), parsed_(parsed), set_(set), diagnostics_(diagnostics) {}

  void apply_all() {
    const std::string text = read_or_complain();
    toml::table root;
    try {
      root = toml::parse(text, path_);
    } catch (const toml::parse_error& error) {
      throw UsageError(fmt::format("{}:{}: {}", path_, error.source().begin.line, error.description()));
    }
    // From the particular to the general; what is set is not set again.
    const Command& tool = *parsed_.path.front();
    const std::string name = short_name(tool.name());
    check_tables(root, name);
    if (const toml::table* own = root[name].as_table()) {
      if (parsed_.path.size() > 1) {
        if (const toml::table* sub = (*own)[parsed_.command().name()].as_table()) {
          options(*sub, fmt::format("{}.{}", name, parsed_.command().name()), true);
        }
      }
      options(*own, name, true);
    }
    options(root, "", false);
    if (parsed_.command().thresholds_target() != nullptr) thresholds(root);
    if (parsed_.command().packs_target() != nullptr) packs(root);
    for (const auto& [wanted, target] : parsed_.command().table_targets())
      further_tables(root, wanted, *target);
  }

 private:
  static std::string short_name(const std::string& tool) {
    return tool.starts_with("aiops-") ? tool.substr(6) : tool;
  }

  std::string read_or_complain() const {
    try {
      return read_file(path_);
    } catch (const Error& error) {
      throw UsageError(fmt::format("configuration: {}", error.what()));
    }
  }

  std::string where(const toml::node& node) const {
    return fmt::format("{}:{}", path_, node.source().begin.line);
  }

  void check_tables(const toml::table& root, const std::string& own) const {
    for (const auto& [key, node] : root) {
      const std::string name(key.str());
      const bool known = name == own || std::find(tables().begin(), tables().end(), name) != tables().end();
      // An inline table may be the value of an option of any tool (query = {cpu = "..."}).
      if (known || !node.is_table() || node.as_table()->is_inline()) continue;
      const std::string near = nearest(name, tables());
      throw UsageError(fmt::format("{}: [{}]: no such table; {}", where(node), printable(name),
                                   near.empty() ? "expected the name of a tool: " + join(tables(), ", ")
                                                : fmt::format("did you mean [{}]?", near)));
    }
  }

  const Option* find(const std::string& key) const {
    for (const Option* option : options_of(parsed_)) {
      if (!option->positional && option->display_name() == "--" + key) return option;
    }
    return nullptr;
  }

  // Options that any command of this tool has: what stands in the tool's table may be for another subcommand.
  bool another_has(const std::string& key) const {
    const auto has = [&](const Command& command) {
      return std::any_of(command.options().begin(), command.options().end(), [&](const auto& option) {
        return !option->positional && option->display_name() == "--" + key;
      });
    };
    const Command& tool = *parsed_.path.front();
    return has(tool) || std::any_of(tool.subcommands().begin(), tool.subcommands().end(),
                                    [&](const auto& subcommand) { return has(*subcommand); });
  }

  std::vector<std::string> known_keys() const {
    std::vector<std::string> keys;
    for (const Option* option : options_of(parsed_)) {
      if (option->positional || option->command_line_only) continue;
      keys.push_back(option->display_name().substr(2));
    }
    return keys;
  }

  bool is_subcommand(const std::string& key) const {
    const auto& all = parsed_.path.front()->subcommands();
    return std::any_of(all.begin(), all.end(), [&](const auto& one) { return one->name() == key; });
  }

  void options(const toml::table& table, const std::string& name, bool strict) {
    for (const auto& [toml_key, node] : table) {
      const std::string key(toml_key.str());
      const bool reserved = name.empty() ? std::find(tables().begin(), tables().end(), key) != tables().end()
                                         : node.is_table() && is_subcommand(key);
      if (reserved) continue;
      const Option* option = find(key);
      if (option == nullptr) {
        if (!another_has(key)) unknown(key, node, name, strict);
        continue;
      }
      if (option->command_line_only) {
        throw UsageError(fmt::format("{}: {}: only for the command line", where(node), key));
      }
      if (std::find(set_.begin(), set_.end(), option) != set_.end()) continue;
      const std::string at = fmt::format("{}: {}", where(node), key);
      const std::vector<std::string> texts = texts_of(*option, node, at);
      for (const std::string& text : texts) apply(*option, at, text);
      set_.push_back(option);
    }
  }

  void unknown(const std::string& key, const toml::node& node, const std::string& table, bool strict) {
    const std::string near = nearest(key, known_keys());
    const std::string hint = near.empty() ? "" : fmt::format("; did you mean {}?", near);
    const std::string tool = parsed_.path.front()->name();
    if (strict) {
      throw UsageError(fmt::format("{}: {}: no such option of {} in [{}]{}", where(node), printable(key),
                                   tool, table, hint));
    }
    // Outside of tables a key may be another tool's; a near miss is told aloud.
    const std::string text =
        fmt::format("{}: {}: not an option of {}; passed over{}", where(node), printable(key), tool, hint);
    near.empty() ? diagnostics_.debug(text) : diagnostics_.warn(text);
  }

  std::vector<std::string> texts_of(const Option& option, const toml::node& node,
                                    const std::string& at) const {
    std::vector<std::string> texts;
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& element : *array) texts.push_back(scalar(element, at));
      if (texts.size() != 1 && !option.repeats && !option.list) {
        throw UsageError(fmt::format("{}: {} values, but it takes one", at, texts.size()));
      }
      return texts;
    }
    if (const toml::table* table = node.as_table()) {
      if (!option.repeats) throw UsageError(fmt::format("{}: a table; expected a value", at));
      for (const auto& [key, value] : *table) {
        texts.push_back(fmt::format("{}={}", key.str(), scalar(value, at)));
      }
      return texts;
    }
    return {scalar(node, at)};
  }

  static std::string scalar(const toml::node& node, const std::string& at) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* integer = node.as_integer()) return fmt::format("{}", integer->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    if (const auto* number = node.as_floating_point()) {
      std::string text;
      append_shortest(text, number->get());
      return text.empty() ? "nan" : text;
    }
    throw UsageError(fmt::format("{}: expected a text, a number, true or false{}", at,
                                 node.is_array() || node.is_table() ? "" : "; a time stands in quotes"));
  }

  void thresholds(const toml::table& root) {
    const toml::node* node = root.get("threshold");
    if (node == nullptr) return;
    const toml::array* rows = node->as_array();
    if (rows == nullptr || !rows->is_homogeneous(toml::node_type::table)) {
      throw UsageError(fmt::format("{}: threshold: expected tables [[threshold]]", where(*node)));
    }
    for (const toml::node& row : *rows) {
      parsed_.command().thresholds_target()->push_back(threshold(*row.as_table()));
    }
  }

  void packs(const toml::table& root) {
    const toml::node* node = root.get("pack");
    if (node == nullptr) return;
    const toml::table* all = node->as_table();
    if (all == nullptr) throw UsageError(fmt::format("{}: pack: expected tables [pack.NAME]", where(*node)));
    for (const auto& [name, pack] : *all) {
      const toml::table* table = pack.as_table();
      if (table == nullptr)
        throw UsageError(fmt::format("{}: pack: expected tables [pack.NAME]", where(pack)));
      parsed_.command().packs_target()->push_back(pack_of(std::string(name.str()), *table, path_));
    }
  }

  // [name.NAME] or [[name]].
  void further_tables(const toml::table& root, const std::string& name, std::vector<Table>& target) const {
    const toml::node* node = root.get(name);
    if (node == nullptr) return;
    const auto wrong = [&](const toml::node& at) {
      throw UsageError(
          fmt::format("{}: {}: expected tables, [{}.NAME] or [[{}]]", where(at), name, name, name));
    };
    if (const toml::array* rows = node->as_array()) {
      for (const toml::node& row : *rows) {
        if (!row.is_table()) wrong(row);
        target.push_back(table_of("", *row.as_table()));
      }
      return;
    }
    if (!node->is_table()) wrong(*node);
    for (const auto& [key, one] : *node->as_table()) {
      if (!one.is_table()) wrong(one);
      target.push_back(table_of(std::string(key.str()), *one.as_table()));
    }
    std::stable_sort(target.begin(), target.end(),
                     [&](const Table& a, const Table& b) { return line_of(a) < line_of(b); });
  }

  // The file's order; a TOML table has that of the alphabet.
  static std::int64_t line_of(const Table& table) {
    return std::strtoll(table.where.c_str() + table.where.rfind(':') + 1, nullptr, 10);
  }

  Table table_of(const std::string& name, const toml::table& node) const {
    Table table{name, where(node), {}};
    for (const auto& [toml_key, value] : node) {
      Table::Value one{std::string(toml_key.str()), where(value), {}, {}, value.is_array(), value.is_table()};
      const std::string at = fmt::format("{}: {}", one.where, one.key);
      if (const toml::table* members = value.as_table()) {
        for (const auto& [key, member] : *members) {
          one.members.emplace_back(std::string(key.str()), scalar(member, at));
        }
      } else if (const toml::array* items = value.as_array()) {
        for (const toml::node& item : *items) one.texts.push_back(scalar(item, at));
      } else {
        one.texts.push_back(scalar(value, at));
      }
      table.values.push_back(std::move(one));
    }
    return table;
  }

  double bound(const toml::node& node, const std::string& key) const {
    if (const auto* integer = node.as_integer()) return static_cast<double>(integer->get());
    const auto* number = node.as_floating_point();
    if (number == nullptr || !(number->get() - number->get() == 0)) {
      throw UsageError(fmt::format("{}: {}: expected a number", where(node), key));
    }
    return number->get();
  }

  ThresholdRule threshold(const toml::table& row) const {
    const std::vector<std::string> keys = {"metric", "high", "critical", "direction", "for"};
    ThresholdRule rule;
    rule.where = where(row);
    for (const auto& [toml_key, node] : row) {
      const std::string key(toml_key.str());
      if (key == "high") {
        rule.high = bound(node, key);
      } else if (key == "critical") {
        rule.critical = bound(node, key);
      } else if (key == "metric" && node.is_string()) {
        rule.metric = node.as_string()->get();
      } else if (key == "direction" && node.is_string()) {
        rule.above = direction(node.as_string()->get(), where(node));
      } else if (key == "for" && node.is_string()) {
        rule.lasting = lasting(node.as_string()->get(), where(node));
      } else if (std::find(keys.begin(), keys.end(), key) != keys.end()) {
        throw UsageError(fmt::format("{}: {}: expected a text in quotes", where(node), key));
      } else {
        const std::string near = nearest(key, keys);
        throw UsageError(fmt::format("{}: {}: no such key of a threshold; {}", where(node), printable(key),
                                     near.empty() ? "expected metric, high, critical, direction, for"
                                                  : fmt::format("did you mean {}?", near)));
      }
    }
    check(rule);
    return rule;
  }

  static bool direction(const std::string& text, const std::string& at) {
    if (text != "above" && text != "below") {
      throw UsageError(fmt::format("{}: direction: \"{}\" is neither above nor below", at, printable(text)));
    }
    return text == "above";
  }

  static Nanos lasting(const std::string& text, const std::string& at) {
    const auto duration = parse_duration(text);
    if (!duration) {
      throw UsageError(
          fmt::format("{}: for: \"{}\" is not a duration; expected e.g. \"2m\"", at, printable(text)));
    }
    return *duration;
  }

  static void check(const ThresholdRule& rule) {
    if (rule.metric.empty()) throw UsageError(fmt::format("{}: threshold: metric missing", rule.where));
    if (!rule.high && !rule.critical) {
      throw UsageError(fmt::format("{}: threshold: expected high, critical or both", rule.where));
    }
    if (!rule.high || !rule.critical) return;
    if (rule.above ? *rule.high > *rule.critical : *rule.high < *rule.critical) {
      throw UsageError(fmt::format("{}: threshold: high {} lies beyond critical {} (direction {})",
                                   rule.where, *rule.high, *rule.critical, rule.above ? "above" : "below"));
    }
  }

  std::string path_;
  const Parsed& parsed_;
  std::vector<const Option*>& set_;
  Diagnostics& diagnostics_;
};

}  // namespace

void apply_config(const std::string& path, const Parsed& parsed, std::vector<const Option*>& set,
                  Diagnostics& diagnostics) {
  Configuration(path, parsed, set, diagnostics).apply_all();
}

}  // namespace aiops::cli
