// Fields of a line, found and replaced in place: every byte beside them stays.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "record/reader.hpp"

namespace aiops::inject {

// Finds fields by name in lines that the record reader has accepted.
class FieldFinder {
 public:
  // header: the CSV's first line as it came; unused for NDJSON.
  FieldFinder(record::Format format, std::string_view header);
  record::Format format() const { return format_; }

  // The bytes of the field within the line, without its quotes; nullopt if the line has no such field. In
  // NDJSON a member of the object itself, the last of the name; objects and arrays are not found.
  std::optional<std::string_view> find(std::string_view line, std::string_view name) const;

 private:
  record::Format format_;
  std::vector<std::string> columns_;
};

// A line with some of its bytes replaced. Replacements are to be made in any order, and must not overlap.
class Edit {
 public:
  void start(record::Format format, std::string_view line);
  // part: what FieldFinder::find or Batch::raw gave for this line.
  void number(std::string_view part, double value);
  void integer(std::string_view part, std::int64_t value);
  void text(std::string_view part,
            std::string_view value);    // without quotes, backslashes and control characters
  void missing(std::string_view part);  // null or "" in NDJSON, empty in CSV
  // The line with its replacements; valid until the next start().
  std::string_view finish();

 private:
  struct Replacement {
    std::size_t begin, length;
    std::string with;
  };
  bool quoted(std::string_view part) const;
  void replace(std::string_view part, std::string with);

  record::Format format_ = record::Format::ndjson;
  std::string_view line_;
  std::vector<Replacement> replacements_;
  std::string result_;
};

}  // namespace aiops::inject
