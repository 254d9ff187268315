// A program that is talked to through pipes, without ever waiting for a pipe that it does not read.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "base/file.hpp"
#include "base/time.hpp"

namespace aiops {

// Now, by a clock that nobody sets.
Nanos steady();

// Runs `command` by /bin/sh in a process group of its own, with the signals as they are by default. What it
// writes on standard error is read all the time, and the end of it kept. One thread.
class Process {
 public:
  // Throws BackendError if no process can be started; a command that is not there shows as its end, with 127.
  explicit Process(const std::string& command);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  // Terminates it, and kills it if it is still there after a second.
  ~Process();

  enum class Event {
    moved,    // something was written, read or said
    waiting,  // nothing for a tenth of a second
    ended,    // it has closed its standard output: all that it wrote has been read
  };
  // One step: writes what it takes of `out` and removes that from there, and appends what it has written to
  // `in` (at most 64 KB). Waits for a tenth of a second at most, so that the caller can look at the clock.
  Event exchange(std::string_view& out, std::string& in);

  // Closes its standard input and waits until it has ended, but no longer than this; then terminates it. What
  // it writes meanwhile goes to `in`. Returns how it ended: "" with status 0, else "ended with status 3",
  // "was ended by signal 11", "did not end and was terminated".
  std::string end(Nanos grace, std::string& in);

  // The last lines of its standard error.
  const std::string& errors() const { return errors_; }

 private:
  void read_errors();
  bool reap(Nanos patience);
  void stop();

  pid_t child_ = -1;
  Fd input_, output_, error_output_;  // of the child
  std::string errors_;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace aiops
