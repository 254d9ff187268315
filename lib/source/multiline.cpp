#include "source/multiline.hpp"

#include <fmt/core.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::source {

Multiline::Multiline(const std::string& mode) {
  if (mode == "off") {
    mode_ = Mode::off;
  } else if (mode != "auto") {
    mode_ = Mode::pattern;
    try {
      pattern_ = std::regex(mode, std::regex::ECMAScript | std::regex::optimize);
    } catch (const std::regex_error&) {
      throw UsageError(
          fmt::format("--multiline {}: expected auto, off, or a pattern of the first lines of records, such "
                      "as '^\\d{{4}}-'",
                      printable(mode)));
    }
  }
}

bool Multiline::begins(std::string_view line, JoinedLine& before, int own) {
  if (mode_ == Mode::off || !before.used) return true;
  if (before.lines >= kMostLines || before.content.size() + before.more.size() >= kMostBytes) return true;
  if (mode_ == Mode::pattern) {
    const std::string_view looked = line.substr(0, kLooked);
    return std::regex_search(looked.begin(), looked.end(), pattern_);
  }
  if (own == 1) return true;
  if (line.starts_with("Traceback (most recent call last):")) {
    // A logger writes it behind its message; after a line that no logger wrote, it stands for itself.
    if (own != 0 && before.form == LineForm::plain) return true;
    before.traceback = true;
    return false;
  }
  if (own == 0 || line.empty() || line.front() == ' ' || line.front() == '\t') return false;
  for (const std::string_view mark :
       {"Caused by: ", "Suppressed: ", "... ", "During handling of the above exception",
        "The above exception was the direct cause"}) {
    if (line.starts_with(mark)) return false;
  }
  return !std::exchange(before.traceback, false);
}

}  // namespace aiops::source
