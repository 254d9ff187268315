// One receiver and the thread that talks to it: one that hangs keeps nobody else waiting.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "deliver/receiver.hpp"

namespace aiops::deliver {

// All but the receiver's send() happens on the owner's thread.
class Courier {
 public:
  explicit Courier(Receiver& receiver) : receiver_(receiver) {}
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;
  // Waits for what is being sent.
  ~Courier();

  // Hands over a message; only while it is not busy.
  void start(Message message);
  bool busy() const { return busy_; }
  // What became of the message, once. Waits at most so long for it.
  std::optional<Outcome> finish(Nanos patience);

 private:
  void work();

  Receiver& receiver_;
  bool busy_ = false;  // the owner's
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Message> errand_;
  std::optional<Outcome> outcome_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace aiops::deliver
