// JSON read as it arrives: a cursor over a document that is larger than memory.
//
// The reader owns a buffer of a few hundred kilobytes, whatever the length of the document; only a single
// string or number has to fit into it. The caller follows the document's structure:
//
//   reader.enter_object();
//   while (reader.next_key(key)) {
//     if (key == "values") { reader.enter_array(); while (reader.next_item()) … } else reader.skip();
//   }
//   reader.finish();
//
// Every call throws JsonError when the document is something else at this point. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace aiops::source {

struct JsonError : std::runtime_error {
  JsonError(const std::string& what, bool truncated_) : std::runtime_error(what), truncated(truncated_) {}
  bool truncated;  // the document ended too early
};

// True if text is a number as JSON writes it (RFC 8259, section 6).
bool is_json_number(std::string_view text);

class JsonReader {
 public:
  // Gives the next bytes, valid until it is called again; empty at the end.
  using More = std::function<std::string_view()>;

  // limit: bytes of the longest string or number that is accepted.
  explicit JsonReader(More more, std::size_t limit = 16 * 1024 * 1024);

  // The first character of what comes next: { [ " t f n - or a digit, if it is JSON.
  char peek();

  void enter_object();
  // The next key of the object entered last; false when the object is over.
  bool next_key(std::string& key);
  void enter_array();
  // True if another item follows in the array entered last; false when the array is over.
  bool next_item();

  // Valid until the next call of anything.
  std::string_view string();  // unescaped
  std::string_view number();  // as it stands
  std::string_view scalar();  // a string unescaped, else a number, true, false or null as it stands
  // [number, "string"], the form in which Prometheus and Loki write a point.
  struct Pair {
    std::string_view number, string;
  };
  Pair pair();

  // Passes over a value of any size. Of what is within an object or an array, strings and brackets are
  // looked at and nothing else.
  void skip();
  // The next value as it stands, at most `limit` bytes of it. Only its brackets and quotes are looked at:
  // what stands in it is for somebody to read who looks closer.
  std::string_view raw();
  // True if only white space is left: no further document follows.
  bool at_end();
  // Throws unless only white space is left.
  void finish();

  std::uint64_t bytes_read() const { return consumed_ + static_cast<std::uint64_t>(pos_); }

 private:
  bool refill();  // more bytes behind end_; keeps [pos_, end_)
  char look();    // the next character that is no white space, without taking it
  void expect(char c);
  std::size_t string_end();  // takes the opening quote; the closing quote's place
  std::string_view unescape(std::size_t end);
  bool fast_pair(Pair& pair);
  static const char* raw_end(const char* from, const char* end, std::size_t& depth, bool& quoted);
  [[noreturn]] void fail(std::string_view expected);

  More more_;
  std::size_t limit_;
  std::string buffer_, unescaped_, number_;
  std::size_t pos_ = 0;
  std::uint64_t consumed_ = 0;
  bool first_ = false;  // nothing of the container entered last has been read yet
  bool ended_ = false;
};

}  // namespace aiops::source
