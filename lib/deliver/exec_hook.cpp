#include "deliver/exec_hook.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/process.hpp"
#include "base/text.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kMostOutput = 1 << 20;  // bytes of its standard output that are looked at

// The last line of what it said.
std::string last_line(const std::string& said) {
  std::string last;
  for (const std::string& line : split(said, '\n')) {
    if (!trim(line).empty()) last = printable(trim(line), 200);
  }
  return last;
}

// Runs it to its end, or to the limit's. Returns how it ended, "" with status 0.
std::string run(const std::string& command, std::string_view input, Nanos limit, std::string& said) {
  Process process(command);
  std::string out;
  const Nanos deadline = steady() + limit;
  while (steady() < deadline) {
    const Process::Event event = process.exchange(input, out);
    if (event == Process::Event::ended) break;
    if (out.size() > kMostOutput) out.erase(0, out.size() - kMostOutput / 2);
    if (input.empty()) break;
  }
  const std::string how = process.end(std::max<Nanos>(0, deadline - steady()), out);
  said = last_line(process.errors());
  if (said.empty()) said = last_line(out);
  return how;
}

}  // namespace

Manners ExecHook::manners() const {
  Manners manners;
  manners.grouped = manners.updates = manners.repeats = false;
  manners.once = true;
  return manners;
}

std::vector<Call> ExecHook::compose(const Message& message) const {
  const bool wanted = std::find(options_.on.begin(), options_.on.end(), message.what) != options_.on.end();
  if (!wanted) return {};
  return {{options_.command, message.incidents.front()->json + "\n"}};
}

Outcome ExecHook::send(const Message& message) {
  const std::vector<Call> calls = compose(message);
  if (calls.empty()) return {};
  if (options_.dry_run) return {Outcome::sent, "dry run: " + printable(options_.command, 300), -1, "", false};
  const Nanos now = steady();
  while (!runs_.empty() && runs_.front() <= now - kHour) runs_.pop_front();
  if (runs_.size() >= static_cast<std::size_t>(options_.most_an_hour)) {
    return {Outcome::refused,
            fmt::format("it ran {} within an hour, which is the limit (most-an-hour)",
                        count(runs_.size(), "time")),
            -1, "", false};
  }
  runs_.push_back(now);
  std::string how, said;
  try {
    how = run(options_.command, calls.front().body, options_.time_limit, said);
  } catch (const BackendError& error) {
    how = error.what();
  }
  // It is not tried again: nobody knows how far it came.
  Outcome outcome;
  outcome.result = how.empty() ? Outcome::sent : Outcome::refused;
  outcome.why = how.empty() ? said : fmt::format("\"{}\" {}", printable(options_.command, 200), how);
  if (!how.empty() && !said.empty()) outcome.why += "; it said: " + said;
  return outcome;
}

}  // namespace aiops::deliver
