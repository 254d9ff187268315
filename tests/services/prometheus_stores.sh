# The same history in Prometheus, VictoriaMetrics and Mimir: what comes out of each is what went in.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
truth() { python3 "$library/history.py" "$@"; }
# Some hours, which Mimir keeps where it looks for the newest.
days=0.3 series=6
end=$(($(date +%s) / 60 * 60 - 600))
begin=$((end - 25920))
steps=$((25920 / 15))
truth write $end $days $series >history.om

echo "# feeding"
up prometheus
down prometheus
"$PROMTOOL" tsdb create-blocks-from --max-block-duration=168h --quiet openmetrics history.om servers/prometheus/data
up prometheus victoriametrics
sed '/^#/d; s/$/000/' history.om |
    curl -sf --data-binary @- "$VICTORIAMETRICS_URL/api/v1/import/prometheus" || fail "VictoriaMetrics refused"
curl -sf "$VICTORIAMETRICS_URL/internal/force_flush"
stores=(prometheus victoriametrics)
found=0
(up mimir) >/dev/null 2>mimir_why || found=$?
if [ $found = 0 ]; then
    up mimir
    stores+=(mimir)
    truth otlp $end $days $series | while read -r request; do
        curl -sf -H 'X-Scope-OrgID: shop' -H 'Content-Type: application/json' --data-binary @- \
            "$MIMIR_OTLP_URL/v1/metrics" <<<"$request" >/dev/null || fail "Mimir refused"
    done
elif [ $found != 77 ]; then
    cat mimir_why >&2
    fail "Mimir does not start"
fi

# On VictoriaMetrics a step has what stands within the usual distance of two samples; a block of numbers has one
# exponent, and NaN is not kept.
prometheus() { url=$PROMETHEUS_URL checked=check LOSSY=no flags=(); }
victoriametrics() { url=$VICTORIAMETRICS_URL checked=steady LOSSY=yes flags=(); }
mimir() { url=$MIMIR_URL checked=check LOSSY=no flags=(--tenant shop); }
export LOSSY
collect() { aiops-collect prometheus --url "$url" "${flags[@]}" "$@"; }
selector='app_temp{job="app"}'
for store in "${stores[@]}"; do
    "$store"
    echo "# $store: steps, and the manifest is right"
    status 0 collect --query "temp=$selector" --start $begin --end $((end - 15)) --manifest manifest -o steps.ndjson
    says ", $series series, "
    truth $checked $end $days $series $begin 15 $steps steps.ndjson
    status 0 aiops-collect verify manifest steps.ndjson
    sed -i 3d steps.ndjson
    status 1 aiops-collect verify manifest steps.ndjson >differences
    grep -q '^temp: .* and the manifest says' differences || fail "differences: $(cat differences)"

    echo "# $store: samples as they were scraped, each once"
    status 0 collect --query "temp=$selector" --start $begin --end $end --raw --manifest manifest -o raw.ndjson
    truth raw $end $days $series raw.ndjson
    status 0 aiops-collect verify manifest raw.ndjson
    status 0 collect --query "temp=$selector" --start $begin --end $((begin + 3000)) --raw --checkpoint $store.state -o two.ndjson
    status 0 collect --query "temp=$selector" --end $end --raw --checkpoint $store.state -o two.ndjson --manifest manifest
    truth raw $end $days $series two.ndjson
    status 0 aiops-collect verify manifest two.ndjson
    says "of earlier runs"
    rm two.ndjson

    echo "# $store: which series there are, and a guard"
    status 0 collect --discover "$selector" --start $begin --end $end -o series.ndjson
    [ "$(grep -c '"metric":"app_temp","service":"app","labels":{"instance":"10.0.0.[0-5]:80"}' series.ndjson)" = $series ] ||
        fail "series: $(cat series.ndjson)"
    status 1 collect --discover "$selector" --start $begin --end $end --max-series 5
    says "more than 5 series"
    status 1 collect --query "temp=$selector" --start $begin --end $end --max-series 5
    says "query temp gives 6 series, and --max-series allows 5"
    status 0 collect --query "temp=$selector" --start $begin --end $((end - 15)) --max-series 6 --format csv -o steps.csv
    status 4 collect --query 'bad=sum(' --since 1h
    says "query bad"
done

