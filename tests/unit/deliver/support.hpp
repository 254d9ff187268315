// What the tests of delivery share: incidents, a receiver that keeps what it was told, and a clock to turn.
#pragma once

#include <fmt/core.h>
#include <stdlib.h>

#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "deliver/incident.hpp"
#include "deliver/receiver.hpp"

namespace aiops::deliver {

inline std::shared_ptr<Incident> read_incident(const std::string& json) {
  IncidentReader reader;
  auto incident = std::make_shared<Incident>();
  if (reader.read(json, *incident) != LineKind::incident) return nullptr;
  return incident;
}

// more: further members, each with a comma in front.
inline std::shared_ptr<Incident> incident(const std::string& id, int revision,
                                          const std::string& state = "open", const std::string& more = "") {
  return read_incident(fmt::format(
      R"({{"timestamp":"2026-01-31T12:0{}:00Z","id":"{}","state":"{}","revision":{},"title":"t {}",)"
      R"("members":[]{}}})",
      revision % 10, id, state, revision, id, more));
}

inline Message message_for(IncidentPtr one, What what = What::opened, std::string handle = "") {
  Message message;
  message.what = what;
  message.key = fmt::format("{}.{}", one->id, one->revision);
  message.conversation = one->id;
  message.incidents = message.news = {std::move(one)};
  message.handle = std::move(handle);
  message.now = *parse_time("2026-01-31T13:00:00Z");
  return message;
}

// Gives the outcomes in order, then "sent".
class FakeReceiver : public Receiver {
 public:
  struct Told {
    std::mutex mutex;
    std::vector<Message> messages;
    std::deque<Outcome> outcomes;
    std::vector<std::string> lines() const {
      std::vector<std::string> lines;
      for (const Message& message : messages) {
        lines.push_back(std::string(name_of(message.what)) + " " + message.key);
      }
      return lines;
    }
  };

  explicit FakeReceiver(std::shared_ptr<Told> told, Manners manners = {})
      : told_(std::move(told)), manners_(manners) {}

  Outcome send(const Message& message) override {
    const std::lock_guard lock(told_->mutex);
    told_->messages.push_back(message);
    if (told_->outcomes.empty()) return {Outcome::sent, "", -1, "\"h\"", false};
    Outcome outcome = told_->outcomes.front();
    told_->outcomes.pop_front();
    return outcome;
  }
  std::vector<Call> compose(const Message&) const override { return {}; }
  Manners manners() const override { return manners_; }

 private:
  std::shared_ptr<Told> told_;
  Manners manners_;
};

struct Scratch {
  Scratch() {
    char name[] = "/tmp/aiops-deliver-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  std::string file(const std::string& name) const { return (path / name).string(); }
  std::filesystem::path path;
};

}  // namespace aiops::deliver
