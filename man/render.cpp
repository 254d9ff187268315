// Renders a source of the manual (man/src/*.md) as a man page on standard output: aiops-man FILE. Not
// installed.
#include <unistd.h>

#include "base/file.hpp"
#include "cli/command.hpp"
#include "cli/roff.hpp"

int main(int argc, char** argv) {
  using namespace aiops;
  std::string file;
  cli::Command tool("aiops-man", "Render a source of the manual as a man page.");
  tool.positional("FILE", file, "The source, in the markup that lib/cli/roff.hpp describes.", true);
  tool.run([&](Diagnostics&) {
    write_all(STDOUT_FILENO, cli::roff_page(read_file(file)), "standard output");
    return Status::done;
  });
  return cli::run_main(argc, argv, tool);
}
