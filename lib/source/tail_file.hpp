// A file that Tail reads; of tail.cpp and tail_files.cpp alone.
#pragma once

#include "source/tail.hpp"
#include "source/unpacker.hpp"

namespace aiops::source {

struct Tail::File {
  std::string path, name, state;
  Fd owned;
  int fd = -1;
  std::uint64_t device = 0, inode = 0;
  std::uint64_t offset = 0;  // behind the last line given; in the content, if the file is compressed
  std::unique_ptr<Unpacker> unpacker;
  std::uint64_t pass_over = 0;  // of the content: it was read by an earlier run
  std::uint64_t line = 0;       // lines given
  std::uint64_t head = 0;       // TailPosition::head, once the file is closed
  std::string carry_in;         // read of a pipe, and not unpacked yet
  std::string carry;            // read, but its line has not ended yet
  Nanos quiet_since = 0;
  bool numbered = true;   // lines are counted from the file's beginning
  bool stream = false;    // a pipe: what is read is gone
  bool skipping = false;  // until the next newline: the rest of a line that is not given
  bool ended = false;     // nothing more will come
  bool retired = false;   // renamed away
  bool from_end = false;  // begin at its present end
  bool dropped = false;   // given up: not to be taken up again when a pattern matches it
  bool closed = false;
  bool compressed = false;
  bool appeared = false;  // while the others were followed
  bool present = false;   // seen when patterns were matched last
  bool waiting_said = false;

  bool live() const { return !closed && !retired && !ended; }
};

// Checksum of the first bytes of an open file, at most limit of them.
std::uint64_t checksum_of_head(int fd, std::uint64_t limit);

}  // namespace aiops::source
