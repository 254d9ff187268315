// Lines of files, of what a pattern matches, or of standard input; once, or for ever through rotation.
//
// Following looks at the files every quarter of a second. A file that was renamed away is read on until it
// has been quiet for kRetired, the new one under its name from its beginning; a file that was cut is read
// from its beginning again; a file that appears later, under a name or for a pattern, is read whole. One
// thread.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/file.hpp"
#include "base/time.hpp"

namespace aiops::source {

// Where the reading of a file stands, for a checkpoint.
struct TailPosition {
  std::string path;
  std::uint64_t inode = 0;
  std::uint64_t offset = 0;  // behind the last whole line that was given
  std::uint64_t line = 0;    // its number; 0: not known
  std::uint64_t head = 0;    // checksum of the file's first bytes (at most kHead, at most offset)
  bool rotated = false;      // renamed away already
  std::string state;         // the caller's

  static constexpr std::uint64_t kHead = 1024;
};

struct TailOptions {
  std::vector<std::string> paths;  // files, patterns (* ? [), "-" for standard input; none: standard input
  bool follow = false;
  bool new_only = false;  // follow: pass over what files hold at the start
  Nanos poll = 250 * kMillisecond;
  std::size_t block = 256 * 1024;
  std::size_t max_line = std::size_t{16} << 20;
};

struct TailLine {
  enum class What { line, too_long, end };
  What what = What::line;
  std::size_t file = 0;      // index of the file, for name(); a new file under an old name is a new index
  std::uint64_t number = 0;  // from 1; 0: not known
  std::string_view text;     // without its ending; 64 readable bytes follow. too_long: its beginning
};

class Tail {
 public:
  // Finds the files. Throws InputError: a file that is not there (unless it follows), a pattern that matches
  // none.
  Tail(TailOptions options, Diagnostics& diagnostics);
  ~Tail();

  // Begins where an earlier run stopped. Before the first next(). A file that was rotated away meanwhile is
  // looked for in its folder; what cannot be found again is said.
  void resume(const std::vector<TailPosition>& positions);

  // Called before waiting.
  void on_block(std::function<void()> hook) { on_block_ = std::move(hook); }

  // The next line, or the end of a file (once for each). False when all is read, or a stop was requested.
  // Throws InputError for a file that cannot be read; when it follows, that is said, and tried again.
  bool next(TailLine& line);

  const std::string& name(std::size_t file) const;  // "standard input" or the path
  std::size_t files() const;
  // The caller's state of a file, kept with its position.
  std::string& state(std::size_t file);
  // Nothing more of this file is wanted.
  void drop(std::size_t file);
  // Of all files that are still being read or were read to their end.
  std::vector<TailPosition> positions() const;

  static constexpr Nanos kRetired = 10 * kSecond;
  static constexpr std::size_t kPadding = 64;

 private:
  struct File;

  void find_files(bool first);
  void see(const std::string& path, bool first);
  File& add(const std::string& path);
  File* file_of(std::uint64_t device, std::uint64_t inode);
  static TailPosition position_of(const File& file);
  void resume_one(const TailPosition& position);

  bool open(File& file);
  bool make_room(File& file);
  bool fill(File& file);
  ssize_t read_some(File& file);
  ssize_t read_unpacked(File& file);
  bool open_compressed(File& file);
  bool is_copy(const File& file, std::string_view head) const;
  bool wait(File& file);
  bool take_line(File& file, TailLine& line);
  bool take_rest(File& file, TailLine& line);
  bool cut_long_line(File& file, TailLine& line);
  bool is_over(const File& file) const;
  void close(File& file);
  void leave(File& file);
  void look_for_rotation(File& file);
  bool next_round();
  void fail(File& file, std::string_view what);

  TailOptions options_;
  Diagnostics& diagnostics_;
  std::function<void()> on_block_;
  std::vector<std::unique_ptr<File>> files_;
  bool patterns_ = false;  // a path is a pattern
  std::size_t active_ = 0;
  bool any_ = false;  // this round of following gave something
  // What is read of the active file and not yet given is [begin_, end_); no newline stands before scanned_.
  std::vector<char> buffer_;
  std::size_t begin_ = 0, end_ = 0, scanned_ = 0;
};

}  // namespace aiops::source
