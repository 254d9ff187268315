// librdkafka, loaded when it is needed first (see shared_library.hpp). Inside lib/net only.
#pragma once

#include <librdkafka/rdkafka.h>

namespace aiops::net {

// X(member, name of the function without rd_kafka_)
// Left alone, for each would be indented a little farther than the one before.
// clang-format off
#define AIOPS_KAFKA_FUNCTIONS(X) \
  X(conf_new, conf_new) \
  X(conf_set, conf_set) \
  X(conf_destroy, conf_destroy) \
  X(conf_set_error_cb, conf_set_error_cb) \
  X(conf_set_dr_msg_cb, conf_set_dr_msg_cb) \
  X(conf_set_opaque, conf_set_opaque) \
  X(conf_set_rebalance_cb, conf_set_rebalance_cb) \
  X(conf_set_log_cb, conf_set_log_cb) \
  X(create, new) \
  X(destroy, destroy) \
  X(destroy_flags, destroy_flags) \
  X(opaque, opaque) \
  X(err2str, err2str) \
  X(err2name, err2name) \
  X(metadata, metadata) \
  X(metadata_destroy, metadata_destroy) \
  X(query_watermark_offsets, query_watermark_offsets) \
  X(offsets_for_times, offsets_for_times) \
  X(assign, assign) \
  X(subscribe, subscribe) \
  X(consumer_poll, consumer_poll) \
  X(poll_set_consumer, poll_set_consumer) \
  X(consumer_close, consumer_close) \
  X(committed, committed) \
  X(commit, commit) \
  X(assignment_lost, assignment_lost) \
  X(message_destroy, message_destroy) \
  X(message_timestamp, message_timestamp) \
  X(topic_partition_list_new, topic_partition_list_new) \
  X(topic_partition_list_add, topic_partition_list_add) \
  X(topic_partition_list_destroy, topic_partition_list_destroy) \
  X(topic_new, topic_new) \
  X(topic_name, topic_name) \
  X(topic_destroy, topic_destroy) \
  X(produce, produce) \
  X(poll, poll) \
  X(flush, flush) \
  X(outq_len, outq_len) \
  X(purge, purge) \
  X(fatal_error, fatal_error) \
  X(set_log_queue, set_log_queue) \
  X(last_error, last_error) \
  X(message_errstr, message_errstr)
// clang-format on

struct KafkaLibrary {
#define AIOPS_KAFKA_MEMBER(member, name) decltype(&rd_kafka_##name) member;
  AIOPS_KAFKA_FUNCTIONS(AIOPS_KAFKA_MEMBER)
#undef AIOPS_KAFKA_MEMBER
};

// Loaded by the first call. Throws UsageError when there is none.
const KafkaLibrary& kafka_library();

}  // namespace aiops::net
