// Collecting log records and spans over time: from RecordSources to the output, the same for every backend.
//
// Each feed (a query at a target) has a position of its own: the time up to which everything was written, and
// the ids of what stands at that very time. It goes on from there after a failure, with --follow, and with a
// checkpoint after a kill: into a file exactly once, into a pipe at least once, with an id that tells
// repeats.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "record/reader.hpp"
#include "source/checkpoint.hpp"
#include "source/manifest.hpp"
#include "source/record_source.hpp"

namespace aiops::source {

enum class EventKind { log, span };

struct RecordCollectionOptions {
  // The range: start <= time < end. start kNoTime: `since` before the end. end kNoTime: now, less lateness.
  Nanos start = kNoTime, end = kNoTime, since = 0;
  bool follow = false;
  Nanos poll = 5 * kSecond;      // follow: how often is asked
  Nanos lateness = 5 * kSecond;  // follow: what is younger than this is left for the next poll
  Nanos slice = 0;               // a fetch spans at most this time; 0: the source cuts it

  EventKind kind = EventKind::log;
  std::vector<std::string> labels;  // logs: names of the labels of LogRecord::labels; spans: columns of CSV
  bool any_label = false;           // logs: more_labels may come (NDJSON only)
  bool with_ids = true;             // logs: write record_id
  record::Format format = record::Format::ndjson;
  std::string output;      // path; "": standard output
  std::string checkpoint;  // path; "": none
  std::string asked;       // fingerprint of what is asked for, kept in the checkpoint
};

class RecordCollection {
 public:
  struct Feed {
    RecordSource* source;
    std::size_t source_part;  // what the source calls it
    std::size_t part;         // of the manifest
    std::string environment;  // label of each record; "": none
  };

  // All references must outlive the collection. The manifest has the parts of all feeds already.
  RecordCollection(RecordCollectionOptions options, std::vector<Feed> feeds, Manifest& manifest,
                   Diagnostics& diagnostics);
  ~RecordCollection();

  // Collects the range, feed by feed, or follows all until a stop is requested. A feed that fails does not
  // stop the others: the manifest tells what is missing. Returns the manifest's status; follow that was
  // stopped: done. Throws what RecordSource::fetch throws if no feed gave anything; UsageError for options
  // that contradict each other; InputError, OutputError for checkpoint and output; Error(Status::interrupted)
  // without follow.
  Status run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::source