echo "# the end of a series is marked"
prometheus
status 0 collect --query "temp=$selector" --start $((end - 60)) --end $((end + 600)) --stale-markers -o ended.ndjson
[ "$(grep -c '"value":null' ended.ndjson)" -ge $series ] || fail "ends: $(tail -3 ended.ndjson)"
[ "$(tail -1 ended.ndjson | grep -c '"value":null')" = 1 ] || fail "the last record is no end"

echo "# several at once, one of them dead"
status 4 aiops-collect prometheus --target prom="$PROMETHEUS_URL" --target vm="$VICTORIAMETRICS_URL" \
    --target dead=http://127.0.0.1:1 --max-retries 0 --query "temp=$selector" --start $begin --end $((end - 15)) \
    --manifest manifest -o several.ndjson
says "dead: http://127.0.0.1:1/"
says "nothing of dead from "
status 0 aiops-collect verify manifest several.ndjson
grep '"environment":"prom"' several.ndjson | sed 's/"environment":"prom",//' >prom.ndjson
truth check $end $days $series $begin 15 $steps prom.ndjson
LOSSY=yes
grep '"environment":"vm"' several.ndjson | sed 's/"environment":"vm",//' >vm.ndjson
truth steady $end $days $series $begin 15 $steps vm.ndjson

[[ " ${stores[*]} " == *" mimir "* ]] || { echo "without Mimir: $(tail -1 mimir_why)"; exit 0; }
echo "# Mimir: tenants"
status 4 aiops-collect prometheus --url "$MIMIR_URL" --query "temp=$selector" --since 1h --max-retries 0
says "HTTP 401"
status 4 aiops-collect prometheus --url "$MIMIR_URL" --tenant other --query "temp=$selector" --since 1h
says "query temp returned no series"

echo "# Mimir: native histograms, and the quantiles that it gives itself"
mimir
now=$(($(date +%s) / 15 * 15))
python3 - $now >histogram.json <<'END'
import json, sys
now = int(sys.argv[1])
points = [{"timeUnixNano": str((now - 60 + 15 * k) * 10**9), "startTimeUnixNano": str((now - 900) * 10**9),
           "count": str(10 * (k + 1)), "sum": 25.5 * (k + 1), "scale": 1, "zeroCount": str(k + 1), "zeroThreshold": 0.001,
           "positive": {"offset": 2, "bucketCounts": [str(n * (k + 1)) for n in (1, 4, 3, 1)]}} for k in range(4)]
print(json.dumps({"resourceMetrics": [{
    "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "app"}}]},
    "scopeMetrics": [{"metrics": [{"name": "took", "unit": "s",
                                   "exponentialHistogram": {"aggregationTemporality": 2, "dataPoints": points}}]}]}]}))
END
curl -sf -H 'X-Scope-OrgID: shop' -H 'Content-Type: application/json' --data-binary @histogram.json \
    "$MIMIR_OTLP_URL/v1/metrics" >/dev/null || fail "Mimir refused the histogram"
status 0 collect --query 'took=took' --query 'rate=sum(rate(took[1m]))' --histogram-quantiles 0.05,0.5,0.99 \
    --start $((now - 60)) --end $((now - 15)) --manifest manifest -o native.ndjson
status 0 aiops-collect verify manifest native.ndjson
for q in 0.05 0.5 0.99; do
    status 0 collect --query "of=histogram_quantile($q, took)" --start $((now - 60)) --end $((now - 15)) -o server.ndjson
    python3 - $q <<'END'
import json, sys
def values(name, test):
    return {r["timestamp"]: r["value"] for r in map(json.loads, open(name)) if test(r)}
ours = values("native.ndjson", lambda r: r["metric"] == "took" and r["labels"].get("quantile") == sys.argv[1])
server = values("server.ndjson", lambda r: True)
assert len(server) == 4 and ours.keys() == server.keys(), (ours, server)
assert all(abs(ours[t] - server[t]) < 1e-9 * abs(server[t]) for t in server), (ours, server)
END
done
grep -q '"metric":"took_count","value":40' native.ndjson || fail "no count: $(cat native.ndjson)"
grep -q '"metric":"took_sum","value":102' native.ndjson || fail "no sum"
grep -q '"metric":"took_avg","value":2.55' native.ndjson || fail "no average"
grep -q '"metric":"rate_count"' native.ndjson || fail "no rate of a histogram"
