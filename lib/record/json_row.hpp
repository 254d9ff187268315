// One line of NDJSON: checked completely against RFC 8259, and the fields that were asked for taken out in
// the same pass. Nothing is copied: what comes out points into the line.
//
// The line must be followed by '\n' and 64 readable bytes: every loop stops at the newline, which no JSON
// value may contain, so no end needs to be compared with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aiops::record {

struct JsonValue {
  enum class Type : std::uint8_t { absent, string, number, boolean, null, object, array };
  const char* begin = nullptr;  // strings: behind the quote
  std::uint32_t size = 0;
  Type type = Type::absent;
  bool escaped = false;  // strings: has escapes, to be read with unescape()
  std::string_view text() const { return {begin, size}; }
};

class JsonRow {
 public:
  // A field by name; "labels.pod" is found as a member of the object labels as well as under that very name.
  // Returns the slot of its value; the same path gives the same slot. Not to be called once scanning has
  // begun.
  int want(std::string_view path);
  // Every member of this top-level object goes into members().
  void want_members(std::string_view object);
  // A name that must not be there: found() tells.
  void forbid(std::string_view name) { forbidden_ = true, lookup(0, name).forbidden = true; }

  // Scans a line. nullptr, or what is wrong: error(), at error_at().
  const char* scan(std::string_view line);
  const char* error() const { return error_; }
  const char* error_at() const { return error_at_; }

  const JsonValue& value(int slot) const { return values_[static_cast<std::size_t>(slot)]; }
  struct Member {
    JsonValue name, value;
  };
  const std::vector<Member>& members() const { return members_; }
  std::string_view found_forbidden() const { return found_forbidden_; }

 private:
  struct Field {
    int slot = -1;         // values_ index
    int node = -1;         // descend into an object
    bool collect = false;  // its members go to members_
    bool forbidden = false;
  };
  struct Node {
    std::unordered_map<std::string, Field> fields;
  };
  // The field that stood at this place in the line before: rows of a stream have theirs in the same order.
  struct Guess {
    static constexpr unsigned kNever = ~0u;
    alignas(16) std::array<char, 16> text{};  // the name in its quotes, and the colon
    unsigned mask = kNever;                   // of the bytes of text that count; kNever: none, or too long
    unsigned size = 0;
    Field field;
  };

  Field& lookup(int node, std::string_view name);
  const char* fail(const char* at, const char* what);
  const char* object(const char* p, int node, bool collect, int depth);
  const char* field_value(const char* p, const Field& field, int depth, JsonValue& value);
  const char* skip(const char* p, int depth, JsonValue& value);
  const char* array(const char* p, int depth);
  const char* string(const char* p, JsonValue& value);
  const char* number(const char* p);
  const char* literal(const char* p, std::string_view word);
  const Field& find(int node, std::string_view name) const;
  const char* field_name(const char* p, JsonValue& name);
  const char* nested_field(const char* p, int node, JsonValue& name, const Field*& field);
  const char* expected_field(const char* p, JsonValue& name, const Field*& field);
  const char* learn_field(const char* p, JsonValue& name, Guess& guess);
  JsonValue& place(const Field& field, JsonValue& unwanted);

  std::vector<Node> nodes_{1};
  std::vector<std::string> paths_;
  std::vector<JsonValue> values_;
  std::vector<int> set_;  // slots that the line has
  std::vector<Member> members_;
  std::vector<Guess> guesses_;
  std::size_t place_ = 0;
  bool forbidden_ = false, non_ascii_ = false;
  std::string_view found_forbidden_;
  const char* error_ = nullptr;
  const char* error_at_ = nullptr;
};

// Appends a JSON string's text with its escapes resolved. The text must have passed JsonRow::scan.
void unescape(std::string_view text, std::string& out);

}  // namespace aiops::record
