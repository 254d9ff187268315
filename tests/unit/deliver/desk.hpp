// A notifier with receivers that keep what they are told, for the tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "deliver/notifier.hpp"
#include "support.hpp"

namespace aiops::deliver {

using Lines = std::vector<std::string>;

// Receivers "a" and, if there are two, "b", by routes, with a journal and a clock.
struct Desk {
  explicit Desk(std::vector<Route> routes_ = {}, std::size_t receivers = 1, Manners manners_ = {})
      : routes(std::move(routes_)), manners(manners_) {
    for (std::size_t i = 0; i < receivers; ++i) told.push_back(std::make_shared<FakeReceiver::Told>());
    begin();
  }

  // As after a kill: only the journal is left. Twice, for the first puts it in short, and the second knows
  // what is left then.
  void begin() {
    start();
    start();
  }
  void start() {
    notifier.reset();
    ledger = std::make_unique<Ledger>(scratch.file("journal"), diagnostics);
    std::vector<Destination> destinations;
    for (std::size_t i = 0; i < told.size(); ++i) {
      destinations.push_back(
          {std::string(1, static_cast<char>('a' + i)), std::make_unique<FakeReceiver>(told[i], manners)});
    }
    notifier = std::make_unique<Notifier>(std::move(destinations), routes, *ledger, diagnostics, options,
                                          [this] { return time++; });  // as a clock does
    notifier->restore();
  }

  void take(std::shared_ptr<Incident> one) { notifier->accept(std::move(one)); }
  // All that is due now.
  void work() {
    for (int i = 0; i < 20; ++i) {
      notifier->work();
      notifier->settle();
    }
  }
  void later(Nanos duration) {
    time += duration;
    work();
  }
  Lines lines(std::size_t receiver = 0) const { return told[receiver]->lines(); }

  Scratch scratch;
  KeptDiagnostics diagnostics;
  NotifierOptions options{.shorten_beyond = 1};
  std::vector<Route> routes;
  Manners manners;
  std::vector<std::shared_ptr<FakeReceiver::Told>> told;
  Nanos time = *parse_time("2026-01-31T12:00:00Z");
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<Notifier> notifier;
};

inline Route to(std::vector<std::size_t> receivers) {
  Route route;
  route.receivers = std::move(receivers);
  return route;
}

inline Outcome later_outcome(bool unreachable = true, Nanos retry_after = -1) {
  return {Outcome::later, "busy", retry_after, "", unreachable};
}

}  // namespace aiops::deliver
