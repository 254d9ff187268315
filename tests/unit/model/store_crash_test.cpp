// A writer that dies: killed before each of its system calls in turn, it leaves the old version or the new
// one.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/error.hpp"
#include "model/store.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;
namespace fs = std::filesystem;

namespace {

std::string bytes_of(const char* input) { return BundleWriter(schema_of({input})).bytes(); }

// In memory where there is such a place: a thousand syncs to a disk take long.
struct Folder {
  fs::path path;
  explicit Folder(int number)
      : path((access("/dev/shm", W_OK) == 0 ? fs::path("/dev/shm") : fs::temp_directory_path()) /
             ("aiops-crash-" + std::to_string(getpid()) + "-" + std::to_string(number))) {
    fs::create_directories(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

enum class End { killed, finished, not_traced };

// Runs `work` in a process of its own and kills it before its system call number `call` (from 0).
template <typename Work>
End kill_before(int call, const Work& work) {
  const pid_t child = fork();
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) _exit(2);
    raise(SIGSTOP);
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFSTOPPED(status)) return End::not_traced;
  ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
  // A call stops the process twice, before and after.
  for (int stops = 0;;) {
    ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    waitpid(child, &status, 0);
    if (!WIFSTOPPED(status)) return End::finished;
    if (WSTOPSIG(status) != (SIGTRAP | 0x80)) continue;
    if (stops++ == 2 * call) break;
  }
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  return End::killed;
}

}  // namespace

TEST_CASE("killed before any of its system calls, a writer leaves the old version or the new one whole") {
  const std::string first = bytes_of("old"), second = bytes_of("new");
  int calls = 0, old_ones = 0, new_ones = 0;
  for (End end = End::killed; end != End::finished; ++calls) {
    const Folder scratch(calls);
    Store store(scratch.path / "m");
    store.add(store.lock(), first, "{}");
    end = kill_before(calls, [&] {
      Store writing(scratch.path / "m");
      const Store::Lock lock = writing.lock();
      writing.add(lock, second, "{}");
    });
    if (end == End::not_traced) {
      MESSAGE("processes cannot be traced here: not tested");
      return;
    }
    const LoadedModel model = open_model(store.directory());
    model.bundle.verify();
    const std::string input = model.bundle.schema().inputs.front();
    (input == "old" ? old_ones : new_ones) += 1;
    CHECK((input == "new") == (store.current() == 2));
    // The next one is not held up by what the dead one left, and clears it away.
    const Store::Lock lock = store.lock();
    for (const fs::directory_entry& entry : fs::directory_iterator(store.directory())) {
      CHECK_FALSE(entry.path().filename().string().starts_with(".new-"));
    }
    store.add(lock, second, "{}");
    CHECK(open_model(store.directory()).bundle.schema().inputs.front() == "new");
  }
  MESSAGE(calls << " calls: " << old_ones << " times the old version, " << new_ones << " times the new one");
  CHECK(old_ones > 10);
  CHECK(new_ones > 1);
}
