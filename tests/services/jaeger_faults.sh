# What networks and servers do wrong between the collector and a real Jaeger; killed and resumed.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

export TRACES=300
up jaeger
python3 "$library/traces.py" send "$JAEGER_OTLP_URL"
faults "$JAEGER_URL"
collect() {
    aiops-collect jaeger --url "$PROXY_URL" --start 2026-01-01 --end 2026-01-01T00:20:00Z --limit 50 --timeout 2s \
        --max-retries "${retries-2}" "$@"
}
all_there() { collect -o whole 2>/dev/null && python3 "$library/traces.py" spans whole >/dev/null 2>&1; }
within 60 all_there

echo "# once: tried again, and the result is the same"
for api in v1 v3; do
    for kind in "cut 1500" "json 1500" "short 10" "long 10" "reset -" "status 503" "status 429" "html 502" "stall 4"; do
        fault pass
        [ $api = v3 ] || [ "$kind" = "stall 4" ] && fault $kind 1
        status 0 collect --api $api --manifest manifest -o out
        same whole out
    done
done

echo "# for ever: exit status 4, no output, and the manifest says why"
while read -r says kind; do
    rm -f out manifest
    fault $kind
    retries=1 status 4 collect --api v3 --manifest manifest -o out
    says "${says//_/ }"
    [ ! -e out ] || fail "$kind: an output was written"
    grep -q '"complete": false' manifest || fail "$kind: the manifest says complete"
done <<'END'
cut_short cut 20
ends_too_early json 20
HTTP_503 status 503
page_(HTML) html 200
no_answer_of_Jaeger's error -
no_HTTP_server garbage -
END

echo "# it breaks in the middle: what came is kept, the rest is told, and a second run completes it"
rm -f out state
fault reset_after 20
retries=0 status 4 collect --checkpoint state --manifest manifest -o out
says "incomplete: nothing from "
lines=$(wc -l <out)
[ "$lines" -gt 0 ] && [ "$lines" -lt "$(wc -l <whole)" ] || fail "$lines records"
fault pass
status 0 collect --checkpoint state -o out
sort out | cmp - <(sort whole) || fail "not every span once"

echo "# the collector is killed, again and again, and goes on"
rm -f out state
size() { stat -c %s out 2>/dev/null || echo 0; }
fault delay 0.05
for _ in 1 2 3; do
    before=$(size)
    (exec aiops-collect jaeger --url "$PROXY_URL" --start 2026-01-01 --end 2026-01-01T00:20:00Z --limit 50 \
        --checkpoint state -o out 2>/dev/null) &
    collector=$!
    grown() { [ "$(size)" -gt "$before" ] || ! kill -0 $collector 2>/dev/null; }
    within 60 grown
    kill -KILL $collector 2>/dev/null || true
    wait $collector 2>/dev/null || true
done
fault pass
status 0 collect --checkpoint state -o out
sort out | cmp - <(sort whole) || fail "not every span once after kills"

echo "# the server ends"
down jaeger
status 4 aiops-collect jaeger --url "$JAEGER_URL" --since 1h --max-retries 0
says "no connection"
