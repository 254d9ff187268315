#include "net/kafka_library.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

#include "base/error.hpp"

namespace aiops::net {
namespace {

KafkaLibrary load() {
  // Never closed: its threads may outlive whoever used it last.
  void* library = dlopen("librdkafka.so.1", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw UsageError(
        fmt::format("Kafka needs librdkafka, which cannot be loaded ({}); install it: "
                    "apt-get install librdkafka1",
                    dlerror()));
  }
  KafkaLibrary functions{};
  const auto find = [library](const char* name) {
    void* function = dlsym(library, name);
    if (function == nullptr) {
      throw UsageError(fmt::format("librdkafka.so.1 has no {}: version 1.6 or newer is needed", name));
    }
    return function;
  };
#define AIOPS_KAFKA_FIND(member, name) \
  functions.member = reinterpret_cast<decltype(&rd_kafka_##name)>(find("rd_kafka_" #name));
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
