#include <fmt/core.h>

#include "base/stop.hpp"
#include "base/text.hpp"
#include "net/kafka_client.hpp"

namespace aiops::net {

struct KafkaProducer::Impl {
  Impl(const KafkaOptions& options, const std::string& topic, Diagnostics& diagnostics)
      : trouble(diagnostics) {
    const std::vector<std::pair<std::string, std::string>> own = {
        {"enable.idempotence", "true"},
        {"queue.buffering.max.kbytes", "16384"},
        {"linger.ms", "20"},
        {"message.timeout.ms", std::to_string(options.timeout / kMillisecond)}};
    KafkaSettings settings(options, own);
    kafka.conf_set_opaque(settings.get(), this);
    kafka.conf_set_error_cb(settings.get(), on_error);
    kafka.conf_set_dr_msg_cb(settings.get(), on_delivery);
    handle = settings.make(RD_KAFKA_PRODUCER);
    target = kafka.topic_new(handle, topic.c_str(), nullptr);
    if (target == nullptr) {
      kafka.destroy(handle);
      throw UsageError(fmt::format("Kafka: {} is no name of a topic", printable(topic)));
    }
  }
  ~Impl() {
    kafka.purge(handle, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka.poll(handle, 0);
    kafka.topic_destroy(target);
    kafka.destroy(handle);
  }

  static void on_error(rd_kafka_t*, int code, const char* reason, void* self) {
    static_cast<Impl*>(self)->trouble.report(static_cast<rd_kafka_resp_err_t>(code), reason);
  }
  static void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
    auto& impl = *static_cast<Impl*>(self);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++impl.confirmed;
      impl.trouble.clear();
    } else {
      impl.fail(impl.kafka.err2str(message->err));
    }
  }
  void fail(std::string_view what) {
    ++failed;
    if (!why.empty()) return;
    why = printable(what, 300);
    if (!trouble.last().empty()) why += fmt::format(" ({})", trouble.last());
  }

  const KafkaLibrary& kafka = kafka_library();
  KafkaTrouble trouble;
  rd_kafka_t* handle = nullptr;
  rd_kafka_topic_t* target = nullptr;
  std::uint64_t confirmed = 0, failed = 0;
  std::string why;
};

KafkaProducer::KafkaProducer(const KafkaOptions& options, const std::string& topic, Diagnostics& diagnostics)
    : impl_(std::make_unique<Impl>(options, topic, diagnostics)) {}
KafkaProducer::~KafkaProducer() = default;

void KafkaProducer::send(std::string_view key, std::string_view payload) {
  // The library copies both; its interface is older than const.
  auto* bytes = const_cast<char*>(payload.data());
  for (;;) {
    const int result = impl_->kafka.produce(impl_->target, RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, bytes,
                                            payload.size(), key.data(), key.size(), nullptr);
    if (result == 0) break;
    const rd_kafka_resp_err_t code = impl_->kafka.last_error();
    if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      impl_->fail(impl_->kafka.err2str(code));
      break;
    }
    if (stop_requested()) throw Error(Status::interrupted, "interrupted");
    impl_->kafka.poll(impl_->handle, 50);
  }
  impl_->kafka.poll(impl_->handle, 0);
}

void KafkaProducer::poll() { impl_->kafka.poll(impl_->handle, 0); }

void KafkaProducer::flush(Nanos timeout) {
  const Nanos end = now() + timeout;
  while (impl_->kafka.outq_len(impl_->handle) > 0 && now() < end) impl_->kafka.flush(impl_->handle, 100);
}

std::uint64_t KafkaProducer::confirmed() const { return impl_->confirmed; }
std::uint64_t KafkaProducer::failed() const { return impl_->failed; }
const std::string& KafkaProducer::why() const { return impl_->why; }

}  // namespace aiops::net
