// Documents into an index of Elasticsearch (7 and 8) or OpenSearch, by _bulk.
//
// Each document has an id: one that is sent again takes the place of the first. What the server refuses for
// now (429, 503) is sent again, the whole or single documents; what it refuses for good is told, document by
// document.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/random.hpp"
#include "source/json_api.hpp"

namespace aiops::deliver {

struct BulkOptions {
  source::ServerOptions server;
  std::string index;
  bool make_template = true;            // where there is none: mappings for an index of anomalies
  std::size_t bytes = 4 * 1024 * 1024;  // of a request, about
  std::size_t documents = 1000;
};

struct BulkAccount {
  std::uint64_t created = 0, replaced = 0, refused = 0;  // documents
  std::uint64_t requests = 0, retries = 0;
};

// The index template for anomalies: JSON.
std::string anomaly_template(const std::string& index);

// One thread.
class BulkWriter {
 public:
  // diagnostics must outlive it. Throws UsageError.
  BulkWriter(const BulkOptions& options, Diagnostics& diagnostics);

  // Makes the index template if it is not there. Throws net::HttpError.
  void prepare();

  // document: JSON on one line. about: what it is called in messages. Throws as flush() does.
  void add(std::string_view id, std::string_view document, std::string about);
  // Sends what waits, also when a stop was requested. Throws net::HttpError when the server cannot be had.
  void flush();

  BulkAccount account() const;

  static constexpr std::uint64_t kShown = 10;  // refusals that are told one by one

 private:
  struct Item {
    std::string id, document, about;
  };
  // What became of one document.
  struct Outcome {
    int status = 0;
    std::string error;
  };

  void send(std::vector<Item> items);
  std::vector<Outcome> ask(const std::vector<Item>& items);
  void refuse(const Item& item, const Outcome& outcome);

  BulkOptions options_;
  Diagnostics& diagnostics_;
  source::Manifest manifest_;  // counts requests
  source::JsonApi api_;
  Random random_;
  std::vector<Item> waiting_;
  std::size_t waiting_bytes_ = 0;
  BulkAccount account_;
};

}  // namespace aiops::deliver
