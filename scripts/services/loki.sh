# Grafana Loki. Files: loki.yml (written at each start), data. LOKI_AUTH=true: each request names its tenant.
# LOKI_LOOK_BACK: what is older and not flushed is left out of answers; the default of Loki is 3h, here it is never.
. "$services_folder/lib/go.sh"

install() { go_program loki github.com/grafana/loki/v3 v3.7.8 github.com/grafana/loki/v3/cmd/loki; }

launch() {
    local grpc
    grpc=$(own_port grpc)
    # discover_*: Loki adds labels of its own otherwise. frontend_address: without it, ready takes 11 s.
    cat >"$home/loki.yml" <<END
auth_enabled: ${LOKI_AUTH:-false}
target: all
server: {http_listen_address: 127.0.0.1, http_listen_port: $port, grpc_listen_address: 127.0.0.1, grpc_listen_port: $grpc,
         log_level: warn, grpc_server_max_recv_msg_size: 67108864, grpc_server_max_send_msg_size: 67108864}
common:
  instance_addr: 127.0.0.1
  path_prefix: $home/data
  replication_factor: 1
  storage: {filesystem: {chunks_directory: $home/data/chunks, rules_directory: $home/data/rules}}
  ring: {kvstore: {store: inmemory}}
memberlist: {bind_addr: [127.0.0.1]}
schema_config:
  configs:
  - {from: 2020-10-24, store: tsdb, object_store: filesystem, schema: v13, index: {prefix: index_, period: 24h}}
ingester:
  lifecycler: {min_ready_duration: 0s, final_sleep: 0s}
  query_store_max_look_back_period: ${LOKI_LOOK_BACK:-87600h}
  wal: {enabled: true, dir: $home/data/wal}
limits_config:
  ingestion_rate_mb: 1000
  ingestion_burst_size_mb: 1000
  per_stream_rate_limit: 1GB
  per_stream_rate_limit_burst: 1GB
  reject_old_samples: false
  max_entries_limit_per_query: 5000
  max_query_length: ${LOKI_MAX_QUERY_LENGTH:-721h}
  allow_structured_metadata: true
  discover_log_levels: false
  discover_service_name: []
querier: {query_ingesters_within: ${LOKI_INGESTERS_WITHIN:-0}}
frontend_worker: {frontend_address: "127.0.0.1:$grpc"}
compactor: {working_directory: $home/data/compactor}
analytics: {reporting_enabled: false}
END
    background "$program" -config.file="$home/loki.yml"
}

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/ready"; }

addresses() { echo "LOKI_URL=http://127.0.0.1:$port"; }
