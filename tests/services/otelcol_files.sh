# What the official SDK sends to a real collector, and the collector keeps in files: read, followed, killed and resumed.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$library/otel_sdk.sh"

otel_sdk
up otelcol
check() { python3 "$library/otel_check.py" "$@" || fail "otel_check.py $*"; }
files() { ls "$OTELCOL_FILES"/*.jsonl; }
# The collector writes what it batched within 200 ms.
arrived() { [ "$(grep -o '"spanId":"[^"]*","parentSpanId":"' "$OTELCOL_FILES/traces.jsonl" 2>/dev/null | wc -l)" -ge "$1" ] &&
    [ "$(grep -o '"severityText"' "$OTELCOL_FILES/logs.jsonl" 2>/dev/null | wc -l)" -ge "$1" ]; }
settled() { local before; before=$(cat $(files) | wc -c); sleep 0.4; [ "$(cat $(files) | wc -c)" = "$before" ]; }

echo "# cumulative"
sdk "$OTELCOL_URL"
within 60 arrived 200
within 60 settled
status 0 aiops-collect otlp $(files) -o all.ndjson
says "complete"
says "--rates makes changes a second of them"
check all.ndjson 200 cumulative
status 0 aiops-collect otlp $(files) --rates -o rates.ndjson
check rates.ndjson 200 rates
aiops-collect otlp "$OTELCOL_FILES/traces.jsonl" 2>/dev/null | aiops-features spans >rows.ndjson
grep -q '"operation":"db","request_count":' rows.ndjson || fail "no features"

echo "# delta, followed while it comes, the reader killed again and again: each record once"
rm "$OTELCOL_FILES"/*.jsonl
touch "$OTELCOL_FILES"/{traces,metrics,logs}.jsonl
export OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE=delta
sdk "$OTELCOL_URL" 600 &
sender=$!
follow() { exec aiops-collect otlp "$OTELCOL_FILES/*.jsonl" --follow --checkpoint position -o followed.ndjson 2>follow_said; }
size() { stat -c %s followed.ndjson 2>/dev/null || echo 0; }
for _ in 1 2 3 4; do
    before=$(size)
    (follow) &
    reader=$!
    grown() { [ "$(size)" -gt "$before" ]; }
    within 60 grown
    kill -KILL $reader
    wait $reader 2>/dev/null || true
done
wait $sender
within 60 arrived 600
within 60 settled
(follow) &
reader=$!
aiops-collect otlp $(files) 2>/dev/null | sort >once.ndjson
complete() { [ "$(wc -l <followed.ndjson)" -ge "$(wc -l <once.ndjson)" ]; }
within 60 complete
kill -TERM $reader
wait $reader || fail "following did not end in order: $(cat follow_said)"
check followed.ndjson 600 delta
sort followed.ndjson | cmp - once.ndjson || fail "followed and killed is not the same as read at once"

echo "# a last line that is cut, and garbage between lines"
head -c -300 "$OTELCOL_FILES/traces.jsonl" >cut.jsonl
status 3 aiops-collect otlp cut.jsonl --rejects bad -o out
says "cut.jsonl:"
[ "$(wc -l <bad)" = 1 ] || fail "$(wc -l <bad) lines kept"
{ echo garbage; head -c 3000 /dev/urandom | tr -d '\n'; echo; cat "$OTELCOL_FILES/logs.jsonl"; } >mixed.jsonl
status 3 aiops-collect otlp mixed.jsonl -o out
[ "$(wc -l <out)" = 600 ] || fail "$(wc -l <out) log records beside garbage"
