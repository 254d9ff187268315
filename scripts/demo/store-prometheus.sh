# Sourced by live: metrics from Prometheus, logs from their files.
start_store() {
    say "1. Two services, Prometheus and node_exporter"
    eval "$(SCRAPE_INTERVAL=1s "$here/up" "$work")"
}

quiet() {
    run "aiops-collect files $logs --checkpoint $work/logs.checkpoint > $out/quiet-log.ndjson"
    run "aiops-train --models $out/models/requests --features duration_ms,status_code --by service,endpoint $out/quiet-log.ndjson"
    run "aiops-features --window 10s $out/quiet-log.ndjson | aiops-train --models $out/models/windows --features $ten --min-samples 10"
    run "aiops-collect prometheus --url $PROMETHEUS_URL --queries $here/queries.promql --since $((learn - 30))s --step 1s | aiops-train --models $out/models/metrics"
}

scores() {
    run "aiops-collect files $logs --checkpoint $work/logs.checkpoint --format csv > $out/log.csv"
    run "aiops-score --models $out/models/requests $out/log.csv > $out/requests.csv"
    run "aiops-features --window 10s $out/log.csv | aiops-score --models $out/models/windows > $out/windows.csv"
    run "aiops-collect prometheus --url $PROMETHEUS_URL --queries $here/queries.promql --start $begin --end now --step 1s | aiops-score --models $out/models/metrics > $out/metrics.ndjson"
}

report() {
    run "aiops-report summary $out/windows.csv"
    run "aiops-report html --title 'Live demo' -o $out/report.html $out/metrics.ndjson"
}
