// Where log records and spans come from: what a backend of events has to give, and what RecordCollection
// gives it in return. A new source implements RecordSource and is done: range, following, checkpoint, output,
// the account and several targets are the collection's.
#pragma once

#include <string_view>

#include "base/time.hpp"
#include "source/log_record.hpp"
#include "source/span_record.hpp"

namespace aiops::source {

// Takes the records of one part. Implemented by RecordCollection; tests have their own.
class RecordOut {
 public:
  virtual ~RecordOut() = default;

  // id: tells the record from all others of the part, the same each time it is fetched ("": the source has
  // none). A record that was written before (the same time and id, at the place where the run before stopped)
  // is dropped here, so a source may hand it over again.
  virtual void log(const LogRecord& record, std::string_view id) = 0;
  virtual void span(const SpanRecord& span) = 0;

  // All records before this time have been handed over, so that work may go on from there: with what is at
  // `through` and later, of which some may have been handed over already. Called often (for each page): this
  // is where the output is flushed and the checkpoint written.
  virtual void commit(Nanos through) = 0;
};

// One thread.
class RecordSource {
 public:
  virtual ~RecordSource() = default;

  // Hands over the records of one part (an index into those that the source entered in the manifest, from 0)
  // with from <= time < to, once each. Logs come in the order of time; spans may come in any order between
  // two commits. Cuts the window as the server's limits want it; tries again by itself what may go well then
  // (see JsonApi), and enters in the manifest what the server cut. Throws net::HttpError, with all that was
  // committed valid; Error(Status::interrupted).
  virtual void fetch(std::size_t part, Nanos from, Nanos to, RecordOut& out) = 0;
};

}  // namespace aiops::source
