# 5,000 traces of known structure through a real Jaeger: all of them come out, and edges, self times and errors are true.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

up jaeger
traces() { python3 "$library/traces.py" "$@" || fail "traces.py $*"; }
traces send "$JAEGER_OTLP_URL"
collect() { aiops-collect jaeger --url "$JAEGER_URL" --start 2026-01-01 --end 2026-01-01T00:20:00Z "$@"; }
spans=$(python3 -c "print(sum(9 if i % 3 == 0 else 7 for i in range(5000)))")
# Spans are taken in by a queue: the last trace comes last.
all_there() { [ "$(curl -sf "$JAEGER_URL/api/traces/$last" | grep -o '"spanID"' | wc -l)" -ge 7 ]; }
last=$(traces last -)
within 60 all_there

echo "# with both versions of the API, though its searches give 400 traces and no more; 600 traces are of 5 ms"
for api in v1 v3; do
    status 0 collect --api $api --limit 400 --keep zone --manifest manifest -o $api.ndjson
    says "jaeger: $(python3 -c "print(f'{$spans:,}')") spans: complete"
    grep -q '"estimated_share": 1,' manifest || fail "$api: it all came, but the manifest estimates $(grep -o '"estimated_share": [^,]*' manifest)"
    traces spans $api.ndjson
done
same v1.ndjson v3.ndjson

echo "# features"
status 0 aiops-features spans --window 1m --trace-timeout 2s v3.ndjson -o rows.ndjson
traces rows rows.ndjson 60
status 0 aiops-features spans --window 10s --max-spans 100000 v3.ndjson -o rows.ndjson
traces rows rows.ndjson 10
aiops-features spans --traces v3.ndjson >rows.ndjson
traces traces rows.ndjson

echo "# more than the limit at one time is told"
status 4 aiops-collect jaeger --url "$JAEGER_URL" --limit 1 --start 2026-01-01T00:04:00.000100Z --end 2026-01-01T00:04:00.000200Z --service gateway --margin 10ms -o out
says "Jaeger gives 1 trace at most (--limit), and gateway has more between"

echo "# the traces with an error, whole; one trace"
status 0 collect --service payment --tag error=true --limit 5000 -o errors.ndjson
traces spans errors.ndjson errors
for api in v1 v3; do
    collect --api $api --service gateway --min-duration 190ms --limit 5000 2>said | sort >long.$api
    grep -q "spans: complete" said || fail "$api: $(cat said)"
done
same long.v1 long.v3
[ "$(wc -l <long.v1)" -gt 1000 ] && [ "$(wc -l <long.v1)" -lt 9000 ] || fail "$(wc -l <long.v1) spans of long traces"
id=$(head -1 v3.ndjson | grep -o '"trace_id":"[^"]*"' | cut -d'"' -f4)
grep "$id" v3.ndjson | sort >expected
status 0 aiops-collect jaeger --url "$JAEGER_URL" --trace-id "$id" --keep zone
aiops-collect jaeger --url "$JAEGER_URL" --trace-id "$id" --keep zone 2>/dev/null | sort >out
same expected out
[ "$(aiops-collect jaeger --url "$JAEGER_URL" --list-services | tr '\n' ' ')" = "cart db gateway payment shipping " ] || fail "services"
