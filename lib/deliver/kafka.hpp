// Records to a topic of Kafka.
#pragma once

#include <cstdint>
#include <string>

#include "base/diagnostics.hpp"
#include "net/kafka.hpp"
#include "record/reader.hpp"

namespace aiops::deliver {

struct KafkaDelivery {
  std::uint64_t records = 0, confirmed = 0;
  std::string why;  // the first failure; "" if there was none
};

// Sends each record as a message as it stands; its series is the key, so that those of a series stay in
// order. Returns when the brokers have confirmed all, or given up. Throws UsageError for CSV, InputError, and
// Error(Status::interrupted) while the brokers take nothing.
KafkaDelivery deliver_to_kafka(record::Reader& reader, const net::KafkaOptions& options,
                               const std::string& topic, Diagnostics& diagnostics);

}  // namespace aiops::deliver
