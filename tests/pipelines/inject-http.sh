#!/bin/bash
# aiops-inject http against a small server that can be made slow or failing: every request arrives once and as
# planned, the trace ids join, and an interrupt ends it in order.
set -euo pipefail

cat > server.py <<'PY'
import http.server, json, sys, threading, time, urllib.parse

lock = threading.Lock()
log = open("server.ndjson", "w", buffering=1)

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
        time.sleep(float(query.get("delay_ms", 0)) / 1000)
        code = 500 if query.get("fail") else 200
        with lock:
            log.write(json.dumps({"trace_id": self.headers["traceparent"].split("-")[1], "code": code,
                                  "delay": query.get("delay_ms")}) + "\n")
        self.send_response(code)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PY
coproc SERVER { exec python3 server.py; }
server=$SERVER_PID
trap 'kill "$server" 2>/dev/null || true' EXIT
read -r port <&"${SERVER[0]}"
url=http://127.0.0.1:$port/test

fail() { echo "$*" >&2; exit 1; }

aiops-inject http --url "$url" --slow-url "$url?delay_ms={ms}" --error-url "$url?fail=1" --kind slow,error \
    --requests 100 --anomalies 10 --rate 100/s --slow-ms 100..200 --seed 3 -o sent.ndjson 2> summary
grep -qx 'aiops-inject: 100 requests sent: 90 normal, 5 slow, 5 error; 100 answered' summary || fail "$(cat summary)"
python3 - <<'PY'
import json
sent = [json.loads(line) for line in open("sent.ndjson")]
served = {r["trace_id"]: r for r in map(json.loads, open("server.ndjson"))}
assert len(sent) == len(served) == 100, (len(sent), len(served))
assert [r["timestamp"] for r in sent].count(None) == 0
for request in sent:
    answer = served[request["trace_id"]]
    assert request["status_code"] == answer["code"] == (500 if request["kind"] == "error" else 200), request
    assert (answer["delay"] is not None) == (request["kind"] == "slow"), request
    if request["kind"] == "slow":
        assert 100 <= float(answer["delay"]) <= 200 and request["duration_ms"] >= float(answer["delay"]), request
PY

# The same seed asks the same in the same order.
aiops-inject http --url "$url" --slow-url "$url?delay_ms={ms}" --error-url "$url?fail=1" --kind slow,error \
    --requests 100 --anomalies 10 --rate 200/s --slow-ms 100..200 --seed 3 --format csv 2> /dev/null > again.csv
diff <(grep -o '"kind":"[a-z]*"' sent.ndjson | cut -d'"' -f4) <(tail -n +2 again.csv | cut -d, -f4) || fail "other order"

# An interrupt: what was sent is written, and the status says so.
aiops-inject http --url "$url" --requests 10000 --rate 20/s -o part.ndjson 2> summary &
load=$!
while (($(grep -c . server.ndjson) < 205)); do sleep 0.05; done
kill -TERM "$load"
status=0
wait "$load" || status=$?
((status == 130)) || fail "status $status after a signal"
(($(grep -c . part.ndjson) >= 4)) || fail "the part that was sent is not there"

# A server that goes away in between: the rest is told, status 4.
aiops-inject http --url "$url" --requests 40 --rate 20/s -o gone.ndjson 2> summary &
load=$!
before=$(grep -c . server.ndjson)
while (($(grep -c . server.ndjson) < before + 5)); do sleep 0.05; done
kill "$server"
status=0
wait "$load" || status=$?
((status == 4)) || fail "status $status after the server went away"
grep -q 'without an answer' summary || fail "$(cat summary)"
(($(grep -c . gone.ndjson) == 40)) || fail "not every request is in the output"
