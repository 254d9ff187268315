#include "deliver/courier.hpp"

#include <chrono>
#include <exception>
#include <utility>

namespace aiops::deliver {

Courier::~Courier() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Courier::start(Message message) {
  busy_ = true;
  {
    const std::lock_guard lock(mutex_);
    errand_ = std::move(message);
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { work(); });
  changed_.notify_all();
}

std::optional<Outcome> Courier::finish(Nanos patience) {
  if (!busy_) return std::nullopt;
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::nanoseconds(patience), [this] { return outcome_.has_value(); });
  if (!outcome_) return std::nullopt;
  busy_ = false;
  return std::exchange(outcome_, std::nullopt);
}

void Courier::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || errand_.has_value(); });
    if (!errand_) return;
    const Message message = *std::exchange(errand_, std::nullopt);
    lock.unlock();
    Outcome outcome;
    try {
      outcome = receiver_.send(message);
    } catch (const std::exception& error) {
      // A secret that cannot be read for now, or no memory: the message is not lost for that.
      outcome.result = Outcome::later;
      outcome.why = error.what();
      outcome.unreachable = true;
    }
    lock.lock();
    outcome_ = std::move(outcome);
    changed_.notify_all();
  }
}

}  // namespace aiops::deliver
