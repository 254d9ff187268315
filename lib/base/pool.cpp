#include "base/pool.hpp"

#include <algorithm>
#include <utility>

namespace aiops {

Pool::Pool(unsigned jobs) : jobs_(jobs != 0 ? jobs : std::max(1u, std::thread::hardware_concurrency())) {}

Pool::~Pool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  begun_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Pool::start() {
  while (threads_.size() + 1 < jobs_) threads_.emplace_back([this] { serve(); });
}

void Pool::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    begun_.wait(lock, [this] { return ending_ || next_ < count_; });
    if (ending_) return;
    take_part(lock);
  }
}

// Works on parts until none is left to begin. A part is taken under the lock: there are some dozens of them.
void Pool::take_part(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const std::size_t part = next_++;
    ++running_;
    const auto& work = *work_;
    lock.unlock();
    std::exception_ptr error;
    try {
      work(part);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    --running_;
    if (error && (!error_ || part < failed_)) {
      error_ = error;
      failed_ = part;
    }
    if (error) next_ = count_;
  }
  if (running_ == 0) done_.notify_one();
}

void Pool::run(std::size_t count, const std::function<void(std::size_t)>& work) {
  if (jobs_ == 1 || count < 2) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  start();
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  count_ = count;
  error_ = nullptr;
  begun_.notify_all();
  take_part(lock);
  done_.wait(lock, [this] { return running_ == 0; });
  count_ = next_ = 0;
  if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
}

}  // namespace aiops
