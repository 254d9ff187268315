# Prometheus' exporter for machine metrics.
install() { debian prometheus-node-exporter prometheus-node-exporter; }

launch() { background "$program" --web.listen-address="127.0.0.1:$port"; }

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/metrics"; }

addresses() { echo "NODE_EXPORTER_URL=http://127.0.0.1:$port"; }
