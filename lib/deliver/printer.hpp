// In place of a receiver: what it would have sent, a JSON record {"receiver","what","to","body"} a request.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "base/json_out.hpp"
#include "deliver/receiver.hpp"
#include "record/writer.hpp"

namespace aiops::deliver {

class Printer : public Receiver {
 public:
  // sink must outlive it; receivers share it.
  Printer(std::unique_ptr<Receiver> receiver, std::string name, record::Sink& sink)
      : receiver_(std::move(receiver)), name_(std::move(name)), sink_(sink) {}

  Outcome send(const Message& message) override {
    static std::mutex one_at_a_time;  // each receiver has a thread of its own
    const std::lock_guard lock(one_at_a_time);
    for (const Call& call : receiver_->compose(message)) {
      JsonOut json;
      json.open('{').text("receiver", name_).text("what", name_of(message.what)).text("key", message.key);
      json.text("to", call.to).text("body", call.body).close('}');
      sink_.write(json.str() + "\n");
    }
    sink_.flush();
    return {Outcome::sent, "", -1, "\"printed\"", false};  // the next is not the first
  }
  std::vector<Call> compose(const Message& message) const override { return receiver_->compose(message); }
  Manners manners() const override { return receiver_->manners(); }

 private:
  std::unique_ptr<Receiver> receiver_;
  std::string name_;
  record::Sink& sink_;
};

}  // namespace aiops::deliver
