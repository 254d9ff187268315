# Jaeger v1, all in one process, traces in memory. `port` is that of the query API.
. "$services_folder/lib/go.sh"

install() { go_program jaeger github.com/jaegertracing/jaeger v1.76.0 github.com/jaegertracing/jaeger/cmd/all-in-one; }

launch() {
    JAEGER_DISABLED=true background "$program" --log-level=warn --memory.max-traces=100000 \
        --query.http-server.host-port="127.0.0.1:$port" --query.grpc-server.host-port="127.0.0.1:$(own_port grpc)" \
        --admin.http.host-port="127.0.0.1:$(own_port admin)" \
        --collector.otlp.enabled=true --collector.otlp.http.host-port="127.0.0.1:$(own_port otlp)" \
        --collector.otlp.grpc.host-port="127.0.0.1:$(own_port otlp_grpc)" \
        --collector.http-server.host-port=127.0.0.1:0 --collector.grpc-server.host-port=127.0.0.1:0
}

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$(own_port admin)/"; }

addresses() {
    echo "JAEGER_URL=http://127.0.0.1:$port"
    echo "JAEGER_OTLP_URL=http://127.0.0.1:$(own_port otlp)"  # takes spans at /v1/traces
}
