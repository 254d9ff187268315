// Kafka: reading and writing messages, on librdkafka.
//
// Each object belongs to one thread. Waiting ends within a tenth of a second when a stop is requested. No
// message holds a property's value; properties may be secret.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

namespace aiops::net {

struct KafkaOptions {
  std::string brokers;           // host:port,host:port
  std::string properties;        // file of NAME=VALUE lines as librdkafka names them; "": none
  Nanos timeout = 30 * kSecond;  // for an answer of the brokers
};

// A partition of a topic.
struct KafkaPartition {
  std::string topic;
  std::int32_t number = 0;
  auto operator<=>(const KafkaPartition&) const = default;
  std::string text() const;  // "topic/3"
};

// Where reading goes on, for each partition: the offset of the next message.
using KafkaPositions = std::map<KafkaPartition, std::int64_t>;

struct KafkaMessage {
  std::string_view topic, payload;  // valid until the next call
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  Nanos time = kNoTime;     // as the producer or the broker stamped it
  bool has_payload = true;  // false: a tombstone
};

class KafkaConsumer {
 public:
  struct Bounds {
    std::int64_t low = 0, high = 0;  // the oldest message that there is, and the one after the newest
  };
  // group "": positions are the caller's. Throws UsageError for properties that are none.
  KafkaConsumer(const KafkaOptions& options, const std::string& group, Diagnostics& diagnostics);
  ~KafkaConsumer();

  // All partitions of a topic. Throws BackendError: no answer, no such topic.
  std::vector<KafkaPartition> partitions(const std::string& topic);
  Bounds bounds(const KafkaPartition& partition);
  // The first message at this time or later, for each partition; at its end where there is none.
  KafkaPositions at_time(const std::vector<KafkaPartition>& partitions, Nanos time);

  // Reads these partitions from these positions on, in place of those before.
  void assign(const KafkaPositions& positions);

  // Reads what the group gives us. given: partitions that are ours now, with the positions that the group has
  // kept (-1: none); sets where to begin. taken: they are another's from now on; lost: they have been
  // already.
  struct GroupHooks {
    std::function<void(KafkaPositions& positions)> given;
    std::function<void(const std::vector<KafkaPartition>& partitions, bool lost)> taken;
  };
  void subscribe(const std::vector<std::string>& topics, GroupHooks hooks);
  // The positions that the group has kept; -1: none. Throws BackendError.
  KafkaPositions committed(const std::vector<KafkaPartition>& partitions);
  // Keeps the positions in the group. Throws BackendError.
  void commit(const KafkaPositions& positions);
  // Leaves the group, which calls `taken`.
  void close();

  enum class Event {
    message,
    nothing,       // within the time
    end,           // of a partition: `message` says of which, and at which offset
    out_of_range,  // the position is not there any more: `message` says of which partition
  };
  // Throws BackendError for what will not go well by itself (authorisation, a topic that went away); the loss
  // of the connection is said as a warning, and waited for.
  Event poll(KafkaMessage& message, Nanos wait);
  // The last loss of the connection since something came; "" if there was none.
  const std::string& trouble() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Writes messages, each once and in order (idempotent producer).
class KafkaProducer {
 public:
  KafkaProducer(const KafkaOptions& options, const std::string& topic, Diagnostics& diagnostics);
  ~KafkaProducer();

  // Takes a message, waiting while the queue is full. Throws Error(Status::interrupted).
  void send(std::string_view key, std::string_view payload);
  // Takes what the brokers have confirmed, without waiting.
  void poll();
  // Waits until the brokers have confirmed all, or given up; at most for `timeout`.
  void flush(Nanos timeout);

  std::uint64_t confirmed() const;
  // Messages that were not delivered, and why the first was not.
  std::uint64_t failed() const;
  const std::string& why() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::net
