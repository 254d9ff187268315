#include "net/kafka_client.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"

namespace aiops::net {
namespace {

// What librdkafka logs repeats what it reports as errors.
void no_log(const rd_kafka_t*, int, const char*, const char*) {}

}  // namespace

std::string KafkaPartition::text() const { return fmt::format("{}/{}", topic, number); }

KafkaSettings::KafkaSettings(const KafkaOptions& options,
                             const std::vector<std::pair<std::string, std::string>>& own)
    : conf_(kafka_.conf_new()) {
  try {
    set("bootstrap.servers", options.brokers, "--brokers");
    set("client.id", "aiops", "");
    for (const auto& [name, value] : own) set(name, value, "");
    if (!options.properties.empty()) read_file_of(options.properties);
    kafka_.conf_set_log_cb(conf_, no_log);
  } catch (...) {
    kafka_.conf_destroy(conf_);
    throw;
  }
}

KafkaSettings::~KafkaSettings() {
  if (conf_ != nullptr) kafka_.conf_destroy(conf_);
}

void KafkaSettings::set(const std::string& name, const std::string& value, std::string_view where) {
  char why[512] = "";
  const rd_kafka_conf_res_t result =
      kafka_.conf_set(conf_, name.c_str(), value.c_str(), static_cast<char*>(why), sizeof why);
  if (result == RD_KAFKA_CONF_OK) return;
  // librdkafka's own words may hold the value.
  throw UsageError(fmt::format("{}: {}: {}", where, printable(name),
                               result == RD_KAFKA_CONF_UNKNOWN
                                   ? "librdkafka has no such property (its CONFIGURATION.md lists them)"
                                   : "the value is none of those that this property takes"));
}

void KafkaSettings::read_file_of(const std::string& path) {
  const std::string text = read_file(path);
  std::size_t number = 0;
  for (const std::string& line : split(text, '\n')) {
    ++number;
    const std::string_view setting = trim(line);
    if (setting.empty() || setting.starts_with('#')) continue;
    const std::string where = fmt::format("{}:{}", path, number);
    const auto equals = setting.find('=');
    if (equals == std::string_view::npos) {
      throw UsageError(fmt::format("{}: expected NAME=VALUE, such as security.protocol=SASL_SSL", where));
    }
    set(std::string(trim(setting.substr(0, equals))), std::string(trim(setting.substr(equals + 1))), where);
  }
}

rd_kafka_t* KafkaSettings::make(rd_kafka_type_t type) {
  char why[512] = "";
  rd_kafka_t* handle = kafka_.create(type, conf_, static_cast<char*>(why), sizeof why);
  if (handle == nullptr) throw UsageError(fmt::format("Kafka: {}", printable(why, 500)));
  conf_ = nullptr;  // the handle's now
  return handle;
}

void KafkaTrouble::report(rd_kafka_resp_err_t code, std::string_view reason) {
  if (reason.empty()) reason = kafka_library().err2str(code);
  reason = reason.substr(0, reason.find(" (after "));  // how long it took differs each time
  // All brokers being down says less than the reason, which was said before it.
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !last_.empty()) return;
  std::string said = printable(reason, 300);
  if (said != last_) diagnostics_.warn("Kafka: " + said);
  last_ = std::move(said);
}

}  // namespace aiops::net
