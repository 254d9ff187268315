# Features that the servers compute are those of aiops-features from the raw documents; anomalies go back by _bulk.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$library/elasticsearch.sh"

range=(--index logs --start 2026-01-01 --end 2026-01-01T00:00:30)
# Windows of 1 s have groups of about 25 requests; of 15 s, of about 400, where the median may be estimated.
features() {
    local url=$1 window
    status 0 aiops-collect elasticsearch --url "$url" "${range[@]}" -o raw.ndjson
    for window in 1s 15s; do
        status 0 aiops-collect elasticsearch --url "$url" "${range[@]}" --features requests --window $window \
            --page 100 -o rows.ndjson
        says 'complete'
        aiops-features --window $window raw.ndjson >expected.ndjson
        python3 "$library/rows.py" expected.ndjson rows.ndjson "$([ $window = 1s ] && echo 0.00001 || echo 0.01)"
    done
}
# Scores of a made-up day: 100 alerts, one of which has a field of another type.
scores() {
    python3 -c '
import json
for i in range(1000):
    print(json.dumps({"timestamp": 1767225600 + i, "service": "cart", "metric": "cpu", "value": i / 2, "score": 2.5,
                      "alert": int(i % 10 == 0), "status": "ok", "reasons": ["a(+1)", "b"],
                      "extra": {"an": "object"} if i == 500 else "text"}))'
}
documents_in() { curl -sf -X POST "$1/_refresh" >/dev/null && curl -sf "$1/_count" | grep -o '"count":[0-9]*' | cut -d: -f2; }

# What is refused for now is sent again; nothing comes twice.
repeats() {
    local kind
    faults "$1"
    for kind in "status 429" "status 503" "cut 300" "reset -" "error -"; do
        fault $kind 1 1
        status 0 aiops-report elasticsearch --url "$PROXY_URL" --index again good.ndjson
        # A connection that was open already is taken up anew by libcurl, without a word.
        [ "$kind" = 'reset -' ] || says 'sent again'
    done
    [ "$(documents_in "$1/again")" = 99 ] || fail "not 99 documents after repeats"
}

scores >scores.ndjson
grep -v '"object"' scores.ndjson >good.ndjson
for service in elasticsearch8 elasticsearch7 opensearch; do
    up $service
    url=${service^^}_URL url=${!url}
    load "$url" logs 10000
    features "$url"
    # The bad one alone is refused; a repeat makes no duplicate.
    for new in 99 0; do
        status 4 aiops-report elasticsearch --url "$url" scores.ndjson
        says 'cpu{service="cart"} at 2026-01-01T00:08:20Z: refused with status 400'
        says "99 documents of 1,000 records, $new new, 1 refused"
    done
    [ "$(documents_in "$url/api-anomalies")" = 99 ] || fail "not 99 documents"
    curl -sf "$url/api-anomalies/_mapping" | grep -q '"@timestamp":{"type":"date"}' || fail "no index template"
    [ $service != elasticsearch8 ] || repeats "$url"
    down $service
done
