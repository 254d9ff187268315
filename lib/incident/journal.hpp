// The journal of incidents: one line a change, only ever appended; the state is what it says.
//
//   {"at":"2026-01-31T12:00:00Z","event":"opened","incident":{…}}
//
// `at` is when it was written, `incident` the whole record after the change, so that the last line of an
// incident is what is known of it. A line counts once it has reached the disk with its end; a last line
// without one was cut off by a crash: it is told, and removed by the next who writes.
//
// Several processes may have the journal open: whoever writes locks it for that moment, and reads what others
// wrote first. Only one follows a stream into it (Writer::stream). One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/file.hpp"
#include "incident/incident_json.hpp"
#include "incident/incidents.hpp"

namespace aiops::incident {

struct JournalEntry {
  Nanos at = kNoTime;
  Event event = Event::opened;
  Incident incident;
};

class Journal {
 public:
  enum class Access { read, write, stream };

  // path: a file, or a folder (there already, or ending in "/"), in which it is incidents.journal. write and
  // stream make it where there is none; stream refuses (UsageError) while another process has it so. Throws
  // InputError for reading, OutputError.
  Journal(const std::string& path, Access access, Diagnostics& diagnostics);
  ~Journal();

  // What was written since the last call, the first time all of it. Lines that cannot be read are told and
  // counted in damaged().
  void read(const std::function<void(JournalEntry)>& take);

  // Appends the incident as it is now; on the disk when this returns. False, and nothing is written, if
  // another process has changed the incident since the last read(): read() gives that.
  bool append(Event event, const Incident& incident);

  // Calls `work` while nobody else can write; append() may be called in it.
  void exclusively(const std::function<void()>& work);

  const std::string& path() const { return path_; }
  std::uint64_t damaged() const { return damaged_; }

 private:
  class Lock;
  void lock_stream();
  void catch_up();  // into news_
  void take_line(std::string_view line);
  void remove_torn();

  std::string path_;
  Access access_;
  Diagnostics& diagnostics_;
  Fd fd_, stream_lock_;
  std::uint64_t offset_ = 0, line_ = 0, damaged_ = 0;
  bool locked_ = false, told_torn_ = false;
  std::vector<JournalEntry> news_;
};

// The newest state of each incident in the order in which they were opened, at most `most` of them (those
// that last are kept longest; 0: all).
class JournalState {
 public:
  explicit JournalState(std::size_t most = 0) : most_(most) {}
  void add(JournalEntry entry);
  const std::vector<JournalEntry>& entries() const { return entries_; }
  // nullptr if there is none; a beginning is enough where only one has it. Throws UsageError where several
  // have.
  const JournalEntry* find(std::string_view id) const;

 private:
  std::size_t most_;
  std::vector<JournalEntry> entries_;
};

}  // namespace aiops::incident
