#include "feature/request_rows.hpp"

#include <fmt/core.h>

#include <cmath>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/fields.hpp"

namespace aiops::feature {

RequestRowWriter::RequestRowWriter(record::Sink& sink, record::Format format, std::vector<std::string> keys)
    : sink_(sink), csv_(format == record::Format::csv), keys_(std::move(keys)) {
  for (std::size_t i = 0; i < before_.size(); ++i) {
    before_[i] = csv_ ? "," : fmt::format(",\"{}\":", kRequestFeatures[i]);
  }
}

void RequestRowWriter::header() {
  if (!csv_) return;
  std::string& out = sink_.buffer();
  out += field::kTimestamp;
  for (const auto& name : keys_) append_csv_field(out += ',', name);
  for (const auto name : kRequestFeatures) append_csv_field(out += ',', name);
  out += '\n';
}

void RequestRowWriter::write(Nanos start, const record::SeriesKey& key, const RequestRow& row) {
  std::string& out = sink_.buffer();
  out += csv_ ? "" : "{\"timestamp\":\"";
  append_time(out, start);
  if (csv_) {
    for (const auto& name : keys_) append_csv_field(out += ',', key.get(name));
  } else {
    out += '"';
    record::append_json_members(out, key);
  }
  for (std::size_t i = 0; i < row.size(); ++i) {
    out += before_[i];
    std::isfinite(row[i]) ? append_6(out, row[i]) : void(out += csv_ ? "" : "null");
  }
  out += csv_ ? "\n" : "}\n";
  sink_.written();
}

}  // namespace aiops::feature
