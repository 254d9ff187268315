// Where the message of a raw log line begins: behind time, host, program, level, thread and logger.
#pragma once

#include <cstddef>
#include <string_view>

namespace aiops::feature {

// What a line is known to be.
enum class LineKind {
  raw,      // a line of a log: it has a header, more likely than not
  message,  // the message of a record, whose header was taken off, more likely than not
};

// The place of the first byte that is not of the header; 0 where none is recognised. The header is told by
// its parts (a date or a time, a level, a thread in brackets, "program[pid]:", "org.example.Class:"), in
// whatever order, so that no format has to be known. Of a message only a header with a date or a time of day
// is taken off.
std::size_t message_begin(std::string_view line, LineKind kind);

}  // namespace aiops::feature
