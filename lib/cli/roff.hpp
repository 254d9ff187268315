// Plain text with a little markup, made into roff for man pages (man(7), tbl(1)). Inside lib/cli and for the
// renderer of the manual only.
//
// The markup is a part of Markdown, so that the sources of the manual read well anywhere:
//   # name(section) - summary   the page's head, first line only
//   ## Section, ### Part
//   paragraphs, separated by blank lines; `code` is set bold
//   - lists
//   `term` on a line, then ": what it is" on the next: a definition
//   | a | b |   tables, with a line |---|---| after the head
//   lines indented by four blanks: verbatim
#pragma once

#include <string>
#include <string_view>

namespace aiops::cli {

// A line's text, escaped; "-" within code is a minus that can be copied.
std::string roff_line(std::string_view text);

// Text without markup, as it stands: for option names and commands.
std::string roff_literal(std::string_view text);

// Blocks as above.
std::string roff_blocks(std::string_view text);

// A whole page from a source that begins with its head. Throws UsageError if it does not.
std::string roff_page(std::string_view source);

// ".TH" and what comes before it.
std::string roff_head(std::string_view name, std::string_view section, std::string_view manual);

}  // namespace aiops::cli
