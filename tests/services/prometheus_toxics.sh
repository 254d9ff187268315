# toxiproxy between the collector and a real Prometheus: latency, cut answers, resets, refusal, a slow drip.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

up toxiproxy prometheus
toxics "$PROMETHEUS_URL"
end=$(($(date +%s) / 15 * 15))
start=$((end - 3 * 86400))
collect() {
    aiops-collect prometheus --url "$TOXIC_URL" --query 'clock=time()' --query 'day=time() / 86400' --start $start --end $end \
        --timeout 2s --max-retries ${retries-1} "$@"
}
complete() { [ "$(wc -l <"$1")" = $((2 * (3 * 86400 / 15 + 1))) ] || fail "$(wc -l <"$1") records"; }

status 0 collect -o whole
complete whole

echo "# what is slow and comes is no fault"
toxic latency latency=300 jitter=100
status 0 collect -o out
same whole out
toxic slicer average_size=500 size_variation=200 delay=100
status 0 collect -o out
same whole out

echo "# what does not come: exit status 4, no output, and the manifest says why"
check() {
    local says=$1
    shift
    rm -f out manifest
    toxic "$@"
    retries=0 status 4 collect --manifest manifest -o out
    says "$says"
    [ ! -e out ] || fail "$*: an output was written"
    grep -q '"complete": false' manifest || fail "$*: the manifest says complete"
}
check "the answer was cut short" limit_data bytes=2000
check "$TOXIC_URL/api/v1/query_range: " reset_peer timeout=0
check "Connection refused" refused
check "no answer within 2s" latency latency=5000
check "within 2s" timeout timeout=0

echo "# it begins well and goes wrong in the middle: what came is kept, and a second run completes it"
rm -f state out
toxic limit_data bytes=60000
retries=0 status 4 collect --checkpoint state --manifest manifest -o out
says "incomplete: nothing from "
[ -s out ] || fail "nothing was kept"
toxic none
status 0 collect --checkpoint state -o out
same whole out

echo "# followed through a time of resets: each step once"
aiops-collect prometheus --url "$TOXIC_URL" --query 'clock=time()' --step 100ms --lateness 200ms --timeout 1s --max-retries 0 \
    --follow --checkpoint follow -o follow.ndjson 2>messages &
pid=$!
children+=($pid)
lines() { if [ -e follow.ndjson ]; then wc -l <follow.ndjson; else echo 0; fi; }
more_than() { [ "$(lines)" -gt "$1" ]; }
within 60 more_than 5
for round in 1 2; do
    toxic reset_peer timeout=0
    within 60 grep -q 'are asked for again' messages
    toxic none
    within 60 more_than $(($(lines) + 10))
done
kill -s TERM $pid
found=0 && wait $pid || found=$?
[ $found = 0 ] || { cat messages >&2; fail "exit status $found"; }
python3 - <<'END'
import json
steps = [round(json.loads(line)["value"] * 10) for line in open("follow.ndjson")]
assert steps == list(range(steps[0], steps[0] + len(steps))), "steps are missing or stand twice"
END
