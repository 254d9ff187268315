// A command of the user's that is given the incident: a ticket, a restart, whatever is known to help.
//
// The command comes from the configuration alone and has to be allowed there a second time (allow-command);
// of the incident nothing gets into its command line or its environment: the record is on its standard input,
// as one line of JSON. It has a time limit, and there is a
// limit of runs an hour. What was begun is in the journal before it begins, so nothing runs twice. Unless
// dry-run is set to false, it is only told what would run.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "deliver/receiver.hpp"

namespace aiops::deliver {

struct ExecOptions {
  std::string command;  // for /bin/sh
  Nanos time_limit = 30 * kSecond;
  int most_an_hour = 6;
  bool dry_run = true;
  std::vector<What> on = {What::opened};  // what it is run for
};

class ExecHook : public Receiver {
 public:
  explicit ExecHook(ExecOptions options) : options_(std::move(options)) {}
  Outcome send(const Message& message) override;
  std::vector<Call> compose(const Message& message) const override;
  Manners manners() const override;

 private:
  ExecOptions options_;
  std::deque<Nanos> runs_;  // of the last hour
};

}  // namespace aiops::deliver
