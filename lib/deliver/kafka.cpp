#include "deliver/kafka.hpp"

#include <optional>

#include "base/error.hpp"

namespace aiops::deliver {

KafkaDelivery deliver_to_kafka(record::Reader& reader, const net::KafkaOptions& options,
                               const std::string& topic, Diagnostics& diagnostics) {
  KafkaDelivery delivery;
  std::optional<net::KafkaProducer> producer;  // made when it is known that there is something to send
  reader.on_block([&producer] {
    if (producer) producer->poll();
  });
  while (const record::Batch* batch = reader.next()) {
    if (reader.format() == record::Format::csv)
      throw UsageError("the records are CSV; a message of Kafka is an object: expected NDJSON");
    if (!producer) producer.emplace(options, topic, diagnostics);
    for (std::size_t i = 0; i < batch->size(); ++i) {
      producer->send(reader.series().text(batch->series[i]), batch->line[i]);
      ++delivery.records;
    }
  }
  if (!producer) return delivery;
  // Each message has its time from when it was sent; then librdkafka gives it up.
  producer->flush(options.timeout + 5 * kSecond);
  delivery.confirmed = producer->confirmed();
  delivery.why = producer->why();
  if (delivery.why.empty() && delivery.confirmed < delivery.records)
    delivery.why = "the brokers have not confirmed them";
  return delivery;
}

}  // namespace aiops::deliver
