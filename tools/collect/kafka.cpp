// aiops-collect kafka: records from topics.
#include "source/kafka.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "commands.hpp"
#include "shared.hpp"

namespace aiops {
namespace {

struct Kafka {
  source::KafkaCollectOptions options;
  std::string from = "beginning", payload = "json", kind = "auto", format = "ndjson", rejects, manifest,
              partial = "fail";

  void declare(cli::Command& command);
  void declare_records(cli::Command& command);
  Status run(cli::Command& command, Diagnostics& diagnostics);
  void apply();
};

void Kafka::declare_records(cli::Command& command) {
  command.group("Records");
  command.choice("--payload", payload, {"json", "record"},
                 "What a message is: a JSON object of a log, whose fields are mapped as aiops-collect files "
                 "maps them; or a "
                 "record as these tools write them, which is passed on as it is with record_id behind.");
  command.choice("--kind", kind, {"auto", "log", "sample"},
                 "With --payload json: the records to make. auto makes samples of messages that have a value "
                 "and nothing of a "
                 "log.");
  command.option("--map", "FIELD=PATH", options.records.mapping.map,
                 "Take the field of the record from this field of the message; see aiops-collect files.");
  command
      .option("--keep", "PATHS", options.records.mapping.keep,
              "Fields that become labels of the same name; PATH.* keeps all below a path, '*' all that has "
              "no other place.")
      .list = true;
  command.option("--service", "NAME", options.records.service, "The service of records that name none.");
  command.option("--metric", "NAME", options.records.metric, "The metric of samples that name none.");
  command.option("--label", "NAME=TEXT", options.records.labels,
                 "A label for each record, with --payload json.");
  command.group("");
}

void Kafka::declare(cli::Command& command) {
  command.describe(
      "Reads the messages of Kafka topics and writes them as records, each with its record_id, "
      "TOPIC/PARTITION/OFFSET. "
      "Without --follow it ends where the topics ended when it began.");
  command.section("NONE LOST",
                  "Positions are kept after the output was written, never before: in the group (--group, at "
                  "the broker), or in a file "
                  "(--checkpoint). After a kill, what was written behind the position that was kept last "
                  "comes again, with the same "
                  "record_id (samples: the same series and timestamp). With --checkpoint and -o it is cut "
                  "off the file before, so that "
                  "each message stands there once.");
  command.section("LIMITS",
                  "What the broker has deleted (retention) before it was read is told with its offsets, and "
                  "the exit status is 4. Order "
                  "holds within a partition alone. Messages without a payload (deletions in a compacted "
                  "topic) are counted and passed "
                  "over. A message that cannot be read is told with topic, partition and offset, and the "
                  "exit status is 3. A consumer that "
                  "was killed keeps its partitions until session.timeout.ms has passed.");
  command.group("Kafka");
  command.option("--brokers", "HOST:PORT,…", options.server.brokers, "Where to connect first.").required =
      true;
  command.option("--topic", "NAME", options.topics, "A topic to read.").required = true;
  command.option("--group", "NAME", options.group,
                 "Share the partitions with other consumers of this group, and keep positions in it.");
  command.option("--from", "beginning|end|TIME", from,
                 "Where partitions begin that have no position yet: at their first message, behind their "
                 "last one, or at the "
                 "first message of this time or later.");
  command.flag("--follow", options.follow, "Go on when the end is reached, until a signal.");
  command.option("--checkpoint", "FILE", options.checkpoint,
                 "Keep positions in FILE, and go on from there at the next start.");
  command.option("--properties", "FILE", options.server.properties,
                 "Take further settings from FILE, NAME=VALUE a line, as librdkafka names them: "
                 "security.protocol=SASL_SSL, "
                 "sasl.mechanism, sasl.username, sasl.password, ssl.ca.location, …");
  command.duration("--timeout", options.server.timeout,
                   "Give up when nothing comes for this time, though there is more to read.");
  command.group("");
  declare_records(command);
  command.group("Output");
  command.option("-o,--output", "FILE", options.output,
                 "Write to FILE in place of standard output. The file appears when it is complete; with "
                 "--follow, --group or "
                 "--checkpoint it grows, and what is in it already is kept.");
  command.choice("--format", format, {"ndjson", "csv"},
                 "Format of the records; csv with --payload json alone.");
  command.option("--rejects", "FILE", rejects, "Keep the messages that could not be read in FILE.");
  command.option("--manifest", "FILE", manifest,
                 "Write an account to FILE (JSON): records of each topic, what was missing.");
  command.choice(
      "--partial", partial, {"fail", "ok"},
      "Whether messages that are missing are a failure (exit status 4). The manifest tells it either way.");
  command.group("");
  command.example(
      "aiops-collect kafka --brokers 127.0.0.1:9092 --topic logs --group aiops --follow | aiops-features "
      "requests",
      "Features of what services log to a topic.");
  command.example(
      "aiops-collect kafka --brokers 127.0.0.1:9092 --topic scores --payload record --checkpoint "
      "scores.position -o "
      "scores.ndjson",
      "Bring a file up to date with a topic, each message once.");
}

void Kafka::apply() {
  if (!options.group.empty() && !options.checkpoint.empty())
    throw UsageError("--group and --checkpoint exclude each other: both keep positions");
  const bool follow = options.follow;
  if (from == "end") {
    if (!follow && options.checkpoint.empty() && options.group.empty())
      throw UsageError("--from end without --follow reads nothing");
    options.from = source::KafkaCollectOptions::From::end;
  } else if (from != "beginning") {
    options.from = source::KafkaCollectOptions::From::time;
    options.from_time = time_option("--from", from, now());
  }
  options.records.are_records = payload == "record";
  if (options.records.are_records && format == "csv")
    throw UsageError("--format csv is for --payload json; records are passed on as they are");
  if (kind == "log") options.records.parser.kind = source::RecordKind::log;
  if (kind == "sample") options.records.parser.kind = source::RecordKind::sample;
  options.records.format = format == "csv" ? record::Format::csv : record::Format::ndjson;
  if (options.output == "-") options.output.clear();
  if (options.server.timeout < kSecond) throw UsageError("--timeout: expected a second or more");
  std::vector<std::string> asked{payload,
                                 kind,
                                 format,
                                 options.records.service,
                                 options.records.metric,
                                 join(options.records.labels, ","),
                                 join(options.records.mapping.map, ","),
                                 join(options.records.mapping.keep, ",")};
  asked.insert(asked.end(), options.topics.begin(), options.topics.end());
  options.asked = source::fingerprint(asked);
}

Status Kafka::run(cli::Command& command, Diagnostics& diagnostics) {
  apply();
  command.stops_in_order(options.follow);
  record::Rejects rejected(diagnostics, rejects);
  source::Manifest account;
  account.records = "record";
  const Status status = source::with_manifest(account, manifest, diagnostics, [&] {
    source::KafkaCollector collector(options, account, rejected, diagnostics);
    return collector.run();
  });
  return worse(accept_partial(status, partial, account), rejected.finish());
}

}  // namespace

std::unique_ptr<cli::Command> kafka_command() {
  return command_of<Kafka>("kafka", "Collect records from topics of Kafka");
}

}  // namespace aiops
