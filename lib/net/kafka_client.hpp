// What consumer and producer have in common: settings, errors, the handle. Inside lib/net only.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/kafka.hpp"
#include "net/kafka_library.hpp"

namespace aiops::net {

class KafkaSettings {
 public:
  // The caller's settings, then those of the file, which win. Throws UsageError with file:line.
  KafkaSettings(const KafkaOptions& options, const std::vector<std::pair<std::string, std::string>>& own);
  ~KafkaSettings();
  KafkaSettings(const KafkaSettings&) = delete;
  KafkaSettings& operator=(const KafkaSettings&) = delete;

  rd_kafka_conf_t* get() { return conf_; }
  // A handle that owns the settings. Throws UsageError for settings that contradict each other.
  rd_kafka_t* make(rd_kafka_type_t type);

 private:
  void set(const std::string& name, const std::string& value, std::string_view where);
  void read_file_of(const std::string& path);

  const KafkaLibrary& kafka_ = kafka_library();
  rd_kafka_conf_t* conf_;
};

// Keeps what librdkafka says of its connections, and says each once.
class KafkaTrouble {
 public:
  explicit KafkaTrouble(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}
  void report(rd_kafka_resp_err_t code, std::string_view reason);
  void clear() { last_.clear(); }
  const std::string& last() const { return last_; }

 private:
  Diagnostics& diagnostics_;
  std::string last_;
};

}  // namespace aiops::net
