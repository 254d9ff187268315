#include "base/process.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/error.hpp"

extern char** environ;

namespace aiops {
namespace {

constexpr int kSlice = 100;  // ms that a step waits at most
constexpr std::size_t kMostErrors = 2048;
constexpr Nanos kUntilKilled = kSecond;

struct Pipe {
  Fd read, write;

  // The end that stays here does not block.
  explicit Pipe(bool write_here) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      throw BackendError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
    read = Fd(ends[0]);
    write = Fd(ends[1]);
    const int here = write_here ? ends[1] : ends[0];
    ::fcntl(here, F_SETFL, ::fcntl(here, F_GETFL) | O_NONBLOCK);
  }
};

// While it lives, a write to a pipe that nobody reads gives EPIPE and no signal, whatever the program does
// with it.
class NoPipeSignal {
 public:
  NoPipeSignal() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  NoPipeSignal(const NoPipeSignal&) = delete;
  NoPipeSignal& operator=(const NoPipeSignal&) = delete;
  ~NoPipeSignal() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      const timespec none{};
      while (::sigtimedwait(&pipe_, nullptr, &none) < 0 && errno == EINTR) {
      }
    }
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t pipe_{}, before_{};
};

// Appends what there is. False at the end.
bool read_some(int fd, std::string& in) {
  std::array<char, 1 << 16> bytes;
  const ssize_t got = ::read(fd, bytes.data(), bytes.size());
  if (got > 0) in.append(bytes.data(), static_cast<std::size_t>(got));
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

}  // namespace

Nanos steady() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * kSecond + time.tv_nsec;
}

Process::Process(const std::string& command) {
  Pipe in(true), out(false), err(false);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, in.read.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&files, out.write.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&files, err.write.get(), STDERR_FILENO);
  posix_spawnattr_t how;
  posix_spawnattr_init(&how);
  // A group of its own, so that Ctrl-C reaches this program alone, which then ends the other in order.
  posix_spawnattr_setflags(&how, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  sigset_t usual, none;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP}) sigaddset(&usual, signal);
  posix_spawnattr_setsigdefault(&how, &usual);
  posix_spawnattr_setsigmask(&how, &none);
  std::string text = command;
  std::string shell = "sh", option = "-c";
  char* arguments[] = {shell.data(), option.data(), text.data(), nullptr};
  const int failed = ::posix_spawn(&child_, "/bin/sh", &files, &how, arguments, environ);
  posix_spawnattr_destroy(&how);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw BackendError(fmt::format("cannot start a process: {}", std::strerror(failed)));
  input_ = std::move(in.write);
  output_ = std::move(out.read);
  error_output_ = std::move(err.read);
}

Process::~Process() { stop(); }

Process::Event Process::exchange(std::string_view& out, std::string& in) {
  if (!output_) return Event::ended;
  // A descriptor below 0 is passed over.
  pollfd ready[3] = {{input_ && !out.empty() ? input_.get() : -1, POLLOUT, 0},
                     {output_.get(), POLLIN, 0},
                     {error_output_ ? error_output_.get() : -1, POLLIN, 0}};
  if (::poll(ready, 3, kSlice) <= 0) return Event::waiting;
  if (ready[2].revents != 0) read_errors();
  if (ready[1].revents != 0 && !read_some(output_.get(), in)) {
    output_.reset();
    return Event::ended;
  }
  if (ready[0].revents != 0) {
    const NoPipeSignal guard;
    const ssize_t written = ::write(input_.get(), out.data(), out.size());
    if (written > 0) out.remove_prefix(static_cast<std::size_t>(written));
    // It reads no more. What it still has to say shows whether it has to.
    if (written < 0 && errno != EAGAIN && errno != EINTR) input_.reset();
  }
  return Event::moved;
}

void Process::read_errors() {
  if (!read_some(error_output_.get(), errors_)) error_output_.reset();
  if (errors_.size() > kMostErrors) errors_.erase(0, errors_.size() - kMostErrors);
}

// Waits for its end; false if it is still there after so long.
bool Process::reap(Nanos patience) {
  const Nanos deadline = steady() + patience;
  while (!ended_) {
    const pid_t got = ::waitpid(child_, &status_, WNOHANG);
    if (got == child_ || (got < 0 && errno != EINTR)) ended_ = true;
    if (ended_ || steady() >= deadline) break;
    const timespec nap{0, 2'000'000};
    ::nanosleep(&nap, nullptr);
  }
  return ended_;
}

std::string Process::end(Nanos grace, std::string& in) {
  input_.reset();
  const Nanos deadline = steady() + grace;
  std::string_view nothing;
  while (output_ && steady() < deadline) exchange(nothing, in);
  const bool willing = reap(std::max<Nanos>(0, deadline - steady()));
  while (error_output_) {  // what it said last
    pollfd ready{error_output_.get(), POLLIN, 0};
    if (::poll(&ready, 1, 0) <= 0) break;
    read_errors();
  }
  stop();
  if (!willing) return "did not end and was terminated";
  if (WIFSIGNALED(status_)) return fmt::format("was ended by signal {}", WTERMSIG(status_));
  return WEXITSTATUS(status_) == 0 ? "" : fmt::format("ended with status {}", WEXITSTATUS(status_));
}

// Its group, for a shell may have started others.
void Process::stop() {
  if (child_ < 0) return;
  input_.reset();
  output_.reset();
  error_output_.reset();
  ::kill(-child_, SIGTERM);
  if (!reap(kUntilKilled)) {
    ::kill(-child_, SIGKILL);
    reap(kUntilKilled);
  }
  child_ = -1;
}

}  // namespace aiops
