// aiops-TOOL(1) from the tool's declarations.
#include <fmt/format.h>

#include <cctype>

#include "base/text.hpp"
#include "cli/generate.hpp"
#include "cli/help.hpp"
#include "cli/roff.hpp"

namespace aiops::cli {
namespace {

// "\fB\-o\fR, \fB\-\-output\fR \fIFILE\fR"
std::string heading(const Option& option) {
  std::string out;
  for (const std::string& name : split(option.names, ',')) {
    out += fmt::format("{}\\fB{}\\fR", out.empty() ? "" : ", ", roff_literal(name));
  }
  if (!option.value.empty()) out += fmt::format(" \\fI{}\\fR", roff_literal(option.value));
  return out;
}

void entry(std::string& out, const Option& option) {
  out +=
      ".TP\n" + (option.positional ? fmt::format("\\fI{}\\fR", roff_literal(option.names)) : heading(option));
  out += "\n" + roff_line(option_help(option)) + "\n";
}

// Options in parts; the common ones only where `common` is set, for they are the same for every subcommand.
void options(std::string& out, const Command& command, bool common) {
  for (const auto& option : command.options()) {
    if (option->positional && !option->hidden) entry(out, *option);
  }
  for (const OptionGroup& group : option_groups(command)) {
    if (group.heading == kCommonOptions && !common) continue;
    if (group.heading != kOptions) out += fmt::format(".SS {}\n", roff_literal(group.heading));
    for (const Option* option : group.options) entry(out, *option);
  }
}

void synopsis_line(std::string& out, const std::string& line, const std::string& tool) {
  // The names of the tool and the subcommand stand bold, what is to be filled in as it is.
  const std::size_t end = std::min(line.find(" ["), line.find(" SUBCOMMAND"));
  out += fmt::format("\\fB{}\\fR{}\n.br\n", roff_literal(line.substr(0, std::max(end, tool.size()))),
                     roff_literal(line.substr(std::max(end, tool.size()))));
}

// As NAME wants it: "Score records." becomes "score records".
std::string phrase(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  if (text.ends_with('.')) text.pop_back();
  return text;
}

void examples(std::string& out, const Command& command) {
  for (const Example& example : command.examples()) {
    out += fmt::format(".PP\n{}\n.PP\n.RS 4\n.nf\n", roff_line(example.what));
    for (const std::string& line : command_lines(example.command, 68)) out += roff_literal(line) + "\n";
    out += ".fi\n.RE\n";
  }
}

void description(std::string& out, const Command& command) {
  for (const std::string& text : command.paragraphs()) out += roff_blocks(text);
}

void subcommands(std::string& out, const Command& tool) {
  if (tool.subcommands().empty()) return;
  out += ".SH SUBCOMMANDS\n";
  for (const auto& subcommand : tool.subcommands()) {
    out += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff_literal(subcommand->name()),
                       roff_line(subcommand->summary()));
  }
  for (const auto& subcommand : tool.subcommands()) {
    out += fmt::format(".SH {} {}\n", roff_literal(tool.name()), roff_literal(subcommand->name()));
    out += roff_line(subcommand->summary()) + "\n";
    description(out, *subcommand);
    options(out, *subcommand, false);
    for (const auto& [title, text] : subcommand->sections()) {
      out += fmt::format(".SS {}\n", roff_line(title)) + roff_blocks(text);
    }
  }
}

constexpr std::string_view kExitStatus =
    "`0`\n: done; also when the reader of standard output went away\n"
    "`1`\n: a gate that was asked for tripped\n"
    "`2`\n: wrong usage or configuration\n"
    "`3`\n: input that could not be read, or a damaged model; what could be read was worked on\n"
    "`4`\n: a backend could not be reached, refused, or gave less than was asked for\n"
    "`5`\n: an output could not be written\n"
    "`130`\n: interrupted\n";

constexpr std::string_view kEnvironment =
    "`AIOPS_CONFIG`\n: configuration file, where `--config` is not given; see aiops(7)\n"
    "`NO_COLOR`\n: when set and not empty, nothing is coloured\n";

}  // namespace

std::string man_page(const Command& tool) {
  std::string out = roff_head(tool.name(), "1", "User commands");
  out += fmt::format(".SH NAME\n{} \\- {}\n.SH SYNOPSIS\n", roff_literal(tool.name()),
                     roff_line(phrase(tool.summary())));
  if (tool.body() || tool.subcommands().empty()) synopsis_line(out, synopsis({&tool}), tool.name());
  for (const auto& subcommand : tool.subcommands()) {
    synopsis_line(out, synopsis({&tool, subcommand.get()}), tool.name());
  }
  out += ".SH DESCRIPTION\n";
  if (tool.paragraphs().empty()) out += roff_line(tool.summary()) + "\n";
  description(out, tool);
  subcommands(out, tool);
  out += ".SH OPTIONS\n";
  options(out, tool, true);
  for (const auto& [title, text] : tool.sections()) {
    out += fmt::format(".SH {}\n", roff_line(title)) + roff_blocks(text);
  }
  out += ".SH EXIT STATUS\n" + roff_blocks(kExitStatus);
  out += ".SH ENVIRONMENT\n" + roff_blocks(kEnvironment);
  out += ".SH EXAMPLES\n";
  examples(out, tool);
  for (const auto& subcommand : tool.subcommands()) examples(out, *subcommand);
  if (out.ends_with(".SH EXAMPLES\n")) out.resize(out.size() - std::string_view(".SH EXAMPLES\n").size());
  out += ".SH SEE ALSO\n";
  std::string others;
  for (const std::string_view name : {"collect", "features", "inject", "report", "score", "train"}) {
    if (tool.name() == fmt::format("aiops-{}", name)) continue;
    others += fmt::format("\\fBaiops\\-{}\\fR(1), ", name);
  }
  return out + others + "\\fBaiops\\-detectors\\fR(7), \\fBaiops\\-formats\\fR(5), \\fBaiops\\fR(7)\n";
}

}  // namespace aiops::cli
