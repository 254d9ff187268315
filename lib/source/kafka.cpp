#include "source/kafka.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/stop.hpp"
#include "base/text.hpp"

namespace aiops::source {
namespace {

constexpr Nanos kSettleEvery = kSecond;  // keeping positions costs a round to the broker, or to the disk
constexpr Nanos kAskGroupEvery = 300 * kMillisecond;
constexpr Nanos kLookEvery = 30 * kSecond;         // follow: for partitions that are new
constexpr Nanos kPatience = 100 * kMillisecond;    // for a message, before other things are looked after
constexpr std::uint64_t kMessagesAtOnce = 10'000;  // between two looks at the clock

}  // namespace

struct KafkaCollector::Impl {
  Impl(KafkaCollectOptions options_, Manifest& manifest_, record::Rejects& rejects, Diagnostics& diagnostics_)
      : options(std::move(options_)),
        manifest(manifest_),
        diagnostics(diagnostics_),
        records(options.records, rejects),
        consumer(options.server, options.group, diagnostics_) {}

  void enter_parts();
  void open_output();
  void begin();
  net::KafkaPositions chosen(const std::vector<net::KafkaPartition>& partitions);
  void given(net::KafkaPositions& positions);
  void taken(const std::vector<net::KafkaPartition>& partitions, bool lost);
  void loop();
  bool take(Nanos wait);
  void write(const net::KafkaMessage& message);
  void jump(const net::KafkaPartition& partition);
  bool own_at_end() const;
  bool at_end();
  void complain_when_stuck() const;
  void look_for_new_partitions();
  void settle();
  void save();

