// A record of the sample writer is the one that the general writer makes of the same fields.
#include "source/sample_writer.hpp"

#include <doctest/doctest.h>

#include "base/file.hpp"
#include "record/fields.hpp"
#include "scratch.hpp"

using namespace aiops;
using record::Format;

namespace {

const std::vector<record::SeriesKey>& keys() {
  static const std::vector<record::SeriesKey> all = {
      {{{"service", "cart"}, {"metric", "cpu"}, {"labels.instance", "10.0.0.1:80"}, {"labels.pod", "a"}}},
      {{{"service", "a \"quoted\", name"}, {"metric", "cpu"}, {"labels.pod", "b\nc\\d"}}},
      {{{"metric", "mem\xC3\xA4"}, {"labels.instance", "bad \xFF byte"}}},
  };
  return all;
}

std::string by_sample_writer(Format format, const std::string& file) {
  record::Sink sink(file);
  source::SampleWriter writer(sink, format);
  if (format == Format::csv) writer.set_columns({"instance", "pod"}, true);
  std::vector<source::SampleSeries> series;
  for (const record::SeriesKey& key : keys()) series.push_back({0, key, {}, {}, kNoTime, 0});
  for (int step = 0; step < 3; ++step) {
    for (source::SampleSeries& one : series)
      writer.write(one, step * 1500 * kMillisecond, step == 1 ? "" : "0.25");
  }
  sink.close();
  return read_file(file);
}

std::string by_record_writer(Format format, const std::string& file) {
  const bool csv = format == Format::csv;
  std::vector<std::string> columns{"timestamp", "service", "metric", "value"};
  for (const char* label : {"labels.instance", "labels.pod"}) columns.emplace_back(label);
  record::Sink sink(file);
  record::RecordWriter writer(sink, format, columns);
  for (int step = 0; step < 3; ++step) {
    for (const record::SeriesKey& key : keys()) {
      writer.start();
      writer.time(0, step * 1500 * kMillisecond);
      for (std::size_t i = 1; i < columns.size(); ++i) {
        if (i != 3) {
          writer.text(i, key.get(columns[i]));
        } else if (step != 1) {
          writer.number(i, 0.25);
        } else if (!csv) {
          writer.json(i, "null");
        }
      }
      writer.end();
    }
  }
  sink.close();
  return read_file(file);
}

}  // namespace

TEST_CASE("records are those of the general writer") {
  const Scratch scratch;
  for (const Format format : {Format::ndjson, Format::csv}) {
    const std::string text = by_sample_writer(format, scratch / "a");
    CHECK(text == by_record_writer(format, scratch / "b"));
    CHECK(text.size() > 500);
  }
}
