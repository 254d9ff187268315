#include "base/stop.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/file.hpp"

namespace aiops {
namespace {

static_assert(std::atomic<bool>::is_always_lock_free, "the signal handler sets this flag");
std::atomic<bool> requested{false};

// Readable while a stop is requested, so that poll wakes whoever waits. It stays readable: any number of
// threads may wait.
int wake_descriptor() {
  static const Fd descriptor(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  return descriptor.get();
}

// Set before the handlers are installed: a handler may not run the static's initialisation.
volatile int handler_descriptor = -1;

void raise_flag(int descriptor) {
  requested.store(true);
  const std::uint64_t one = 1;
  // Fails only when the counter is full, and then it is readable already.
  [[maybe_unused]] const ssize_t written = ::write(descriptor, &one, sizeof one);
}

extern "C" void on_stop_signal(int) {
  const int saved = errno;
  raise_flag(handler_descriptor);
  errno = saved;
}

Nanos monotonic_now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

// Polls until something is ready or the deadline (kNoTime: none) has passed; false when it has.
bool poll_until(pollfd* descriptors, nfds_t size, Nanos deadline) {
  for (;;) {
    timespec left{};
    if (deadline != kNoTime) {
      const Nanos nanos = std::max<Nanos>(0, deadline - monotonic_now());
      left = {nanos / kSecond, nanos % kSecond};
    }
    const int ready = ::ppoll(descriptors, size, deadline == kNoTime ? nullptr : &left, nullptr);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR && errno != EAGAIN) return true;  // the read that follows reports what is wrong
    if (stop_requested()) return true;
  }
}

Nanos deadline_after(Nanos duration) { return add_held(monotonic_now(), duration); }

}  // namespace

void install_stop_handlers() {
  handler_descriptor = wake_descriptor();
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
  struct sigaction stop {};
  stop.sa_handler = on_stop_signal;
  // Without SA_RESTART a blocking call returns; with SA_RESETHAND the second signal ends a tool that hangs.
  stop.sa_flags = static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGINT, SIGTERM}) {
    struct sigaction before {};
    ::sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) ::sigaction(signal, &stop, nullptr);  // nohup and "&" mean it
  }
}

bool stop_requested() { return requested.load(std::memory_order_relaxed); }

bool sleep_unless_stopped(Nanos duration) {
  if (stop_requested()) return false;
  pollfd wake{wake_descriptor(), POLLIN, 0};
  poll_until(&wake, 1, deadline_after(std::max<Nanos>(0, duration)));
  return !stop_requested();
}

bool wait_readable(int fd, Nanos timeout) {
  pollfd descriptors[2] = {{wake_descriptor(), POLLIN, 0}, {fd, POLLIN, 0}};
  const bool ready = poll_until(descriptors, 2, timeout < 0 ? kNoTime : deadline_after(timeout));
  return ready && !stop_requested();
}

void request_stop(bool stop) {
  if (stop) {
    raise_flag(wake_descriptor());
    return;
  }
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(wake_descriptor(), &count, sizeof count);
  requested.store(false);
}

}  // namespace aiops
