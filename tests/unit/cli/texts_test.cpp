// Help, man page and completions, all from the same declarations.
#include <doctest/doctest.h>

#include <cstdlib>

#include "cli/generate.hpp"
#include "cli/help.hpp"
#include "cli/roff.hpp"
#include "fixture.hpp"

using aiops::cli::test::Tool;

namespace {

std::size_t widest(const std::string& text) {
  std::size_t most = 0, at = 0;
  for (std::size_t end; (end = text.find('\n', at)) != std::string::npos; at = end + 1)
    most = std::max(most, end - at);
  return most;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("help: usage, options with defaults, examples last") {
  const Tool tool(true);
  const std::string text = aiops::cli::help_text({&tool.command}, 80);
  CHECK(text.starts_with(
      "Usage: aiops-score [OPTION]... [FILE]...\n       aiops-score SUBCOMMAND [OPTION]...\n\n"
      "Score records.\n\nReads samples and appends scores.\n"));
  CHECK(has(text, "\n      --window DURATION   Window of the statistics. (default: 5m)\n"));
  CHECK(has(text, "\n  -f, --follow            Go on.\n"));
  CHECK(has(text, "\n  list                    List what is there\n") == false);
  CHECK(has(text, "\n  list                    list what is there\n"));
  CHECK(has(text, "The key. May be repeated, or a list with commas.\n"));
  CHECK(text.ends_with("\nExamples:\n  Score a day.\n    aiops-score < day.ndjson\n"));
  CHECK(widest(text) <= 80);
  CHECK(has(aiops::cli::help_text({&tool.command, tool.command.subcommands()[0].get()}, 80),
            "The model. Required."));
}

TEST_CASE("help breaks long text at the width, and a long name gets a line of its own") {
  aiops::cli::Command command("aiops-x", "x");
  bool flag = false;
  command.flag("--a-rather-long-name-of-an-option", flag,
               "one two three four five six seven eight nine ten eleven");
  const std::string text = aiops::cli::help_text({&command}, 50);
  CHECK(has(text,
            "      --a-rather-long-name-of-an-option\n"
            "                          one two three four five\n"
            "                          six seven eight nine ten\n"
            "                          eleven\n"));
}

TEST_CASE("a long command is broken where a shell goes on, never within quotes") {
  using Lines = std::vector<std::string>;
  CHECK(aiops::cli::command_lines("short one", 20) == Lines{"short one"});
  CHECK(aiops::cli::command_lines("aiops-x --query 'a b c d e f g' --since 7d | aiops-y", 20) ==
        Lines{"aiops-x --query \\", "    'a b c d e f g' \\", "    --since 7d | \\", "    aiops-y"});
}

TEST_CASE("the width: COLUMNS where there is no terminal, within 50 to 100") {
  setenv("COLUMNS", "72", 1);
  if (isatty(STDOUT_FILENO) == 0) {
    CHECK(aiops::cli::help_width() == 72);
    setenv("COLUMNS", "9", 1);
    CHECK(aiops::cli::help_width() == 50);
    setenv("COLUMNS", "x", 1);
    CHECK(aiops::cli::help_width() == 80);
  }
  unsetenv("COLUMNS");
}

TEST_CASE("roff: what would be taken for a request or an escape is guarded") {
  CHECK(aiops::cli::roff_line("a\\b - c") == "a\\eb - c");
  CHECK(aiops::cli::roff_line("say `--x y` now") == "say \\fB\\-\\-x y\\fR now");
  CHECK(aiops::cli::roff_literal("--a 'b' ~^`") == "\\-\\-a \\(aqb\\(aq \\(ti\\(ha\\(ga");
  CHECK(aiops::cli::roff_blocks(".dot\n'quote") == ".PP\n\\&.dot\n\\&'quote\n");
}

TEST_CASE("roff: blocks") {
  CHECK(aiops::cli::roff_blocks("## Some title\none\ntwo\n\nthree") ==
        ".SH SOME TITLE\n.PP\none\ntwo\n.PP\nthree\n");
  CHECK(aiops::cli::roff_blocks("- a\n  b\n- c") == ".IP \\(bu 2\na\nb\n.IP \\(bu 2\nc\n");
  CHECK(aiops::cli::roff_blocks("`x`\n: what it is\n  and more\n") ==
        ".TP\n\\fBx\\fR\nwhat it is\nand more\n");
  CHECK(aiops::cli::roff_blocks("text\n\n    .a  b\n\n    c\n\nd") ==
        ".PP\ntext\n.PP\n.RS 4\n.nf\n\\&.a  b\n\nc\n.fi\n.RE\n.PP\nd\n");
  CHECK(aiops::cli::roff_blocks("| a | b |\n|---|---|\n| 1 | x \\| y |") ==
        ".PP\n.TS\nlb lb\nl lx.\na\tb\n1\tT{\nx | y\nT}\n.TE\n");
  CHECK_THROWS_AS(aiops::cli::roff_page("no head"), aiops::UsageError);
  CHECK_THROWS_AS(aiops::cli::roff_page("# a-b(5) - what\n#### deep\n"), aiops::UsageError);
  CHECK(has(aiops::cli::roff_page("# a-b(5) - what\ntext\n"), ".SH NAME\na\\-b \\- what\n.PP\ntext\n"));
}

TEST_CASE("man page: the parts, and every option once for its command") {
  const Tool tool(true);
  const std::string page = aiops::cli::man_page(tool.command);
  std::size_t at = 0;
  for (const char* part :
       {".TH AIOPS\\-SCORE 1 ", ".SH NAME\naiops\\-score \\- score records\n", ".SH SYNOPSIS\n",
        ".SH DESCRIPTION\n", ".SH SUBCOMMANDS\n", ".SH aiops\\-score list\n", ".SH OPTIONS\n",
        ".SH EXIT STATUS\n", ".SH EXAMPLES\n", ".SH SEE ALSO\n"}) {
    const std::size_t found = page.find(part, at);
    CHECK_MESSAGE(found != std::string::npos, part);
    at = found == std::string::npos ? at : found;
  }
  CHECK(has(page, "\\fB\\-f\\fR, \\fB\\-\\-follow\\fR\nGo on.\n"));
  CHECK(has(page, "\\fB\\-\\-unit\\fR \\fIauto|ms|ns\\fR\nThe unit. (default: auto)\n"));
  CHECK_FALSE(has(page, "\\fBaiops\\-score\\fR(1)"));  // not its own neighbour
}

TEST_CASE("completions know options, choices, files and folders; hidden options stay hidden") {
  aiops::cli::test::Tool tool(true);
  tool.command.option("--out", "FILE", tool.models, "It's a [file]: x.");
  bool secret = false;
  tool.command.flag("--secret", secret, "Hidden.").hidden = true;
  const std::string bash = aiops::cli::bash_completion(tool.command);
  CHECK(has(bash, "',--unit') mapfile -t COMPREPLY < <(compgen -W 'auto ms ns' -- \"$word\"); return ;;"));
  CHECK(has(bash, "',--out') mapfile -t COMPREPLY < <(compgen -f -- \"$word\"); return ;;"));
  CHECK(has(bash, "'list,--models') mapfile -t COMPREPLY < <(compgen -d -- \"$word\"); return ;;"));
  CHECK(has(bash, "'list') options='--models --all'; files=no ;;"));
  const std::string zsh = aiops::cli::zsh_completion(tool.command);
  CHECK(zsh.starts_with("#compdef aiops-score\n"));
  CHECK(has(zsh, "'(-f --follow)-f[Go on]'"));
  CHECK(has(zsh, "'(--unit)--unit=[The unit]:value:(auto ms ns)'"));
  CHECK(has(zsh, "'(--out)--out=[It'\\''s a \\[file\\]\\: x]:FILE:_files'"));
  const std::string fish = aiops::cli::fish_completion(tool.command);
  CHECK(has(fish,
            "complete -c aiops-score -n 'not __fish_seen_subcommand_from list' -s f -l follow -d 'Go on'\n"));
  CHECK(has(fish, "complete -c aiops-score -n '__fish_seen_subcommand_from list' -l all -d 'All of them'\n"));
  for (const std::string& script : {bash, zsh, fish}) CHECK_FALSE(has(script, "secret"));
}
