# The OpenTelemetry Collector with its OTLP receiver, its batch processor, its OTLP/HTTP exporter and a file exporter.
# Files: config.yml (written unless it is there), traces.jsonl, metrics.jsonl, logs.jsonl.
. "$services_folder/lib/go.sh"

# The modules of Jaeger have those of the collector, version 0.140, in their requirements.
install() { go_program otelcol github.com/jaegertracing/jaeger v1.76.0; }

launch() {
    [ -e "$home/config.yml" ] || cat >"$home/config.yml" <<END
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:$port"}, grpc: {endpoint: "127.0.0.1:$(own_port grpc)"}}}}
processors: {batch: {timeout: 200ms}}
exporters:
  file/traces: {path: $home/traces.jsonl}
  file/metrics: {path: $home/metrics.jsonl}
  file/logs: {path: $home/logs.jsonl}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [file/traces]}
    metrics: {receivers: [otlp], processors: [batch], exporters: [file/metrics]}
    logs: {receivers: [otlp], processors: [batch], exporters: [file/logs]}
END
    background "$program" --config="$home/config.yml"
}

# It has no address for this without an extension: any answer to an empty request will do.
ready() { curl -s -m 2 -o /dev/null "http://127.0.0.1:$port/"; }

addresses() {
    echo "OTELCOL_URL=http://127.0.0.1:$port"  # OTLP/HTTP
    echo "OTELCOL_FILES=$home"
}
