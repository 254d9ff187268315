// Lines of logfmt: key=value pairs with blanks between them, values with blanks in double quotes.
// https://brandur.org/logfmt, https://pkg.go.dev/github.com/kr/logfmt, github.com/go-logfmt/logfmt
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aiops::source {

class LogfmtLine {
 public:
  using Pair = std::pair<std::string_view, std::string_view>;

  // Reads a line (without its line ending). nullptr, or what is wrong with it. A key alone has no value and
  // is passed over, but counted.
  const char* scan(std::string_view line);

  // In the order of the line, views into it or into this object; valid until the next scan.
  const std::vector<Pair>& pairs() const { return pairs_; }
  // Words that are no pairs: those of prose, or flags.
  std::size_t words() const { return words_; }

 private:
  std::vector<Pair> pairs_;
  std::deque<std::string> unescaped_;
  std::size_t used_ = 0, words_ = 0;
};

}  // namespace aiops::source
