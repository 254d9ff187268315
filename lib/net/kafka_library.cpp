#include "net/kafka_library.hpp"

#include "net/shared_library.hpp"

namespace aiops::net {
namespace {

KafkaLibrary load() {
  const SharedLibrary library("librdkafka.so.1", "Kafka", "librdkafka1");
  KafkaLibrary functions{};
#define AIOPS_KAFKA_FIND(member, name) library.find(functions.member, "rd_kafka_" #name);
  AIOPS_KAFKA_FUNCTIONS(AIOPS_KAFKA_FIND)
#undef AIOPS_KAFKA_FIND
  return functions;
}

}  // namespace

const KafkaLibrary& kafka_library() {
  static const KafkaLibrary functions = load();
  return functions;
}

}  // namespace aiops::net
