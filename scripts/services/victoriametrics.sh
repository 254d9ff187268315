# VictoriaMetrics. Files: data. A point is visible after up to a second, or after /internal/force_flush.
install() { debian victoria-metrics victoria-metrics; }

launch() {
    background "$program" -storageDataPath="$home/data" -httpListenAddr="127.0.0.1:$port" -retentionPeriod=100y \
        -search.latencyOffset=0s -loggerLevel=WARN -memory.allowedBytes=256MiB
}

ready() { curl -sf -m 2 -o /dev/null "http://127.0.0.1:$port/health"; }

addresses() { echo "VICTORIAMETRICS_URL=http://127.0.0.1:$port"; }
