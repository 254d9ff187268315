# Following a real Prometheus: the collector is ended and killed, the server is ended and killed, and in the end each
# step stands in the file once.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

up prometheus
# The collector's own clock (time() is the step itself) and a series that the server must be up to have.
collector() {
    exec aiops-collect prometheus --url "$PROMETHEUS_URL" --query 'clock=time()' --query 'up=up' --step 200ms \
        --lateness 300ms --max-retries 1 --follow --checkpoint state -o samples.ndjson "$@"
}
begin() {
    collector "$@" 2>>messages &
    pid=$!
    children+=("$pid")
}
lines() { if [ -e samples.ndjson ]; then wc -l <samples.ndjson; else echo 0; fi; }
grows() {
    local before
    before=$(lines)
    within 60 more_than $((before + 4))
}
more_than() { [ "$(lines)" -gt "$1" ]; }
ended() { ! kill -0 "$1" 2>/dev/null; }

scraped() { curl -sf "$PROMETHEUS_URL/api/v1/query?query=up" | grep -q '"value"'; }
within 60 scraped
sleep 1

echo "# SIGTERM ends it in order, and the next start goes on"
begin --manifest manifest
grows
kill -s TERM "$pid"
found=0 && wait "$pid" || found=$?
[ "$found" = 0 ] || fail "exit status $found after SIGTERM: $(cat messages)"
grep -q '"source": "prometheus"' manifest || fail "no manifest"
sleep 1

echo "# kill -9, again and again, at any moment"
for pause in 0.05 0.3 0.11 0.7 0.2; do
    begin
    sleep "$pause"
    grows
    kill -s KILL "$pid"
    wait "$pid" 2>/dev/null || true
done

echo "# half a record after a kill is cut off"
printf '{"timestamp":"2026-01' >>samples.ndjson
begin
grows

echo "# a second collector may not write to the same file"
status 5 timeout 10 aiops-collect prometheus --url "$PROMETHEUS_URL" --query 'clock=time()' --follow -o samples.ndjson
says "another process is writing it"

echo "# the server goes and comes back, in order and without"
for signal in TERM KILL; do
    SIGNAL=$signal down prometheus
    sleep 2
    kill -0 "$pid" || fail "the collector gave up: $(cat messages)"
    up prometheus
    grows
    grows
done
grep -q "are asked for again" messages || fail "the outage was not told: $(cat messages)"
kill -s TERM "$pid"
found=0 && wait "$pid" || found=$?
[ "$found" = 0 ] || fail "exit status $found after the outages: $(cat messages)"

python3 - <<'END'
import datetime, json
clock, up = [], set()
for line in open("samples.ndjson"):
    record = json.loads(line)
    time = datetime.datetime.fromisoformat(record["timestamp"].replace("Z", "+00:00")).timestamp()
    if record["metric"] == "clock":
        assert abs(record["value"] - time) < 0.001, line
        clock.append(round(time * 5))
    else:
        assert (key := round(time * 5)) not in up, line
        up.add(key)
assert clock == list(range(clock[0], clock[0] + len(clock))), "steps are missing or stand twice"
assert len(clock) > 60, len(clock)
assert up == set(clock), "up is missing at %s" % sorted(set(clock) - up)[:5]
print(len(clock), "steps, each once")
END

echo "# another question may not go on with this checkpoint"
status 2 timeout 10 aiops-collect prometheus --url "$PROMETHEUS_URL" --query 'clock=time()' --step 200ms --follow \
    --checkpoint state -o samples.ndjson
says "state: the run that left this checkpoint asked for something else"
