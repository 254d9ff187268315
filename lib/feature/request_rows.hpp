// Rows of request features on their way out.
#pragma once

#include <string>
#include <vector>

#include "feature/requests.hpp"
#include "record/reader.hpp"
#include "record/writer.hpp"

namespace aiops::feature {

class RequestRowWriter {
 public:
  // keys: the key fields that are columns in CSV; NDJSON has those that a key has. The sink must outlive it.
  RequestRowWriter(record::Sink& sink, record::Format format, std::vector<std::string> keys);

  void header();  // CSV: to be called once, before the first row
  void write(Nanos start, const record::SeriesKey& key, const RequestRow& row);

 private:
  record::Sink& sink_;
  bool csv_;
  std::vector<std::string> keys_;
  std::array<std::string, kRequestFeatures.size()> before_;  // what stands before each feature
};

}  // namespace aiops::feature
