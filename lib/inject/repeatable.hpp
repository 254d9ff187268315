// Input that is read twice: how many rows there are must be known before anomalies can be dealt out over
// them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.hpp"

namespace aiops::inject {

// Makes a list of inputs readable from the start more than once. Regular files, standard input from one
// included, are read where they are; what comes through a pipe is copied to a file without a name in $TMPDIR
// (else /tmp) first, so it takes disk and not memory, and is gone with the process.
//
// Standard input is replaced (descriptor 0 then is the copy), so one at a time. Not for threads.
class RepeatableInput {
 public:
  // files: as ReaderOptions::files. limit: bytes that one pipe may have. Throws InputError (cannot be opened
  // or read, longer than the limit), OutputError (no room for the copy). Ends early when a stop was
  // requested.
  RepeatableInput(std::vector<std::string> files, std::uint64_t limit);

  // To be given to a Reader, after rewind() each time.
  const std::vector<std::string>& files() const { return files_; }
  void rewind();

 private:
  std::vector<std::string> files_;
  std::vector<Fd> copies_;  // of named pipes; read under /proc/self/fd
  bool standard_input_ = false;
  std::int64_t start_ = 0;  // where standard input stood
};

}  // namespace aiops::inject
