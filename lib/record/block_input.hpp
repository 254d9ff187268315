// Bytes in: files one after another, a block at a time, with an unfinished row carried over to the next
// block.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/time.hpp"

namespace aiops::record {

class BlockInput {
 public:
  // A row longer than this is refused, so that memory is bounded whatever comes.
  static constexpr std::size_t kMaxRow = 64u << 20;

  BlockInput(std::vector<std::string> files, std::size_t block);

  std::function<void()> on_block;  // before a read that would block
  // How long such a read may wait before on_block is called again; below 0, and unset: as long as it takes.
  std::function<Nanos()> patience;
  // What comes within this time of a block's first bytes is read with it. For those whose result depends a
  // little on what comes together; records that come one by one are seen so much later.
  Nanos gather = 0;

  // Goes on to the next file; false when there is none. Throws InputError if it cannot be opened.
  bool next_file();
  // "standard input" or the path.
  const std::string& name() const { return name_; }

  // Reads more behind what is not yet consumed. False at the end of the file or when a stop was requested.
  // Moves the bytes: pointers into the buffer are void.
  bool more();
  // Unconsumed bytes. Behind them stand a '\n' and 64 readable bytes.
  const char* begin() const { return buffer_.data() + first_; }
  const char* end() const { return buffer_.data() + last_; }
  void consume(const char* up_to) { first_ = static_cast<std::size_t>(up_to - buffer_.data()); }
  bool at_end() const { return at_end_; }

 private:
  void wait() const;
  void fill_up(std::size_t most);
  void gather_up(std::size_t most);

  std::vector<std::string> files_;
  std::size_t block_, file_ = 0, first_ = 0, last_ = 0;
  std::string name_;
  std::vector<char> buffer_;
  Fd owned_;
  int fd_ = -1;
  bool waits_ = false, at_end_ = false;
};

}  // namespace aiops::record
