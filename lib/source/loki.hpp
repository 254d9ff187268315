// Log lines from Loki: pages forward in time, none lost or doubled at their edges, counted against the
// server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "source/json_api.hpp"
#include "source/line_unpacker.hpp"
#include "source/loki_answer.hpp"
#include "source/manifest.hpp"
#include "source/mapping.hpp"
#include "source/prometheus_query.hpp"
#include "source/record_source.hpp"

namespace aiops::source {

struct LokiOptions {
  std::vector<NamedQuery> queries;          // LogQL that gives lines
  std::vector<std::string> service_labels;  // the first that a stream has becomes the service
  std::string service;                      // of streams without any of these
  std::vector<std::string> labels;          // NAME=TEXT, of each record
  Unpack unpack = Unpack::none;
  TimeUnit duration_unit = TimeUnit::automatic;
  std::size_t page = 5000;  // lines of an answer: Loki refuses more, unless it is configured otherwise
  bool count = true;        // compare with what the server counts
};

class LokiSource : public RecordSource {
 public:
  // Enters url and queries in the manifest. All references must outlive the source; several may share the
  // mapping. Throws UsageError for a URL that is none and for queries without a stream selector.
  LokiSource(const ServerOptions& server, LokiOptions options, Mapping& mapping, Manifest& manifest,
             Diagnostics& diagnostics);

  void fetch(std::size_t part, Nanos from, Nanos to, RecordOut& out) override;

  // Lines that were to be unpacked, and are no such thing.
  std::uint64_t not_unpacked() const { return not_unpacked_; }

 private:
  struct Slice {  // the time that is being fetched
    std::size_t part;
    Nanos at, to;  // what is before `at` was handed over
    Nanos begin;
    Nanos counted_to;           // the count takes whole milliseconds
    Nanos last = kNoTime;       // entry that was handed over
    std::uint64_t given = 0;    // entries
    std::uint64_t counted = 0;  // of these, those before counted_to
  };

  void fetch_slice(Slice& slice, RecordOut& out);
  void fetch_instant(Slice& slice, Nanos time, RecordOut& out);
  bool read_page(std::size_t part, const std::string& query, Nanos from, Nanos to);
  void give(const LokiPage::Entry& entry, Slice& slice, RecordOut& out);
  void put_labels(const LokiPage::Entry& entry, bool all);
  void compare_count(const Slice& slice);
  std::uint64_t count(std::size_t part, Nanos from, Nanos to);
  void ask_reach();
  void look_at_edge(const Slice& slice, Nanos asked, Nanos answered);
  std::string about(std::size_t part) const;
  void note(std::size_t part, const Answer& answer);
  void problem(std::string text);

  ServerOptions server_;
  LokiOptions options_;
  Mapping& mapping_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  JsonApi api_;
  std::size_t first_part_;  // of the manifest
  LineUnpacker unpacker_;
  RecordBuilder builder_;
  LokiPage page_;
  LogRecord record_;
  std::vector<std::string> label_texts_;  // of the options' labels
  std::string id_;
  Slot *message_, *level_;
  std::size_t limit_;                                // lines of the next page
  std::size_t most_ = static_cast<std::size_t>(-1);  // that the server allows
  Nanos longest_;                                    // of a slice
  std::vector<Nanos> reach_;  // unflushed lines that are older are left out by Loki; empty: not asked yet
  bool reach_known_ = false, reach_asked_ = false;
  std::uint64_t not_unpacked_ = 0;
};

// The age at which Loki leaves out lines that it has not flushed, by its own configuration (the text that
// /config gives); 0: at none, or not told.
Nanos reach_of_config(std::string_view config);

// NAME=LOGQL, or LOGQL alone, which is named "logs". Throws UsageError.
NamedQuery parse_log_query(std::string_view text);

}  // namespace aiops::source
