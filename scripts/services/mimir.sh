# Grafana Mimir with tenants (header X-Scope-OrgID); its Prometheus API is below MIMIR_URL. Files: mimir.yml, data.
. "$services_folder/lib/go.sh"

# Version 3.0.5
install() {
    go_program mimir github.com/grafana/mimir v1.3.1-0.20260423142704-aced80d74930 github.com/grafana/mimir/cmd/mimir
}

launch() {
    mkdir -p "$home/data"
    [ -e "$home/mimir.yml" ] || cat >"$home/mimir.yml" <<END
target: all
multitenancy_enabled: true
usage_stats: {enabled: false}
server: {http_listen_address: 127.0.0.1, http_listen_port: $port, grpc_listen_address: 127.0.0.1,
         grpc_listen_port: $(own_port grpc), log_level: warn}
common: {storage: {backend: filesystem, filesystem: {dir: $home/data/common}}}
blocks_storage:
  storage_prefix: blocks
  bucket_store: {sync_dir: $home/data/sync}
  tsdb: {dir: $home/data/tsdb}
compactor: {data_dir: $home/data/compactor, sharding_ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}}}
distributor: {ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}}}
ingester: {ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}, replication_factor: 1, min_ready_duration: 0s,
                  final_sleep: 0s}}
store_gateway: {sharding_ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}, replication_factor: 1}}
ruler: {rule_path: $home/data/rules-temp, ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}}}
ruler_storage: {backend: filesystem, filesystem: {dir: $home/data/rules}}
alertmanager_storage: {backend: filesystem, filesystem: {dir: $home/data/alertmanager}}
frontend: {address: 127.0.0.1, scheduler_dns_lookup_period: 200ms}
query_scheduler: {ring: {instance_addr: 127.0.0.1, kvstore: {store: inmemory}}}
memberlist: {bind_addr: [127.0.0.1], bind_port: 0}
activity_tracker: {filepath: $home/data/activity.log}
limits: {ingestion_rate: 1000000, ingestion_burst_size: 10000000, out_of_order_time_window: 0, past_grace_period: 0}
END
    background "$program" -config.file="$home/mimir.yml"
}

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/ready"; }

addresses() {
    echo "MIMIR_URL=http://127.0.0.1:$port/prometheus"
    echo "MIMIR_OTLP_URL=http://127.0.0.1:$port/otlp"  # takes metrics at /v1/metrics
}
