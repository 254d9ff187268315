// A bundle: all that was learned of all series of one version of a model, in one file.
//
// Data alone, never code. Layout (bundle.cpp has the details): magic and format
// version; the schema; an index of series; a part for each series (detector name and its bytes). Length and
// checksum stand by every part; a file that is damaged, cut short or something else is refused with an
// InputError.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/detector.hpp"

namespace aiops::model {

// Reading. Opening checks the head and the index; a series' part is checked and parsed when it is first asked
// for, so that thousands of series cost little until they are used. Owns the file's bytes. One thread, but
// that several may ask for the detectors of different series at once, and use them.
class Bundle {
 public:
  // Throws InputError with the path and the reason.
  static Bundle open(const std::filesystem::path& path);
  // The same from memory; `name` stands in messages.
  static Bundle parse(std::string bytes, std::string name);

  const Schema& schema() const { return schema_; }
  std::size_t size() const { return entries_.size(); }  // series
  // The series' name as SeriesKey::text() wrote it; sorted by it.
  std::string_view series(std::size_t index) const { return entries_[index].series; }
  // Where a series stands; nullopt if it was not trained.
  std::optional<std::size_t> find(std::string_view series) const;
  // Lives as long as the bundle. Throws InputError if its part is damaged or the detector is not known here.
  const Detector& detector(std::size_t index);
  // The same, and the caller's. Any number of threads may ask at once.
  std::unique_ptr<Detector> make(std::size_t index) const;
  // The part's bytes, as BundleWriter::part() made them. Throws InputError if they are damaged.
  std::string_view part(std::size_t index) const;
  // What was expected of the series (model::Expected::bytes); "" if nothing was.
  std::string_view expected(std::size_t index) const { return entries_[index].expected; }
  // Rows that it was trained on.
  std::uint64_t rows(std::size_t index) const { return entries_[index].rows; }
  // What scores a series that was not trained: it has learned nothing yet and learns as it goes. nullptr
  // where the bundle's detectors have to be trained. Throws InputError as detector() does.
  const Detector* cold();
  // Checks every part. Throws InputError.
  void verify() const;

  // A bundle without series: all start cold. Throws UsageError as make_cold() does.
  static Bundle without_training(std::string_view detector, const Schema& schema,
                                 const Parameters& parameters = {});

 private:
  struct Entry {
    std::string_view series, expected;  // into bytes_
    std::uint64_t offset = 0, length = 0, checksum = 0, rows = 0;
    std::unique_ptr<Detector> detector;
  };
  void read_head(std::string_view head, std::uint64_t first_part, bool with_expected);

  std::string name_;
  std::unique_ptr<std::string> bytes_;  // on the heap: the views stay good when the bundle moves
  Schema schema_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string_view, std::size_t> index_;
  std::unique_ptr<Detector> cold_;
};

// Writing: parts are added in any order, the file has them sorted by series: the same parts give the same
// bytes.
class BundleWriter {
 public:
  explicit BundleWriter(Schema schema) : schema_(std::move(schema)) {}
  // What stands in the file for a detector. May be called by many threads at once.
  static std::string part(const Detector& detector);
  // series: SeriesKey::text(); a second one of the same name replaces the first. part: as part() made it.
  // expected: Expected::bytes().
  void add(std::string series, std::uint64_t rows, std::string part, std::string expected = "");
  std::size_t size() const { return parts_.size(); }
  const Schema& schema() const { return schema_; }
  std::string bytes() const;

 private:
  struct Part {
    std::uint64_t rows;
    std::string bytes, expected;
  };
  Schema schema_;
  std::map<std::string, Part> parts_;
};

}  // namespace aiops::model
