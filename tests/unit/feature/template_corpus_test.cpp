// Grouping on a corpus of our own: formats of programs of many kinds, filled with what stands in such places.
// The truth is the format that a message was made of.
#include <doctest/doctest.h>
#include <fmt/core.h>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.hpp"
#include "feature/template_miner.hpp"

using namespace aiops;
using namespace aiops::feature;

namespace {

struct Program {
  std::string name;
  std::vector<std::string> formats;
};

const std::vector<Program>& programs() {
  static const std::vector<Program> all = {
      {"web server",
       {"{ip} - - \"GET {path} HTTP/1.1\" 200 {int}", "{ip} - - \"POST {path} HTTP/1.1\" 201 {int}",
        "client {ip} sent an invalid header line, closing connection",
        "upstream timed out ({int}: Connection timed out) while reading response header, client: {ip}, "
        "server: {host}",
        "open() \"{path}\" failed ({int}: No such file or directory), client: {ip}",
        "reload of configuration done", "worker process {int} exited with code {int}",
        "using the \"epoll\" event method", "SSL handshake with {host} took {ms}",
        "cache entry {hex} expired"}},
      {"database",
       {"checkpoint starting: time",
        "checkpoint complete: wrote {int} buffers ({float}%); {int} WAL files added",
        "connection received: host={ip} port={int}", "connection authorized: user={user} database={name}",
        "duration: {float} ms  statement: {sql}", "relation \"{name}\" does not exist at character {int}",
        "automatic vacuum of table \"{name}.public.{name}\": index scans: {int}",
        "could not receive data from client: Connection reset by peer",
        "password authentication failed for user \"{user}\"", "role \"{user}\" is not permitted to log in",
        "temporary file: path \"{path}\", size {int}",
        "deadlock detected between process {int} and process {int}"}},
      {"cluster controller",
       {"Successfully assigned {name}/{name}-{hex} to node {name}", "Started container {name}",
        "Created pod {name}-{hex}",
        "Readiness probe failed: Get \"http://{ip}:{int}/healthz\": dial tcp {ip}:{int}: connect: connection "
        "refused",
        "Back-off restarting failed container {name} in pod {name}-{hex}",
        "Scaled up replica set {name} to {int}", "Pulling image \"{name}:{version}\"",
        "node {name} status is now: NodeReady", "syncing endpoints for service {name} in namespace {name}",
        "volume {uuid} attached to node {name}", "evicting pod {name} from {name} due to taint",
        "leader election lost, stopping"}},
      {"service on a JVM",
       {"Started {class} in {float} seconds (JVM running for {float})",
        "Resolved [{class}: Request method not supported]",
        "Fetching config from server at : http://{host}:{int}",
        "Moving partition {name}-{int} from broker {int} to broker {int}",
        "Group {name} transitioned to state {state}", "Member {name}-{uuid} in group {name} has left",
        "Pool {name} - Connection is not available after {ms}",
        "GC pause ({state}) {int}M->{int}M({int}M) {ms}", "Mapped \"{path}\" onto {class}",
        "Failed to load class {class}", "Failed to close class {class}", "Closing session {hex} of {user}"}},
      {"system",
       {"session opened for user {user} by (uid={int})", "session closed for user {user}",
        "Accepted publickey for {user} from {ip} port {int} ssh2: RSA SHA256:{hex}",
        "Invalid user {user} from {ip} port {int}",
        "pam_unix({name}:auth): authentication failure; logname= uid={int}",
        "usb {int}-{int}: new high-speed device number {int}", "eth{int}: link is up at {int} Mbps",
        "Out of memory: Killed process {int} ({name}) total-vm:{int}kB", "({user}) CMD ({path})",
        "DHCPACK of {ip} from {ip}", "Reached target {name}.", "Stopping unit {name}...",
        "clock synchronized to {host}"}},
      {"mail server",
       {"{hex}: from=<{mail}>, size={int}, nrcpt={int} (queue active)",
        "{hex}: to=<{mail}>, relay={host}[{ip}]:25, delay={float}, status=sent (250 OK)", "{hex}: removed",
        "connect from {host}[{ip}]", "disconnect from {host}[{ip}]", "lost connection after {verb} from {ip}",
        "warning: hostname {host} does not resolve to address {ip}",
        "imap-login: Login: user=<{mail}>, rip={ip}, TLS", "message {hex} rejected: spam score {float}"}},
      {"broker",
       {"accepting connection <{float}> ({ip}:{int} -> {ip}:{int})",
        "connection {hex} closed by client, reason: {state}", "queue {name} in vhost {name} declared",
        "mirror of queue {name} moved from {name} to {name}",
        "consumer {name} of topic {name} is slow: lag {int}", "memory high watermark set to {int} MiB",
        "Synchronising: all replicas of {name}", "rebalance of topics [{name}, {name}, {name}] took {ms}",
        "dropping message of {name}: no route to {name}"}},
      {"job in Python",
       {"processed {int} rows of {path} in {float}s", "retrying {class} in {float} seconds: {int} of {int}",
        "skipping {path}: not a regular file", "loaded model '{name}' ({version})",
        "task {name}[{uuid}] received", "task {name}[{uuid}] succeeded in {float}s: None",
        "epoch {int}/{int} loss={float} accuracy={float}", "Failed to open {path}", "Failed to parse {path}",
        "downloading https://{host}{path}", "user {user} has role {state}"}}};
  return all;
}

template <std::size_t N>
std::string pick(Random& random, const char* const (&choices)[N]) {
  return choices[random.below(N)];
}

std::string value(std::string_view kind, Random& random) {
  static constexpr const char* kNames[] = {"cart",    "search",        "ledger",   "mailer-canary",
                                           "gateway", "catalog_v",     "backup",   "frontend",
                                           "orders",  "redis-primary", "payments", "audit"};
  static constexpr const char* kUsers[] = {"alice", "bob",   "carol", "dave",    "erin",
                                           "frank", "grace", "root",  "www-data"};
  static constexpr const char* kStates[] = {"Stable", "Empty", "Dead", "young"};
  static constexpr const char* kVerbs[] = {"EHLO", "AUTH", "DATA"};
  static constexpr const char* kEnds[] = {"log", "json", "csv", "html"};
  const auto whole = [&](std::uint32_t below) { return fmt::format("{}", random.below(below)); };
  if (kind == "int") return whole(random.below(2) == 0 ? 10 : 100'000);
  if (kind == "float") return fmt::format("{:.3f}", random.uniform() * 100);
  if (kind == "ms") return whole(5000) + "ms";
  if (kind == "ip")
    return fmt::format("10.{}.{}.{}", random.below(256), random.below(256), random.below(256));
  if (kind == "hex") return fmt::format("{:08x}", random.below(0xFFFFFFFF));
  if (kind == "uuid")
    return fmt::format("{:08x}-98a1-4b3a-8d15-{:08x}beef", random.below(0xFFFFFFFF),
                       random.below(0xFFFFFFFF));
  if (kind == "version") return fmt::format("v{}.{}", random.below(9), random.below(30));
  if (kind == "user") return pick(random, kUsers);
  if (kind == "state") return pick(random, kStates);
  if (kind == "verb") return pick(random, kVerbs);
  if (kind == "name") return pick(random, kNames);
  if (kind == "host") return pick(random, kNames) + ".example.com";
  if (kind == "mail") return pick(random, kUsers) + "@example.com";
  if (kind == "class") return "org.example." + pick(random, kNames) + ".Main";
  if (kind == "path") return "/srv/" + pick(random, kNames) + "/" + whole(99) + "." + pick(random, kEnds);
  if (kind == "sql") return "SELECT id FROM orders WHERE id = " + whole(9999);
  FAIL("no such kind: ", kind);
  return "";
}

std::string filled(std::string_view format, Random& random) {
  std::string message;
  for (std::size_t at = 0; at < format.size(); ++at) {
    if (format[at] != '{') {
      message.push_back(format[at]);
      continue;
    }
    const std::size_t end = format.find('}', at);
    message += value(format.substr(at + 1, end - at - 1), random);
    at = end;
  }
  return message;
}

// The share of messages whose group is exactly that of their format; tells what is wrong.
double grouping(const Program& program, std::uint64_t seed, std::string& told) {
  Random random(seed);
  TemplateMiner miner;
  TemplateScan scan;
  std::vector<std::uint32_t> truth;
  std::vector<TemplateMiner::Id> found;
  const auto formats = static_cast<std::uint32_t>(program.formats.size());
  for (int i = 0; i < 800; ++i) {
    truth.push_back(std::min(random.below(formats), random.below(formats)));  // some often, some seldom
    const std::string message = filled(program.formats[truth.back()], random);
    scan_template(message, scan);
    found.push_back(miner.learn(message, scan));
  }
  miner.settle();
  std::map<std::uint32_t, std::set<TemplateMiner::Id>> groups;
  std::map<TemplateMiner::Id, std::set<std::uint32_t>> formats_of;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    found[i] = miner.template_of(found[i]);
    groups[truth[i]].insert(found[i]);
    formats_of[found[i]].insert(truth[i]);
  }
  double right = 0;
  for (std::size_t i = 0; i < truth.size(); ++i)
    right += groups[truth[i]].size() == 1 && formats_of[found[i]].size() == 1;
  for (const auto& [format, in] : groups) {
    if (in.size() > 1) told += fmt::format("{} groups of: {}\n", in.size(), program.formats[format]);
  }
  for (const auto& [id, of] : formats_of) {
    if (of.size() > 1) told += fmt::format("{} formats in: {}\n", of.size(), miner.at(id).text);
  }
  return right / static_cast<double>(truth.size());
}

}  // namespace

TEST_CASE("messages of programs of many kinds are grouped as their formats are") {
  double sum = 0;
  int count = 0;
  std::string told;
  for (const Program& program : programs()) {
    for (const std::uint64_t seed : {1, 2, 3}) {
      const double figure = grouping(program, seed, told);
      told += fmt::format("{} {:.3f}\n", program.name, figure);
      sum += figure;
      ++count;
    }
  }
  INFO(told);
  CHECK(sum / count > 0.98);
}
