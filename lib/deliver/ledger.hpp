// The journal of what was received and what was sent: what notify knows after a restart.
//
// Lines of JSON in a file that grows, and now and then is put in short (base/line_journal.hpp):
//   {"timestamp","kind":"incident","to":[{"receiver","conversation"}…],"revision"?,"incident":{…}}
//   {"timestamp","kind":"sent"|"refused"|"begun","receiver","conversation","key","what",
//    "told":[{"id","revision","state","severity"}…],"handle"?,"why"?,"repeats"?}
//   {"timestamp","kind":"silence","id","match":[…],"from","until","by","why"}
//   {"timestamp","kind":"expired","id","by"}
// No line holds a secret.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/line_journal.hpp"
#include "deliver/receiver.hpp"
#include "deliver/route.hpp"

namespace aiops::deliver {

struct Binding {
  std::string receiver, conversation;
};

// What became of a message.
struct Note {
  enum Kind { sent, refused, begun };
  struct Told {
    std::string id;
    std::int64_t revision;
    State state;
    std::string severity;
  };
  Kind kind = sent;
  Nanos time = kNoTime;
  std::string receiver, conversation, key, why, handle;
  What what = What::opened;
  std::vector<Told> told;
  int repeats = -1;  // how often it was told again by then; -1: not said
};

struct Silence {
  std::string id, by, why;
  std::vector<Condition> match;
  Nanos from = kNoTime, until = kNoTime;

  bool holds(const Incident& incident, Nanos now) const;
};

class Ledger {
 public:
  // Who is told of what the journal says, also of lines that others wrote.
  struct Handler {
    std::function<void(Nanos time, IncidentPtr incident, const std::vector<Binding>& to)> incident;
    std::function<void(const Note& note)> note;
  };

  static constexpr const char* kFileName = "notify.journal";  // in a folder

  // Opens the journal, a file or a folder; "" keeps everything in memory alone. Throws OutputError;
  // UsageError where the file is something else.
  Ledger(const std::string& path, Diagnostics& diagnostics);

  // Whether there is a journal.
  bool is_kept() const { return journal_ != nullptr; }

  // False if another process delivers by this journal. True without a journal.
  bool claim();

  // Reads what is new in the journal. Lines that are none are told and passed over: a line that was torn by a
  // kill, or written by hand. Throws InputError.
  void read(const Handler& handler);

  // Adds a line, to be written by the next flush().
  void add(Nanos time, const Incident& incident, const std::vector<Binding>& to);
  void add(const Note& note);
  void add(Nanos time, const Silence& silence);
  void add_expired(Nanos time, const std::string& id, const std::string& by);
  // Writes what was added; when it returns, it is on the disk. Throws OutputError; the lines are kept, and
  // tried again with the next.
  void flush();

  // Puts in the place of all lines those that add() is called for in `state`, and the silences that hold or
  // are to come: what matters still. Only after claim(). Throws OutputError; the journal is then as it was.
  void shorten(Nanos now, const std::function<void()>& state);
  std::uint64_t size() const { return journal_ ? journal_->size() : 0; }  // bytes on the disk

  // Those that were neither expired nor are over.
  std::vector<Silence> silences(Nanos now) const;
  bool is_silenced(const Incident& incident, Nanos now) const;

 private:
  struct Reading;
  bool take(std::string_view line, const Handler& handler);

  Diagnostics& diagnostics_;
  std::unique_ptr<LineJournal> journal_;
  std::shared_ptr<Reading> reading_;
  std::string unwritten_;
  std::vector<Silence> silences_;
  int bad_ = 0;
};

}  // namespace aiops::deliver
