// From the names that logs give their fields to the fields of a record.
//
// A name is a path: nested objects and dotted keys read the same, {"http":{"route":1}} and {"http.route":1}
// are both http.route. Where several fields of a line could fill one field of the record, the first of
// known_paths() wins, then what stands within attributes, resource or fields.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "source/known_paths.hpp"
#include "source/log_record.hpp"

namespace aiops::source {

inline constexpr std::size_t kTargets = static_cast<std::size_t>(Target::none);

struct MappingOptions {
  std::vector<std::string> map;  // FIELD=PATH; a field given here is taken from nowhere else
  // Paths that become labels of the same name, "labels." left off. "http.*" keeps all below http, "*" all
  // that has no other place: such labels are known only when they are met (LogWriter's with_more).
  std::vector<std::string> keep;
  TimeUnit time_unit = TimeUnit::automatic;
  TimeUnit duration_unit = TimeUnit::automatic;  // of durations whose name tells none
};

// What becomes of the field at one path.
struct Slot {
  Target target = Target::none;
  std::uint16_t rank = 0;   // lower wins
  std::uint16_t label = 0;  // target label: its number
  Reading reading = Reading::strict;
  TimeUnit unit = TimeUnit::automatic;  // of times and durations
  std::uint64_t seen = 0, left_out = 0;
  const std::string* path = nullptr;

  static constexpr std::uint16_t kAnyLabel = 0xFFFF;  // label: one of those that a pattern of --keep keeps
};

class Mapping {
 public:
  // Throws UsageError for a FIELD that is none, or FIELD=PATH without =.
  explicit Mapping(const MappingOptions& options);

  // The slot of a path; a path that is new gets one. Valid as long as the mapping. Beyond kMaxPaths different
  // paths, unknown ones share a slot.
  Slot& slot(std::string_view path);

  // Names of the labels, by Slot::label: a label that is mapped (labels.zone=cloud.zone), then those kept.
  const std::vector<std::string>& labels() const { return labels_; }
  bool any_label() const { return !patterns_.empty(); }
  bool maps(Target target) const { return mapped_[static_cast<std::size_t>(target)]; }
  // What a path would fill, without taking note of it.
  Target target(std::string_view path) const { return resolve(path).target; }

  // Paths that were left out, how often each, most often first.
  std::vector<std::pair<std::string, std::uint64_t>> left_out() const;
  // What --map and --keep named and no line had.
  std::vector<std::string> unused() const;
  // A message that names what was left out, "" if nothing was.
  std::string left_out_text() const;

  static constexpr std::size_t kMaxPaths = 4096;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Table = std::unordered_map<std::string, Slot, Hash, std::equal_to<>>;

  struct Wanted {
    std::string option, path;
  };

  void add_known(const MappingOptions& options);
  void map(const std::string& text, const MappingOptions& options);
  void keep(const std::string& path);
  std::uint16_t label(std::string_view name);
  Slot resolve(std::string_view path) const;

  Table known_;  // the paths of known_paths() and of the options
  Table table_;  // every path met so far
  std::vector<std::string> labels_, patterns_;
  std::vector<Wanted> wanted_;
  bool ambiguous_durations_ = false;  // no option tells their unit
  bool mapped_[kTargets] = {};
};

// The fields of one line on their way into a record: for each target the value that wins. Start with start(),
// put() what the line has, then finish() turns texts into numbers and times.
class RecordBuilder {
 public:
  RecordBuilder(const Mapping& mapping, RecordKind kind) : kind_(kind), labels_(mapping.labels().size()) {}

  void start();
  // text must stay as it is until the record has been written.
  void put(Slot& slot, std::string_view text);
  // The labels alone; for records that are made in another way.
  void labels(LogRecord& record) const {
    record.labels.assign(labels_.begin(), labels_.end());
    record.more_labels = more_labels_;
  }
  // "" when the record is complete, else what is wrong. The record points into what was put.
  const std::string& finish(LogRecord& record);

  // The time is known already: none is looked for among what is put.
  void at(Nanos time) { time_ = time; }

  void set_kind(RecordKind kind) { kind_ = kind; }
  bool has(Target target) const { return choices_[static_cast<std::size_t>(target)].slot != nullptr; }

 private:
  struct Choice {
    Slot* slot = nullptr;
    std::string_view text;
  };
  Choice& choice(Target target) { return choices_[static_cast<std::size_t>(target)]; }
  void put_label(const Slot& slot, std::string_view text);
  void read_time(LogRecord& record);
  void read_sample(LogRecord& record);
  void read_request(LogRecord& record);
  void read_texts(LogRecord& record);
  void unreadable(Choice& choice, std::string_view expected);

  RecordKind kind_;
  Nanos time_ = kNoTime;
  Choice choices_[kTargets];
  std::vector<std::string_view> labels_;
  std::string error_, message_, more_labels_;
};

}  // namespace aiops::source