  KafkaCollectOptions options;
  Manifest& manifest;
  Diagnostics& diagnostics;
  KafkaRecords records;
  std::unique_ptr<GrowingFile> file;
  std::unique_ptr<record::Sink> sink;
  std::optional<KafkaCheckpoint> resumed;
  net::KafkaConsumer consumer;
  net::KafkaPositions next;      // of the partitions that are ours
  net::KafkaPositions ends;      // as they were when they became ours; not when following
  net::KafkaPositions all_ends;  // of all partitions at the start, where a group shares them
  std::map<std::string, std::size_t, std::less<>> parts;
  bool ours = false;   // we know which partitions are ours
  bool dirty = false;  // positions have moved since they were kept
  Nanos settled = 0, looked = 0, heard = 0, asked_group = 0;
  std::uint64_t tombstones = 0;
};

void KafkaCollector::Impl::enter_parts() {
  manifest.source = "kafka";
  manifest.url = options.server.brokers;
  for (const std::string& topic : options.topics) {
    if (!parts.emplace(topic, manifest.parts.size()).second)
      throw UsageError(fmt::format("--topic {} is given twice", printable(topic)));
    manifest.parts.emplace_back().name = topic;
  }
}

void KafkaCollector::Impl::open_output() {
  if (!options.checkpoint.empty()) {
    resumed = KafkaCheckpoint::load(options.checkpoint);
    if (resumed && (resumed->output != options.output || resumed->asked != options.asked)) {
      throw UsageError(fmt::format(
          "{}: the run that left this checkpoint {}; use another checkpoint, or remove it to "
          "begin anew",
          options.checkpoint,
          resumed->output != options.output ? "wrote to another output" : "asked for something else"));
    }
  }
  // Positions that are kept in the group must not run ahead of a file that appears at the end only.
  const bool grows = options.follow || !options.checkpoint.empty() || !options.group.empty();
  if (options.output.empty() || !grows) {
    sink = std::make_unique<record::Sink>(options.output);
    return;
  }
  file = std::make_unique<GrowingFile>(options.output);
  if (resumed) {
    file->cut(resumed->length);
  } else if (!options.checkpoint.empty() && file->length() != 0) {
    throw UsageError(
        fmt::format("{} is there, but its checkpoint {} is not: what it holds cannot be told; move it "
                    "away, or bring the checkpoint back",
                    options.output, options.checkpoint));
  } else {
    file->cut_half_line();
  }
  if (file->length() != 0) {
    manifest.resumed = true;
    const bool csv = options.records.format == record::Format::csv;
    if (csv == file->first_line().starts_with('{'))
      throw OutputError(fmt::format("{} holds records in another format than --format says", options.output));
    if (csv) records.header_is_there();
  }
  sink = std::make_unique<record::Sink>(file->writer(), options.output);
}

// Where partitions begin that have no position yet.
net::KafkaPositions KafkaCollector::Impl::chosen(const std::vector<net::KafkaPartition>& partitions) {
  if (options.from == KafkaCollectOptions::From::time) return consumer.at_time(partitions, options.from_time);
  net::KafkaPositions positions;
  for (const net::KafkaPartition& partition : partitions) {
    const net::KafkaConsumer::Bounds bounds = consumer.bounds(partition);
    positions[partition] = options.from == KafkaCollectOptions::From::end ? bounds.high : bounds.low;
  }
  return positions;
}

void KafkaCollector::Impl::begin() {
  std::vector<net::KafkaPartition> all;
  for (const std::string& topic : options.topics) {
    for (net::KafkaPartition& partition : consumer.partitions(topic)) all.push_back(std::move(partition));
  }
  heard = looked = settled = now();
  if (!options.group.empty()) {
    for (const net::KafkaPartition& partition : all) {
      if (options.follow) break;
      const net::KafkaConsumer::Bounds bounds = consumer.bounds(partition);
      if (bounds.high > bounds.low) all_ends[partition] = bounds.high;
    }
    consumer.subscribe(options.topics,
                       {[this](net::KafkaPositions& positions) { given(positions); },
                        [this](const auto& partitions, bool lost) { taken(partitions, lost); }});
    return;
  }
  net::KafkaPositions positions;
  for (const net::KafkaPartition& partition : all) positions[partition] = -1;
  if (resumed) {
    // A partition that the checkpoint does not know is newer than it.
    for (auto& [partition, offset] : positions) offset = 0;
    for (const auto& [partition, offset] : resumed->positions) {
      if (positions.contains(partition)) positions[partition] = offset;
    }
  }
  given(positions);
  consumer.assign(next);
  if (!options.checkpoint.empty() && !resumed) save();  // from here on a kill leaves a checkpoint
}

void KafkaCollector::Impl::given(net::KafkaPositions& positions) {
  std::vector<net::KafkaPartition> without;
  for (const auto& [partition, offset] : positions) {
    if (offset < 0) without.push_back(partition);
  }
  for (const auto& [partition, offset] : chosen(without)) positions[partition] = offset;
  next = positions;
  ends.clear();
  if (!options.follow) {
    for (const auto& [partition, offset] : next) ends[partition] = consumer.bounds(partition).high;
  }
  ours = true;
}

void KafkaCollector::Impl::taken(const std::vector<net::KafkaPartition>& partitions, bool lost) {
  if (!lost) {
    dirty = true;
    settle();
  }
  for (const net::KafkaPartition& partition : partitions) {
    next.erase(partition);
    ends.erase(partition);
  }
  ours = false;
}

bool KafkaCollector::Impl::own_at_end() const {
  if (options.follow || !ours) return false;
  return std::all_of(ends.begin(), ends.end(),
                     [this](const auto& end) { return next.at(end.first) >= end.second; });
}

// In a group the partitions of others have to be read, too: a member that was killed holds its own until its
// session is over, and then they are ours.
bool KafkaCollector::Impl::at_end() {
  if (!own_at_end()) return false;
  if (options.group.empty() || options.from != KafkaCollectOptions::From::beginning) return true;
  std::vector<net::KafkaPartition> others;
  for (const auto& [partition, end] : all_ends) {
    if (!next.contains(partition)) others.push_back(partition);
  }
  if (others.empty()) return true;
  if (now() - asked_group < kAskGroupEvery) return false;
  asked_group = now();
  const net::KafkaPositions kept = consumer.committed(others);
  return std::all_of(kept.begin(), kept.end(),
                     [this](const auto& one) { return one.second >= all_ends.at(one.first); });
}

void KafkaCollector::Impl::loop() {
  while (!at_end()) {
    if (stop_requested()) {
      if (options.follow) return;
      throw Error(Status::interrupted, "interrupted");
    }
    // Waits for the first message alone: one every now and then must not keep what came before it from being
    // written out.
    const bool heard_one = take(kPatience);
    bool more = heard_one;
    for (std::uint64_t i = 1; more && i < kMessagesAtOnce && !own_at_end(); ++i) more = take(0);
    if (!more) sink->flush();
    if (now() - settled >= kSettleEvery) settle();
    if (options.follow && options.group.empty() && now() - looked >= kLookEvery) look_for_new_partitions();
    if (!heard_one) complain_when_stuck();
  }
}

// False: there is nothing at the moment.
bool KafkaCollector::Impl::take(Nanos wait) {
  net::KafkaMessage message;
  const auto event = consumer.poll(message, wait);
  if (event == net::KafkaConsumer::Event::nothing) return false;
  heard = now();
  net::KafkaPartition partition{std::string(message.topic), message.partition};
  const auto position = next.find(partition);
  if (position == next.end()) return true;  // not ours any more
  if (event == net::KafkaConsumer::Event::out_of_range) {
    jump(partition);
  } else if (event == net::KafkaConsumer::Event::end) {
    // Behind the last message may stand marks of transactions, which are no messages.
    dirty = dirty || message.offset > position->second;
    position->second = std::max(position->second, message.offset);
  } else if (message.offset >= position->second) {
    write(message);
    position->second = message.offset + 1;
    dirty = true;
  }
  return true;
}

void KafkaCollector::Impl::write(const net::KafkaMessage& message) {
  if (!message.has_payload) {
    ++tombstones;
    return;
  }
  const KafkaRecords::Written written = records.write(message, *sink);
  if (!written.written) return;
  Manifest::Part& part = manifest.parts[parts.find(message.topic)->second];
  ++part.records;
  if (written.time == kNoTime) return;
  if (part.first == kNoTime || written.time < part.first) part.first = written.time;
  part.last = std::max(part.last, written.time);
}

// The position is not there any more, for the broker has deleted old messages, or the topic was made anew.
void KafkaCollector::Impl::jump(const net::KafkaPartition& partition) {
  const net::KafkaConsumer::Bounds bounds = consumer.bounds(partition);
  std::int64_t& position = next[partition];
  const std::string what =
      position < bounds.low
          ? fmt::format(
                "the broker had deleted the messages {} to {} of {} before they were read (retention)",
                position, bounds.low - 1, partition.text())
          : fmt::format(
                "{} ends at the message {}, before {}, where reading was to go on: it was made anew; it is "
                "read "
                "from its beginning",
                partition.text(), bounds.high, position);
  manifest.cut(what);
  diagnostics.warn(what);
  position = bounds.low;
  consumer.assign(next);
}

void KafkaCollector::Impl::look_for_new_partitions() {
  looked = now();
  bool more = false;
  try {
    for (const std::string& topic : options.topics) {
      for (net::KafkaPartition& partition : consumer.partitions(topic))
        more = next.emplace(std::move(partition), 0).second || more;
    }
  } catch (const BackendError&) {
    return;  // poll() says what is wrong
  }
  if (more) consumer.assign(next);
}

void KafkaCollector::Impl::complain_when_stuck() const {
  if (options.follow || now() - heard < options.server.timeout) return;
  const std::string& trouble = consumer.trouble();
  const bool others = own_at_end();
  throw BackendError(
      fmt::format("Kafka: nothing came for {}, though {}{}{}", format_duration(options.server.timeout),
                  others ? "other members of the group have not read their partitions to the end"
                         : "there is more to read",
                  trouble.empty() ? "" : ": ", trouble));
}

// Everything read so far is written out, then the positions are kept.
void KafkaCollector::Impl::settle() {
  sink->flush();
  settled = now();
  if (!dirty) return;
  if (!options.checkpoint.empty()) save();
  if (!options.group.empty()) {
    if (file) file->sync();
    consumer.commit(next);
  }
  dirty = false;
}

void KafkaCollector::Impl::save() {
  KafkaCheckpoint checkpoint;
  if (file) {
    file->sync();
    checkpoint.length = file->length();
  }
  checkpoint.output = options.output;
  checkpoint.asked = options.asked;
  checkpoint.positions = next;
  checkpoint.save(options.checkpoint);
}

KafkaCollector::KafkaCollector(KafkaCollectOptions options, Manifest& manifest, record::Rejects& rejects,
                               Diagnostics& diagnostics)
    : impl_(std::make_unique<Impl>(std::move(options), manifest, rejects, diagnostics)) {}
KafkaCollector::~KafkaCollector() = default;

Status KafkaCollector::run() {
  Impl& impl = *impl_;
  impl.enter_parts();
  impl.open_output();
  impl.begin();
  try {
    impl.loop();
  } catch (const Error&) {
    // What came is written and kept; the failure that is told is the first.
    try {
      if (impl.file || impl.options.output.empty()) impl.settle();
    } catch (const std::exception&) {
    }
    throw;
  }
  impl.settle();
  impl.consumer.close();
  impl.sink->close();
  if (impl.tombstones != 0) {
    impl.diagnostics.info(fmt::format("{} without a payload (deletions) {} passed over",
                                      count(impl.tombstones, "message"),
                                      impl.tombstones == 1 ? "was" : "were"));
  }
  return impl.options.follow ? Status::done : impl.manifest.status();
}

}  // namespace aiops::source
