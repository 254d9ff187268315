// Tables of the configuration file that are no options: [receiver.NAME], [[route]]. They are given as they
// stand; whoever asked for them knows their keys.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace aiops::cli {

struct Table {
  struct Value {
    std::string key, where;          // where: "file:line", for messages
    std::vector<std::string> texts;  // one, or those of a list; numbers and true, false as text
    std::vector<std::pair<std::string, std::string>> members;  // of a table, {team = "shop"}
    bool list = false, table = false;
  };
  std::string name;   // NAME; "" for [[route]]
  std::string where;  // "file:line"
  std::vector<Value> values;
};

}  // namespace aiops::cli
