#include <fmt/core.h>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/kafka_client.hpp"

namespace aiops::net {
namespace {

constexpr Nanos kLongestWait = 100 * kMillisecond;  // how late a stop may be noticed

int milliseconds(Nanos duration) { return static_cast<int>(duration / kMillisecond); }

// A list of partitions with their offsets, as librdkafka takes it.
class PartitionList {
 public:
  explicit PartitionList(const KafkaPositions& positions)
      : list_(kafka_library().topic_partition_list_new(static_cast<int>(positions.size()))) {
    for (const auto& [partition, offset] : positions) {
      kafka_library().topic_partition_list_add(list_, partition.topic.c_str(), partition.number)->offset =
          offset;
    }
  }
  ~PartitionList() { kafka_library().topic_partition_list_destroy(list_); }
  PartitionList(const PartitionList&) = delete;
  PartitionList& operator=(const PartitionList&) = delete;
  rd_kafka_topic_partition_list_t* get() { return list_; }

 private:
  rd_kafka_topic_partition_list_t* list_;
};

KafkaPositions positions_of(const rd_kafka_topic_partition_list_t& list) {
  KafkaPositions positions;
  for (int i = 0; i < list.cnt; ++i)
    positions[{list.elems[i].topic, list.elems[i].partition}] = list.elems[i].offset;
  return positions;
}

// What goes well again by itself: librdkafka connects anew for ever.
bool passes(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
      return true;
    default:
      return false;
  }
}

}  // namespace

struct KafkaConsumer::Impl {
  Impl(const KafkaOptions& options, const std::string& group, Diagnostics& diagnostics)
      : timeout(options.timeout), trouble(diagnostics) {
    std::vector<std::pair<std::string, std::string>> own = {
        {"group.id", group.empty() ? "aiops" : group},
        {"enable.auto.commit", "false"},
        {"enable.auto.offset.store", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "error"},  // what the broker has deleted is told, not jumped over
        // A partition whose queue is full rests for a second: room for what is written meanwhile, in 64 MB.
        {"queued.max.messages.kbytes", "24576"},
        {"queued.min.messages", "100000"},
        {"fetch.wait.max.ms", "100"}};
    KafkaSettings settings(options, own);
    kafka.conf_set_opaque(settings.get(), this);
    kafka.conf_set_error_cb(settings.get(), on_error);
    if (!group.empty()) kafka.conf_set_rebalance_cb(settings.get(), on_rebalance);
    handle = settings.make(RD_KAFKA_CONSUMER);
    kafka.poll_set_consumer(handle);
  }

  ~Impl() {
    free_message();
    // Without a close of its own: what was not committed must not be.
    if (handle != nullptr) kafka.destroy_flags(handle, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  }

  void free_message() {
    if (current != nullptr) kafka.message_destroy(current);
    current = nullptr;
  }

  static void on_error(rd_kafka_t*, int code, const char* reason, void* self) {
    static_cast<Impl*>(self)->trouble.report(static_cast<rd_kafka_resp_err_t>(code), reason);
  }

  // Called from within poll() and close(). What a hook throws goes to their caller.
  static void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* list,
                           void* self) {
    static_cast<Impl*>(self)->rebalance(code, *list);
  }
  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& list) {
    try {
      if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        const rd_kafka_resp_err_t asked = kafka.committed(handle, &list, milliseconds(timeout));
        if (asked != RD_KAFKA_RESP_ERR_NO_ERROR) fail("the group's positions cannot be read", asked);
        KafkaPositions positions = positions_of(list);
        hooks.given(positions);
        PartitionList chosen(positions);
        kafka.assign(handle, chosen.get());
        return;
      }
      std::vector<KafkaPartition> gone;
      for (const auto& [partition, offset] : positions_of(list)) gone.push_back(partition);
      hooks.taken(gone, kafka.assignment_lost(handle) != 0);
    } catch (...) {
      thrown = std::current_exception();
    }
    kafka.assign(handle, nullptr);
  }
  void rethrow() {
    if (thrown) std::rethrow_exception(std::exchange(thrown, nullptr));
  }

  [[noreturn]] void fail(std::string_view what, rd_kafka_resp_err_t code) const {
    const std::string why = trouble.last().empty() ? kafka.err2str(code) : trouble.last();
    throw BackendError(fmt::format("Kafka: {}: {}", what, why));
  }

  const KafkaLibrary& kafka = kafka_library();
  Nanos timeout;
  KafkaTrouble trouble;
  rd_kafka_t* handle = nullptr;
  rd_kafka_message_t* current = nullptr;
  GroupHooks hooks;
  std::exception_ptr thrown;
};

KafkaConsumer::KafkaConsumer(const KafkaOptions& options, const std::string& group, Diagnostics& diagnostics)
    : impl_(std::make_unique<Impl>(options, group, diagnostics)) {}
KafkaConsumer::~KafkaConsumer() = default;

