// aiops-report kafka: records to a topic.
#include "deliver/kafka.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"

namespace aiops::tools {
namespace {

struct Kafka {
  std::vector<std::string> files;
  net::KafkaOptions server;
  std::string topic;

  Status run(Diagnostics& diagnostics) const;
};

Status Kafka::run(Diagnostics& diagnostics) const {
  if (server.timeout < kSecond) throw UsageError("--timeout: expected a second or more");
  record::Rejects rejects(diagnostics);
  record::ReaderOptions options;
  options.files = files;
  options.max_series = 100'000;  // beyond, keys of idle series are forgotten and made anew
  options.columns.value_required = false;
  record::Reader reader(options, rejects, diagnostics);
  const deliver::KafkaDelivery delivery = deliver::deliver_to_kafka(reader, server, topic, diagnostics);
  const Status read = rejects.finish();
  diagnostics.info(fmt::format("kafka: {} of {} delivered to {}", thousands(delivery.confirmed),
                               count(delivery.records, "record"), printable(topic)));
  if (delivery.confirmed == delivery.records) return read;
  throw BackendError(fmt::format("Kafka: {} not delivered: {}",
                                 count(delivery.records - delivery.confirmed, "record"), delivery.why));
}

}  // namespace

std::unique_ptr<cli::Command> make_kafka() {
  auto command = std::make_unique<cli::Command>("kafka", "Send records to a topic of Kafka");
  auto values = std::make_shared<Kafka>();  // lives as long as the command's body
  command->describe(
      "Sends each record of NDJSON as a message, as it stands, to a topic. The key is the series, so that "
      "the records of a "
      "series stay in order in one partition. Each is written once, whatever the network does (idempotent "
      "producer), and "
      "waited for until the brokers have confirmed it; when one was not delivered, the exit status is 4.");
  command->section(
      "LIMITS",
      "A record that the brokers do not confirm within --timeout is given up and counted. A run that is "
      "repeated "
      "sends its records again. A message is as large as the broker allows (message.max.bytes, 1 MB).");
  command->positional("FILE", values->files, "Records; none, or -, reads standard input.");
  command->group("Kafka");
  command->option("--brokers", "HOST:PORT,…", values->server.brokers, "Where to connect first.").required =
      true;
  command->option("--topic", "NAME", values->topic, "The topic to write to.").required = true;
  command->option("--properties", "FILE", values->server.properties,
                  "Take further settings from FILE, NAME=VALUE a line, as librdkafka names them: "
                  "security.protocol=SASL_SSL, "
                  "sasl.mechanism, sasl.username, sasl.password, ssl.ca.location, compression.type, …");
  command->duration("--timeout", values->server.timeout,
                    "Give up a record that is not confirmed within this time.");
  command->group("");
  command->example(
      "aiops-score --models models/shop < day.ndjson | aiops-report kafka --brokers 127.0.0.1:9092 --topic "
      "scores",
      "Scores to a topic.");
  command->reads_stdin([values] { return values->files.empty(); });
  command->run([values](Diagnostics& diagnostics) { return values->run(diagnostics); });
  return command;
}

}  // namespace aiops::tools
