// aiops-collect kafka: the messages of topics as records, each at least once into a pipe, exactly once into a
// file.
//
// Positions (the offset of the next message, for each partition) are kept after the output has been written:
// in the group, at the broker, or in a checkpoint beside the length that the output had then. After a kill,
// what was written behind the kept position comes again: with the same record_id into a pipe; cut off in a
// file with a checkpoint.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "net/kafka.hpp"
#include "record/rejects.hpp"
#include "record/writer.hpp"
#include "source/checkpoint.hpp"
#include "source/kafka_records.hpp"
#include "source/manifest.hpp"

namespace aiops::source {

struct KafkaCollectOptions {
  net::KafkaOptions server;
  std::vector<std::string> topics;
  std::string group;  // "": none
  // Where a partition begins that has no position yet.
  enum class From { beginning, end, time };
  From from = From::beginning;
  Nanos from_time = kNoTime;
  bool follow = false;
  KafkaRecordOptions records;
  std::string output, checkpoint;  // "": standard output; none
  std::string asked;               // fingerprint of what is asked for
};

struct KafkaCheckpoint {
  std::string output, asked;
  std::uint64_t length = 0;
  net::KafkaPositions positions;

  // nullopt if there is no such file. Throws InputError when it is no checkpoint of this source.
  static std::optional<KafkaCheckpoint> load(const std::filesystem::path& path);
  // Atomic and durable. Throws OutputError.
  void save(const std::filesystem::path& path) const;
};

// One thread. All references must outlive it.
class KafkaCollector {
 public:
  KafkaCollector(KafkaCollectOptions options, Manifest& manifest, record::Rejects& rejects,
                 Diagnostics& diagnostics);
  ~KafkaCollector();

  // Reads to the end of the topics as it is at the start, or follows until a stop is requested. Throws
  // BackendError, UsageError, InputError, OutputError, ClosedPipe.
  Status run();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace aiops::source