std::vector<KafkaPartition> KafkaConsumer::partitions(const std::string& topic) {
  rd_kafka_topic_t* handle = impl_->kafka.topic_new(impl_->handle, topic.c_str(), nullptr);
  if (handle == nullptr) impl_->fail(fmt::format("topic {}", printable(topic)), impl_->kafka.last_error());
  const struct rd_kafka_metadata* metadata = nullptr;
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
  // In small waits, so that a stop is noticed. What was reported meanwhile is what the failure is about.
  for (const Nanos end = now() + impl_->timeout; now() < end && !stop_requested();) {
    code = impl_->kafka.metadata(impl_->handle, 0, handle, &metadata, 1000);
    if (code != RD_KAFKA_RESP_ERR__TRANSPORT && code != RD_KAFKA_RESP_ERR__TIMED_OUT) break;
    rd_kafka_message_t* event = impl_->kafka.consumer_poll(impl_->handle, 50);
    if (event != nullptr) impl_->kafka.message_destroy(event);
  }
  impl_->kafka.topic_destroy(handle);
  if (stop_requested()) throw Error(Status::interrupted, "interrupted");
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) impl_->fail("no answer from the brokers", code);
  std::vector<KafkaPartition> found;
  if (metadata->topic_cnt == 1) {
    code = metadata->topics[0].err;
    for (int i = 0; i < metadata->topics[0].partition_cnt; ++i)
      found.push_back({topic, metadata->topics[0].partitions[i].id});
  }
  impl_->kafka.metadata_destroy(metadata);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR || found.empty()) {
    throw BackendError(fmt::format("Kafka: topic {}: {}", printable(topic), impl_->kafka.err2str(code)));
  }
  return found;
}

KafkaConsumer::Bounds KafkaConsumer::bounds(const KafkaPartition& partition) {
  Bounds bounds;
  const rd_kafka_resp_err_t code =
      impl_->kafka.query_watermark_offsets(impl_->handle, partition.topic.c_str(), partition.number,
                                           &bounds.low, &bounds.high, milliseconds(impl_->timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    impl_->fail(fmt::format("the offsets of {} cannot be had", partition.text()), code);
  return bounds;
}

KafkaPositions KafkaConsumer::at_time(const std::vector<KafkaPartition>& partitions, Nanos time) {
  KafkaPositions asked;
  for (const KafkaPartition& partition : partitions) asked[partition] = time / kMillisecond;
  PartitionList list(asked);
  const rd_kafka_resp_err_t code =
      impl_->kafka.offsets_for_times(impl_->handle, list.get(), milliseconds(impl_->timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) impl_->fail("the offsets of a time cannot be had", code);
  KafkaPositions positions = positions_of(*list.get());
  for (auto& [partition, offset] : positions) {
    if (offset < 0) offset = bounds(partition).high;
  }
  return positions;
}

void KafkaConsumer::assign(const KafkaPositions& positions) {
  impl_->free_message();
  PartitionList list(positions);
  const rd_kafka_resp_err_t code = impl_->kafka.assign(impl_->handle, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) impl_->fail("the partitions cannot be read", code);
}

void KafkaConsumer::subscribe(const std::vector<std::string>& topics, GroupHooks hooks) {
  impl_->hooks = std::move(hooks);
  KafkaPositions wanted;
  for (const std::string& topic : topics) wanted[{topic, RD_KAFKA_PARTITION_UA}] = RD_KAFKA_OFFSET_INVALID;
  PartitionList list(wanted);
  const rd_kafka_resp_err_t code = impl_->kafka.subscribe(impl_->handle, list.get());
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) impl_->fail("the topics cannot be subscribed to", code);
}

KafkaPositions KafkaConsumer::committed(const std::vector<KafkaPartition>& partitions) {
  KafkaPositions asked;
  for (const KafkaPartition& partition : partitions) asked[partition] = RD_KAFKA_OFFSET_INVALID;
  PartitionList list(asked);
  const rd_kafka_resp_err_t code =
      impl_->kafka.committed(impl_->handle, list.get(), milliseconds(impl_->timeout));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) impl_->fail("the group's positions cannot be read", code);
  return positions_of(*list.get());
}

void KafkaConsumer::commit(const KafkaPositions& positions) {
  if (positions.empty()) return;
  PartitionList list(positions);
  const rd_kafka_resp_err_t code = impl_->kafka.commit(impl_->handle, list.get(), 0);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET)
    impl_->fail("the positions cannot be kept in the group", code);
}

void KafkaConsumer::close() {
  impl_->free_message();
  impl_->kafka.consumer_close(impl_->handle);
  impl_->rethrow();
}

KafkaConsumer::Event KafkaConsumer::poll(KafkaMessage& message, Nanos wait) {
  impl_->free_message();
  impl_->current = impl_->kafka.consumer_poll(impl_->handle, milliseconds(std::min(wait, kLongestWait)));
  impl_->rethrow();
  const rd_kafka_message_t* found = impl_->current;
  if (found == nullptr) return Event::nothing;
  if (found->rkt != nullptr) {
    message.topic = impl_->kafka.topic_name(found->rkt);
    message.partition = found->partition;
    message.offset = found->offset;
  }
  if (found->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
      found->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
    return Event::out_of_range;
  if (found->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return Event::end;
  if (passes(found->err)) {
    impl_->trouble.report(found->err, impl_->kafka.message_errstr(found));
    return Event::nothing;
  }
  if (found->err != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw BackendError(fmt::format("Kafka: {}", printable(impl_->kafka.message_errstr(found), 300)));
  impl_->trouble.clear();
  rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
  const std::int64_t stamp = impl_->kafka.message_timestamp(found, &type);
  message.time = type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || stamp < 0 ? kNoTime : stamp * kMillisecond;
  message.has_payload = found->payload != nullptr;
  message.payload = {static_cast<const char*>(found->payload), message.has_payload ? found->len : 0};
  return Event::message;
}

const std::string& KafkaConsumer::trouble() const { return impl_->trouble.last(); }

}  // namespace aiops::net
