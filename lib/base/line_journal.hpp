// A journal: a file of lines that grows, what was done being told by what stands there.
//
// A line that append() has returned for is on the disk. Several processes may append to the same file, each
// whole lines at a time; each sees what the others have added. A process that dies in the middle of a line
// leaves a torn one, which the next append() closes with a line break: the reader gets it as it is, and tells
// by its content that it is none. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "base/file.hpp"

namespace aiops {

// Where a journal stands: path, or the file name in it, where path is a folder or ends as one.
std::string journal_file(const std::string& path, const std::string& name);

// Whether a file may be a journal: it is empty, or is_one holds for one of the lines with which it begins (64
// KB of them; the last may be cut). A damaged journal goes on to be read; a file that is something else was
// named by mistake, and must be neither added to nor cut. Throws InputError, with path, when it cannot be
// read.
bool may_be_journal(int fd, const std::string& path,
                    const std::function<bool(std::string_view line)>& is_one);

class LineJournal {
 public:
  using Take = std::function<void(std::string_view line, std::uint64_t number)>;

  // Opens it; makes it if it is not there. Throws OutputError.
  explicit LineJournal(std::filesystem::path path);

  // Claims the journal for one kind of work that only one process may do: false if another has it. Held until
  // the journal is closed, also by a kill.
  bool claim();

  // Appends whole lines, each with its "\n", and waits until they are on the disk. Throws OutputError.
  void append(std::string_view lines);

  // Puts other lines in place of all that it holds: those that say in short what it said. Only for who has
  // claimed it. Whatever happens, the file is the old one or the new one; what others append meanwhile goes
  // to the new one. content: called while nobody can append, after what they added last was given to take.
  // Throws OutputError, and what content throws: the journal is then as it was.
  void replace(const Take& take, const std::function<std::string()>& content);
  std::uint64_t size() const;  // of the file, in bytes

  // The lines that were added since the last call, by whomever, with their numbers from 1 and without "\n"; a
  // last one without "\n" is still being written. Throws InputError.
  void read(const Take& take);

  // may_be_journal() for this file; true for what holds nothing, such as /dev/full.
  bool may_hold(const std::function<bool(std::string_view line)>& is_one) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  void open();
  bool was_replaced() const;

  std::filesystem::path path_;
  Fd fd_;
  bool claimed_ = false;
  bool regular_ = false;      // /dev/full and the like hold nothing that could be read
  std::uint64_t read_ = 0;    // bytes taken
  std::uint64_t number_ = 0;  // lines taken
};

}  // namespace aiops
