# OTLP/HTTP into the pipe: from the official SDK, from a real collector, from clients that misbehave, with a slow reader.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$library/otel_sdk.sh"

otel_sdk
check() { python3 "$library/otel_check.py" "$@" || fail "otel_check.py $*"; }
# listen OPTION...: a receiver, its address in LISTEN_URL; what comes before -- is its command, and stays one process
listen() {
    : >listen_said
    aiops-collect otlp --listen 127.0.0.1:"${port-0}" "$@" 2>listen_said &
    listener=$!
    children+=($listener)
    within 60 grep -q "listening on" listen_said
    LISTEN_URL=http://$(sed -n 's/.*listening on \([0-9.:]*\) .*/\1/p' listen_said)
}
end() {
    kill -TERM $listener
    wait $listener || fail "the receiver did not end in order: $(cat listen_said)"
}

echo "# from the SDK, protobuf, packed and plain"
for compression in none gzip; do
    listen --manifest manifest >all.ndjson
    OTEL_EXPORTER_OTLP_COMPRESSION=$compression sdk "$LISTEN_URL"
    end
    check all.ndjson 200 cumulative
    grep -q '"complete": true' manifest || fail "the manifest says incomplete"
done

echo "# from a collector, in JSON and in protobuf"
mkdir -p servers/otelcol
for encoding in json proto; do
    listen -o "$encoding.ndjson" --rates
    echo "$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')" >servers/otelcol/port
    cat >servers/otelcol/config.yml <<END
receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:$(cat servers/otelcol/port)"}}}}
processors: {batch: {timeout: 200ms}}
exporters: {otlphttp: {endpoint: "$LISTEN_URL", encoding: $encoding, compression: gzip}}
service:
  telemetry: {metrics: {level: none}, logs: {level: warn}}
  pipelines:
    traces: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}
    metrics: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}
    logs: {receivers: [otlp], processors: [batch], exporters: [otlphttp]}
END
    up otelcol
    sdk "$OTELCOL_URL"
    down otelcol  # which sends what it has
    end
    check "$encoding.ndjson" 200 rates
done

echo "# scored as it comes"
mkfifo pipe
aiops-score <pipe >scored.ndjson 2>score_said &
scorer=$!
children+=($scorer)
listen --signal metrics --rates >pipe
sdk "$LISTEN_URL" 100
end
wait $scorer || fail "aiops-score: $(cat score_said)"
grep '"metric":"latency_mean_ms"' scored.ndjson | grep -q '"score":' || fail "nothing was scored"
grep -q '"message"' scored.ndjson && fail "--signal metrics let logs through"

echo "# clients that misbehave"
listen --request-timeout 2s --max-body 2097152 --max-connections 8 -o kept.ndjson
python3 "$library/otlp_clients.py" "$LISTEN_URL" faults || fail "$(cat listen_said)"
end
grep -q "refused, which their senders were told" listen_said || fail "refusals are not told: $(cat listen_said)"
[ "$(sort kept.ndjson | uniq -c | awk '{print $1}' | sort -n | tail -1)" -ge 15 ] || fail "what was sent between is not there"
[ "$(grep -c '"half good"\|"packed"\|"beside idle ones"\|"slowly"' kept.ndjson)" = 4 ] || fail "$(cut -c1-150 kept.ndjson | sort | uniq -c)"

echo "# a reader that stops for a while: requests are sent away with 503, and what was answered with 200 is there, once"
rm -f pipe
mkfifo pipe go
(exec 3<pipe; read -r _ <go; cat <&3 >slow.ndjson) &
reader=$!
children+=($reader)
listen --busy-timeout 300ms --signal logs >pipe
mkfifo stop
python3 "$library/otlp_clients.py" "$LISTEN_URL" numbered sent <stop &
sender=$!
children+=($sender)
exec 4>stop
within 60 test -s sent.refused
echo go >go
drained() { [ "$(wc -l <sent)" -gt "$((before + 20))" ]; }
before=$(wc -l <sent)
within 60 drained
exec 4>&-
wait $sender || fail "the sender failed"
end
wait $reader
grep -q "sent away with 503" listen_said || fail "503 is not told: $(cat listen_said)"
grep -o '"message":"[0-9]*' slow.ndjson | cut -d'"' -f4 | cmp - sent || fail "what was answered is not what came"

echo "# killed: what was answered is in the file"
listen -o killed.ndjson
mkfifo stop2
python3 "$library/otlp_clients.py" "$LISTEN_URL" numbered sent2 <stop2 &
sender=$!
children+=($sender)
exec 4>stop2
some() { [ "$(wc -l <sent2)" -gt 20 ]; }
within 60 some
kill -KILL $listener
wait $listener 2>/dev/null || true
exec 4>&-
wait $sender || true
grep -o '"message":"[0-9]*' killed.ndjson | cut -d'"' -f4 >there
head -"$(wc -l <sent2)" there | cmp - sent2 || fail "an answered record is not in the file"
[ "$(($(wc -l <there) - $(wc -l <sent2)))" -le 1 ] || fail "more is in the file than was answered"

echo "# where another program listens"
listen -o other.ndjson
status 4 aiops-collect otlp --listen "${LISTEN_URL#http://}" -o out
says "cannot listen there: Address already in use"
end
