// Going on where the last run stopped, exactly once into a file.
//
// A checkpoint says up to which time everything was written, and how long the output was then. It is written
// after the output has reached the disk; a run that was killed in between finds an output that is longer than
// the checkpoint says and cuts it back, so that nothing stands there twice. Into a pipe nothing can be cut
// back: after a kill the records of one step may come again, with the same series and timestamp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/time.hpp"

namespace aiops::source {

struct Checkpoint {
  // Where one feed of events stands.
  struct Position {
    std::string feed;                // its name
    Nanos next = kNoTime;            // everything before was written …
    std::vector<std::string> known;  // … and, of what is not before it, these: "TIME HASH"
  };

  std::string source;  // "prometheus"
  std::string asked;   // fingerprint of what is asked for; see fingerprint()
  Nanos step = 0;
  Nanos next = kNoTime;              // first time that has not been written
  std::string output;                // path; "" for standard output
  std::uint64_t length = 0;          // bytes of the output
  std::vector<std::string> columns;  // CSV: the labels that have a column
  bool header = false;               // CSV: columns are fixed
  std::vector<Position> positions;   // of events; empty for samples

  // nullopt if there is no such file. Throws InputError when it cannot be read or is no checkpoint.
  static std::optional<Checkpoint> load(const std::filesystem::path& path);
  // Atomic and durable. Throws OutputError.
  void save(const std::filesystem::path& path) const;
};

// The checkpoint at the path, nullopt if there is none. Throws UsageError when it was left by a run that had
// another source, step, output, or asked for something else than `expected`; InputError as load() does.
std::optional<Checkpoint> take_up(const std::filesystem::path& path, const Checkpoint& expected);

// For a file that is there without its checkpoint. Throws UsageError.
[[noreturn]] void refuse_unknown_content(const std::string& output, const std::string& checkpoint);

// A short text that is the same for the same parts.
std::string fingerprint(const std::vector<std::string>& parts);

// A file that is written at its end by one process at a time.
class GrowingFile {
 public:
  // Opens or creates it. Throws OutputError: not possible, or another process is writing it.
  explicit GrowingFile(const std::filesystem::path& path);

  std::uint64_t length() const;
  // Cuts it back to length bytes. Throws OutputError when it is shorter than that: it is not the file we
  // wrote.
  void cut(std::uint64_t length);
  // Cuts what stands behind the last newline: half a record, left by a kill.
  void cut_half_line();
  // Makes what was written durable.
  void sync() const;
  // For writing at the end; shares the place with this object.
  Fd writer() const;
  // Its first line without the newline, "" if there is none.
  std::string first_line() const;

 private:
  std::filesystem::path path_;
  Fd fd_;
};

}  // namespace aiops::source
