// Being asked to stop (SIGINT, SIGTERM). The handler sets a flag and wakes whoever waits; loops look at the
// flag, write out what they have and end in order.
#pragma once

#include "base/time.hpp"

namespace aiops {

// Installs the handlers, and ignores SIGPIPE so that a closed pipe shows as EPIPE. Called once, by cli. A
// signal that was ignored before (nohup) stays ignored; a second signal of the same kind ends the process at
// once.
void install_stop_handlers();

// True once a signal has come.
bool stop_requested();

// Sleeps; true if it slept to the end, false if a stop was requested before or meanwhile.
bool sleep_unless_stopped(Nanos duration);

// Waits until fd can be read or is at its end (true), or a stop is requested (false). timeout < 0 waits for
// ever; false on timeout too.
bool wait_readable(int fd, Nanos timeout);

// As if a signal had come; for tests, and false to take it back.
void request_stop(bool stop = true);

}  // namespace aiops
