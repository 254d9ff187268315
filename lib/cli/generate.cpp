#include "cli/generate.hpp"

namespace aiops::cli {

std::string generate(const Command& tool, const std::string& what) {
  if (what == "bash") return bash_completion(tool);
  if (what == "zsh") return zsh_completion(tool);
  if (what == "fish") return fish_completion(tool);
  return man_page(tool);
}
std::string man_page(const Command& tool) { return tool.name(); }
std::string bash_completion(const Command& tool) { return tool.name(); }
std::string zsh_completion(const Command& tool) { return tool.name(); }
std::string fish_completion(const Command& tool) { return tool.name(); }

}  // namespace aiops::cli
