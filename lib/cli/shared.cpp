// Options that several tools have.
#include "base/text.hpp"
#include "cli/command.hpp"

namespace aiops::cli {
namespace {

TimeUnit time_unit_of(const std::string& name) {
  if (name == "s") return TimeUnit::seconds;
  if (name == "ms") return TimeUnit::milliseconds;
  if (name == "us") return TimeUnit::microseconds;
  if (name == "ns") return TimeUnit::nanoseconds;
  return TimeUnit::automatic;
}

}  // namespace

void InputOptions::declare(Command& command, bool with_value) {
  command.positional("FILE", files, "Files of records, CSV or NDJSON. None, or -, reads standard input.");
  command.group("Input");
  Option& key = command.option("--by", "FIELDS", by,
                               "Fields whose values name a series, in place of what a record has of service, "
                               "metric, method, endpoint, operation and labels.");
  key.list = true;
  if (with_value) {
    Option& value = command.option("--value", "FIELDS", values,
                                   "Fields that hold the value. With several, each is a series of its own.");
    value.list = true;
    value.preset = field::kValue;
  }
  command.option("--time", "FIELD", time, "Field that holds the time.");
  command.choice("--time-unit", time_unit, {"auto", "s", "ms", "us", "ns"},
                 "Unit of times that are epoch numbers; auto tells it by their magnitude.");
  command.option("--max-series", "N", max_series,
                 "Keep the state of at most so many series; the longest idle is forgotten, which is said. "
                 "0 sets no limit.",
                 0, std::int64_t{1} << 31);
  command.option("--rejects", "FILE", rejects, "Keep the lines that could not be read in FILE.");
  command.group("");
  command.reads_stdin([this] {
    if (files.empty()) return true;
    for (const std::string& file : files) {
      if (file == "-") return true;
    }
    return false;
  });
}

record::ReaderOptions InputOptions::reader_options() const {
  record::ReaderOptions options;
  options.files = files;
  options.columns.by = by;
  options.columns.time = time;
  options.columns.time_unit = time_unit_of(time_unit);
  if (!values.empty()) options.columns.values = values;
  options.columns.split_values = values.size() > 1;
  options.max_series = static_cast<std::size_t>(max_series);
  return options;
}

void OutputOptions::declare(Command& command, bool with_prefix) {
  command.group("Output");
  command.option("-o,--output", "FILE", output,
                 "Write to FILE, which appears when it is complete, in place of standard output.");
  if (with_prefix) {
    command.option(
        "--prefix", "TEXT", prefix,
        "Put TEXT before the names of the fields that are appended, for records that have a field of "
        "that name already.");
  }
  command.group("");
}

std::vector<std::string> OutputOptions::prefixed(const std::vector<std::string>& names) const {
  std::vector<std::string> made;
  made.reserve(names.size());
  for (const std::string& name : names) made.push_back(prefix + name);
  return made;
}

}  // namespace aiops::cli
