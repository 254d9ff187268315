#include "cli/roff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <vector>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::cli {
namespace {

void escape(std::string& out, std::string_view text, bool literal) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (literal && c == '-') {
      out += "\\-";
    } else if (literal && c == '\'') {
      out += "\\(aq";
    } else if (literal && c == '`') {
      out += "\\(ga";
    } else if (literal && c == '^') {
      out += "\\(ha";
    } else if (literal && c == '~') {
      out += "\\(ti";
    } else {
      out += c;
    }
  }
}

// A dot or quote at the start of a line would be taken for a request.
std::string guarded(std::string line) {
  if (!line.empty() && (line[0] == '.' || line[0] == '\'')) line.insert(0, "\\&");
  return line;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
  return out;
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t start = 0;
  while (start <= text.size()) {
    const std::size_t end = std::min(text.find('\n', start), text.size());
    lines.emplace_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

std::vector<std::string> cells_of(std::string_view row) {
  row = trim(row);
  row.remove_prefix(1);
  if (!row.empty() && row.back() == '|') row.remove_suffix(1);
  std::vector<std::string> cells;
  std::string cell;
  for (std::size_t i = 0; i < row.size(); ++i) {
    if (row[i] == '\\' && i + 1 < row.size() && row[i + 1] == '|') {
      cell += row[++i];
    } else if (row[i] == '|') {
      cells.emplace_back(trim(cell));
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  cells.emplace_back(trim(cell));
  return cells;
}

class Blocks {
 public:
  explicit Blocks(std::string_view text) : lines_(lines_of(text)) {}

  std::string render() {
    while (at_ < lines_.size()) block();
    return std::move(out_);
  }

 private:
  const std::string& line() const { return lines_[at_]; }
  bool starts(std::string_view what) const { return at_ < lines_.size() && line().starts_with(what); }
  bool definition_follows() const { return at_ + 1 < lines_.size() && lines_[at_ + 1].starts_with(": "); }

  void block() {
    if (trim(line()).empty()) {
      ++at_;
    } else if (starts("## ")) {
      out_ += fmt::format(".SH {}\n", upper(roff_line(line().substr(3))));
      ++at_;
    } else if (starts("### ")) {
      out_ += fmt::format(".SS {}\n", roff_line(line().substr(4)));
      ++at_;
    } else if (starts("#")) {
      throw UsageError(fmt::format("expected \"## \" or \"### \" before a heading: {}", line()));
    } else if (starts("    ")) {
      verbatim();
    } else if (starts("- ")) {
      item();
    } else if (starts("|")) {
      table();
    } else if (definition_follows()) {
      definition();
    } else {
      out_ += ".PP\n";
      flow();
    }
  }

  // Lines up to one that begins something else.
  void flow() {
    while (at_ < lines_.size() && !trim(line()).empty() && !starts("- ") && !starts("|") && !starts("    ") &&
           !starts("#") && !definition_follows()) {
      out_ += guarded(roff_line(trim(line()))) + '\n';
      ++at_;
    }
  }

  void verbatim() {
    out_ += ".PP\n.RS 4\n.nf\n";
    while (starts("    ") ||
           (at_ + 1 < lines_.size() && trim(line()).empty() && lines_[at_ + 1].starts_with("    "))) {
      out_ += line().empty() ? "\n" : guarded(roff_literal(line().substr(4))) + '\n';
      ++at_;
    }
    out_ += ".fi\n.RE\n";
  }

  // A first line and the lines indented by two below it.
  void item() {
    out_ += ".IP \\(bu 2\n" + guarded(roff_line(line().substr(2))) + '\n';
    for (++at_; starts("  ") && !starts("    "); ++at_) out_ += guarded(roff_line(trim(line()))) + '\n';
  }

  void definition() {
    out_ += ".TP\n" + guarded(roff_line(line())) + '\n';
    ++at_;
    out_ += guarded(roff_line(line().substr(2))) + '\n';
    for (++at_; starts("  ") && !starts("    "); ++at_) out_ += guarded(roff_line(trim(line()))) + '\n';
  }

  // The last column is a text block that breaks; the others keep their width.
  void table() {
    const std::vector<std::string> head = cells_of(line());
    ++at_;
    if (starts("|-") || starts("| -")) ++at_;
    out_ += ".PP\n.TS\n";
    for (std::size_t i = 0; i < head.size(); ++i) out_ += i == 0 ? "lb" : " lb";
    out_ += '\n';
    for (std::size_t i = 0; i < head.size(); ++i) out_ += i == 0 ? "l" : i + 1 < head.size() ? " l" : " lx";
    out_ += ".\n";
    row(head, false);
    for (; starts("|"); ++at_) row(cells_of(line()), true);
    out_ += ".TE\n";
  }

  void row(const std::vector<std::string>& cells, bool break_last) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string text = guarded(roff_line(cells[i]));
      if (i > 0) out_ += '\t';
      out_ += break_last && i + 1 == cells.size() ? "T{\n" + text + "\nT}" : text;
    }
    out_ += '\n';
  }

  std::vector<std::string> lines_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string roff_line(std::string_view text) {
  std::string out;
  bool code = false;
  while (!text.empty()) {
    const std::size_t tick = std::min(text.find('`'), text.size());
    escape(out, text.substr(0, tick), code);
    text.remove_prefix(tick);
    if (text.empty()) break;
    code = !code;
    out += code ? "\\fB" : "\\fR";
    text.remove_prefix(1);
  }
  return out;
}

std::string roff_literal(std::string_view text) {
  std::string out;
  escape(out, text, true);
  return out;
}

std::string roff_blocks(std::string_view text) { return Blocks(text).render(); }

std::string roff_head(std::string_view name, std::string_view section, std::string_view manual) {
  return fmt::format("'\\\" t\n.TH {} {} \"\" \"aiops {}\" \"{}\"\n.nh\n.ad l\n", upper(roff_literal(name)),
                     section, AIOPS_VERSION, manual);
}

std::string roff_page(std::string_view source) {
  const std::size_t end = source.find('\n');
  const std::string_view head = source.substr(0, end);
  const std::size_t open = head.find('('), close = head.find(") - ");
  if (!head.starts_with("# ") || end == std::string_view::npos || open > close ||
      close == std::string_view::npos) {
    throw UsageError("a page begins with \"# name(section) - summary\"");
  }
  const std::string_view name = head.substr(2, open - 2), section = head.substr(open + 1, close - open - 1);
  const std::string_view manual = section == "5" ? "File formats" : "Overview";
  return roff_head(name, section, manual) +
         fmt::format(".SH NAME\n{} \\- {}\n", roff_literal(name), roff_line(head.substr(close + 4))) +
         roff_blocks(source.substr(end + 1));
}

}  // namespace aiops::cli
