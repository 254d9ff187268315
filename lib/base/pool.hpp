// Threads that work on the parts of a piece of work together, again and again.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace aiops {

// One thread owns it and gives it work; what work() touches must be apart for each part.
class Pool {
 public:
  // jobs: how many work, the owner's thread among them; 0: one for each processor. Threads start with the
  // first run() that needs them.
  explicit Pool(unsigned jobs);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  unsigned jobs() const { return jobs_; }

  // Runs work(0) to work(count - 1), each once, in any order and at the same time, and returns when all are
  // done. After one has thrown, none is begun any more; the exception of the lowest number is thrown on,
  // which is the one that would have come first.
  void run(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  void start();
  void serve();
  void take_part(std::unique_lock<std::mutex>& lock);

  const unsigned jobs_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable begun_, done_;
  // Of the piece of work that is being done, guarded by mutex_.
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t next_ = 0, count_ = 0, running_ = 0, failed_ = 0;
  std::exception_ptr error_;
  bool ending_ = false;
};

}  // namespace aiops
