// Which lines belong to the record before: stack traces, and messages with line breaks.
#pragma once

#include <cstdint>
#include <regex>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "source/line_unpacker.hpp"

namespace aiops::source {

// Lines that are one record.
struct JoinedLine {
  bool used = false;
  std::string time, stream;  // of a container's line
  std::string content;       // the first line
  std::string more;          // the further ones, with line breaks between
  std::uint64_t number = 0;  // of the first line
  std::size_t lines = 0;
  LineForm form = LineForm::plain;  // of the first line
  bool traceback = false;           // within Python's, whose last line is not indented
  Nanos since = 0;                  // when the last line came
};

// One thread.
class Multiline {
 public:
  // off: each line is a record. auto: see begins(). Else a pattern (ECMAScript) that the first lines of
  // records, and no others, have in their first kLooked bytes. Throws UsageError for what is no pattern.
  explicit Multiline(const std::string& mode);

  bool on() const { return mode_ != Mode::off; }
  // True if the line begins a record by the user's pattern; without one, by `own`, which is what the format
  // says of it: 1 it begins one, 0 it does not, -1 the format cannot tell. Then indented lines, "Caused by:"
  // and its like, and Python's tracebacks belong to the record before.
  bool begins(std::string_view line, JoinedLine& before, int own);

  static constexpr std::size_t kLooked = 256;
  static constexpr std::size_t kMostLines = 1000, kMostBytes = 1 << 20;  // of a record

 private:
  enum class Mode : std::uint8_t { off, automatic, pattern };
  Mode mode_ = Mode::automatic;
  std::regex pattern_;
};

}  // namespace aiops::source
