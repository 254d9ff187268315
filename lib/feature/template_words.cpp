#include "feature/template_words.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "feature/template_hash.hpp"

namespace aiops::feature {
namespace {

// Each list is sorted by bytes.
constexpr std::array<std::string_view, 11> kLiterals = {"FALSE", "False", "NULL", "NaN",  "None", "TRUE",
                                                        "True",  "false", "nil",  "null", "true"};
constexpr std::array<std::string_view, 57> kUnits = {
    "B",      "GB",      "GHz",    "GiB",          "Gb",           "Hz",          "K",    "KB",
    "KHz",    "KiB",     "Kb",     "MB",           "MHz",          "MiB",         "Mb",   "TB",
    "TiB",    "b",       "bit",    "bits",         "byte",         "bytes",       "d",    "day",
    "days",   "h",       "hour",   "hours",        "hr",           "hrs",         "kB",   "kHz",
    "kb",     "kiB",     "m",      "microseconds", "milliseconds", "millis",      "min",  "mins",
    "minute", "minutes", "ms",     "msec",         "msecs",        "nanoseconds", "ns",   "percent",
    "s",      "sec",     "second", "seconds",      "secs",         "us",          "usec", "week",
    "weeks"};
constexpr std::array<std::string_view, 20> kZones = {"AM",  "BST", "CDT", "CEST", "CET", "CST", "EDT",
                                                     "EST", "GMT", "IST", "JST",  "MDT", "MST", "PDT",
                                                     "PM",  "PST", "UTC", "Z",    "am",  "pm"};
constexpr std::array<std::string_view, 38> kDates = {
    "Apr",     "April",    "Aug",      "August",  "Dec",    "December",  "Feb",      "February",
    "Fri",     "Friday",   "Jan",      "January", "Jul",    "July",      "Jun",      "June",
    "Mar",     "March",    "May",      "Mon",     "Monday", "Nov",       "November", "Oct",
    "October", "Sat",      "Saturday", "Sep",     "Sept",   "September", "Sun",      "Sunday",
    "Thu",     "Thursday", "Tue",      "Tuesday", "Wed",    "Wednesday"};
constexpr std::array<std::string_view, 117> kBeforeNames = {
    "account",   "action",    "address",    "backend",  "branch",      "broker",   "bucket",   "called",
    "channel",   "class",     "client",     "cluster",  "collection",  "column",   "command",  "component",
    "consumer",  "container", "controller", "database", "destination", "device",   "domain",   "driver",
    "endpoint",  "engine",    "entry",      "event",    "exchange",    "field",    "file",     "filter",
    "frame",     "function",  "group",      "handler",  "host",        "hostname", "id",       "image",
    "index",     "instance",  "interface",  "job",      "key",         "kind",     "label",    "level",
    "listener",  "login",     "member",     "method",   "metric",      "mode",     "module",   "name",
    "named",     "namespace", "node",       "object",   "operation",   "option",   "owner",    "package",
    "parameter", "parent",    "partition",  "path",     "peer",        "phase",    "plugin",   "pod",
    "policy",    "pool",      "process",    "producer", "profile",     "program",  "protocol", "provider",
    "queue",     "region",    "resource",   "role",     "route",       "rule",     "schema",   "scope",
    "section",   "server",    "service",    "session",  "shard",       "source",   "stage",    "state",
    "status",    "step",      "stream",     "subject",  "symbol",      "table",    "target",   "task",
    "template",  "tenant",    "thread",     "topic",    "type",        "upstream", "user",     "username",
    "variable",  "version",   "volume",     "worker",   "zone"};
constexpr std::array<std::string_view, 36> kProperties = {
    "action",    "algorithm", "category", "charset", "cipher", "code",     "codec", "compression",
    "condition", "direction", "encoding", "family",  "flag",   "format",   "kind",  "language",
    "level",     "locale",    "method",   "mode",    "option", "options",  "phase", "policy",
    "priority",  "protocol",  "reason",   "result",  "role",   "severity", "stage", "state",
    "status",    "type",      "value",    "version"};
constexpr std::array<std::string_view, 21> kPrepositions = {
    "against", "as",      "at", "between", "by",      "for",   "from",  "in",  "into", "of",    "on",
    "onto",    "through", "to", "toward",  "towards", "under", "using", "via", "with", "within"};
// Behind these, "to" is followed by a verb.
constexpr std::array<std::string_view, 48> kBeforeVerbs = {
    "able",     "about",      "allowed",   "attempt", "attempted",  "attempting", "attempts", "cannot",
    "continue", "continuing", "expected",  "fail",    "failed",     "failing",    "fails",    "failure",
    "going",    "had",        "has",       "have",    "impossible", "likely",     "need",     "needed",
    "needs",    "permission", "permitted", "ready",   "refuse",     "refused",    "refusing", "required",
    "started",  "starting",   "supposed",  "time",    "tried",      "tries",      "try",      "trying",
    "unable",   "unlikely",   "used",      "wait",    "waiting",    "want",       "wanted",   "wants"};
constexpr std::array<std::string_view, 48> kSaid = {
    "add",     "are",     "be",    "begin",   "close", "data",  "delete", "down",  "end",  "error",
    "fail",    "failure", "first", "get",     "high",  "in",    "input",  "is",    "last", "left",
    "low",     "new",     "no",    "none",    "not",   "off",   "ok",     "old",   "on",   "open",
    "out",     "output",  "read",  "receive", "right", "send",  "set",    "start", "stop", "success",
    "unknown", "up",      "warn",  "warning", "was",   "write", "yes",    "zero"};

constexpr std::array<std::string_view, 52> kDomains = {
    "app", "arpa",  "au",          "biz",       "br",   "ca",  "ch",       "cloud",    "cn", "com", "corp",
    "cz",  "de",    "dev",         "dk",        "edu",  "es",  "eu",       "fi",       "fr", "gov", "gr",
    "hk",  "hu",    "ie",          "il",        "info", "int", "internal", "intranet", "io", "jp",  "kr",
    "lan", "local", "localdomain", "localhost", "mil",  "mx",  "net",      "nl",       "nz", "org", "pl",
    "ru",  "se",    "svc",         "tw",        "ua",   "uk",  "us",       "za"};

template <std::size_t N>
bool among(const std::array<std::string_view, N>& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

// A hash table that is looked into for every word: most are not there, which the first look shows.
class Kinds {
 public:
  Kinds() {
    for (const auto word : kLiterals) put(word, WordKind::kLiteral);
    for (const auto word : kUnits) put(word, WordKind::kUnit);
    for (const auto word : kZones) put(word, WordKind::kZone);
    for (const auto word : kDates) put(word, WordKind::kDate);
  }
  std::uint8_t of(std::uint64_t hash) const {
    for (std::size_t i = hash >> 54;; i = (i + 1) % kSize) {
      if (hashes_[i] == hash) return kinds_[i];
      if (hashes_[i] == 0) return 0;
    }
  }

 private:
  static constexpr std::size_t kSize = 1024;
  void put(std::string_view word, std::uint8_t kind) {
    const std::uint64_t hash = hash_word(word.data(), word.size());
    std::size_t i = hash >> 54;
    while (hashes_[i] != 0 && hashes_[i] != hash) i = (i + 1) % kSize;
    hashes_[i] = hash;
    kinds_[i] |= kind;
  }
  std::array<std::uint64_t, kSize> hashes_{};
  std::array<std::uint8_t, kSize> kinds_{};
};

const Kinds kKinds;

std::string lowered(std::string_view word) {
  std::string text(word);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

}  // namespace

bool is_date_name(std::string_view word) { return word.size() >= 3 && among(kDates, word); }

std::uint8_t kind_of(std::uint64_t hash) { return kKinds.of(hash); }

bool is_package(std::string_view text) {
  const std::size_t first = text.find('.');
  if (first == std::string_view::npos || text.find('.', first + 1) == std::string_view::npos) return false;
  const std::string_view top = text.substr(0, first);
  if (top != "com" && top != "org" && top != "net" && top != "io" && top != "edu") return false;
  return !text.ends_with("Exception") && !text.ends_with("Error");
}

bool is_domain(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  const auto labels = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
  };
  return among(kDomains, text.substr(dot + 1)) && std::all_of(text.begin(), text.end(), labels);
}

bool is_before_name(std::string_view word) { return word.size() <= 11 && among(kBeforeNames, lowered(word)); }

bool is_property(std::string_view word) { return word.size() <= 11 && among(kProperties, lowered(word)); }

bool is_before_verb(std::string_view word) { return word.size() <= 10 && among(kBeforeVerbs, lowered(word)); }

bool is_preposition(std::string_view word) { return word.size() <= 7 && among(kPrepositions, lowered(word)); }

bool is_said(std::string_view word) {
  const std::string text = lowered(word);
  if (among(kSaid, text)) return true;
  if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= 'a' && c <= 'z'; })) return false;
  for (const std::string_view end : {"ed", "ing", "able", "ful", "tion", "sion", "ly", "less", "ment"}) {
    if (text.size() >= end.size() + 2 && text.ends_with(end)) return true;
  }
  return false;
}

}  // namespace aiops::feature
