# Sourced by live: the logs in Elasticsearch, the windows computed by it, the alerts written back to it.
start_store() {
    say "1. Two services, and Elasticsearch for their logs"
    eval "$("$here/up" "$work" service-b service-a)"
    eval "$("$source/scripts/services/up" "$work/servers" elasticsearch8)"
    curl -sSf -o /dev/null -X PUT "$ELASTICSEARCH8_URL/shop-logs" -H 'Content-Type: application/json' -d '{
        "settings": {"number_of_replicas": 0},
        "mappings": {"dynamic_templates": [{"texts": {"match_mapping_type": "string", "mapping": {"type": "keyword"}}}],
            "properties": {"timestamp": {"type": "date"}, "message": {"type": "text"},
                "status_code": {"type": "short"}, "duration_ms": {"type": "double"}}}}'
    collect="aiops-collect elasticsearch --url $ELASTICSEARCH8_URL --index shop-logs --time-field timestamp"
}

stop_store() { "$source/scripts/services/down" "$work/servers" 2>/dev/null || true; }

# What a log shipper does: the lines that are new go into the index.
ship() {
    local log old
    for log in $logs; do
        old=$(cat "$log.shipped" 2>/dev/null || echo 0)
        stat -c %s "$log" >"$log.shipped"
        tail -c "+$((old + 1))" "$log" | head -c "$(($(cat "$log.shipped") - old))" | sed 's/^/{"index":{}}\n/' |
            curl -sSf -H 'Content-Type: application/x-ndjson' --data-binary @- \
                "$ELASTICSEARCH8_URL/shop-logs/_bulk?refresh=true&filter_path=errors"
    done
    echo
}

quiet() {
    run "ship"
    run "$collect --start $started --end now > $out/quiet-log.ndjson"
    run "aiops-train --models $out/models/requests --features duration_ms,status_code --by service,endpoint $out/quiet-log.ndjson"
    run "$collect --features requests --window 10s --start $started --end now | aiops-train --models $out/models/windows --features $ten --min-samples 10"
}

scores() {
    run "ship"
    run "$collect --start $begin --end now --format csv > $out/log.csv"
    run "aiops-score --models $out/models/requests $out/log.csv > $out/requests.csv"
    run "$collect --features requests --window 10s --start $begin --end now --format csv | aiops-score --models $out/models/windows > $out/windows.csv"
}

report() {
    run "aiops-report summary $out/windows.csv"
    run "aiops-report elasticsearch --url $ELASTICSEARCH8_URL --index api-anomalies $out/requests.csv"
    curl -sSf -o /dev/null -X POST "$ELASTICSEARCH8_URL/api-anomalies/_refresh"
    found=$out/found.ndjson
    run "aiops-collect elasticsearch --url $ELASTICSEARCH8_URL --index api-anomalies --query service:service-a --start $begin --end now -o $found"
}
