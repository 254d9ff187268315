#include "deliver/kafka.hpp"

#include "base/error.hpp"

namespace aiops::deliver {

KafkaDelivery deliver_to_kafka(record::Reader& reader, const net::KafkaOptions& options,
                               const std::string& topic, Diagnostics& diagnostics) {
  KafkaDelivery delivery;
  net::KafkaProducer producer(options, topic, diagnostics);
  reader.on_block([&producer] { producer.poll(); });
  while (const record::Batch* batch = reader.next()) {
    if (reader.format() == record::Format::csv)
      throw UsageError("the records are CSV; a message of Kafka is an object: expected NDJSON");
    for (std::size_t i = 0; i < batch->size(); ++i) {
      producer.send(reader.series().text(batch->series[i]), batch->line[i]);
      ++delivery.records;
    }
  }
  // Each message has its time from when it was sent; then librdkafka gives it up.
  producer.flush(options.timeout + 5 * kSecond);
  delivery.confirmed = producer.confirmed();
  delivery.why = producer.why();
  if (delivery.why.empty() && delivery.confirmed < delivery.records)
    delivery.why = "the brokers have not confirmed them";
  return delivery;
}

}  // namespace aiops::deliver
