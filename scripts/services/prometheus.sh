# Prometheus, with PROMETHEUS_FLAGS. Files: prometheus.yml (written unless it is there: it scrapes itself every second), data.
install() {
    debian prometheus promtool
    promtool=$program
    debian prometheus prometheus
}

launch() {
    [ -e "$home/prometheus.yml" ] || cat >"$home/prometheus.yml" <<END
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: self
    static_configs: [{targets: ['127.0.0.1:$port']}]
END
    background "$program" --config.file="$home/prometheus.yml" --storage.tsdb.path="$home/data" \
        --storage.tsdb.retention.time=10y --web.listen-address="127.0.0.1:$port" ${PROMETHEUS_FLAGS-}
}

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/-/ready"; }

addresses() {
    echo "PROMETHEUS_URL=http://127.0.0.1:$port"
    echo "PROMTOOL=$promtool"
}
