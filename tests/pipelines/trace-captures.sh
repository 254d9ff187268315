# Traces as Jaeger, Zipkin, Tempo and a collector gave them, recorded: AIOPS_EVAL is the folder with api_captures.
set -euo pipefail
captures=${AIOPS_EVAL:-/nowhere}/api_captures
[ -d "$captures" ] || { echo "AIOPS_EVAL names no folder with api_captures: the recorded answers are not there"; exit 77; }
fail() { echo "FAIL: $*" >&2; exit 1; }

# read NAME SPANS SERVICES TRACES: collected without a complaint, and features are made of it
read_capture() {
    aiops-collect jaeger "$captures/$1.json" >spans.ndjson 2>said || { cat said; fail "$1: not read"; }
    grep -q ": $2 spans: complete" said || fail "$1: $(cat said), expected $2 spans"
    [ "$(grep -o '"service":"[^"]*"' spans.ndjson | sort -u | wc -l)" = "$3" ] || fail "$1: not $3 services"
    aiops-features spans --traces spans.ndjson >traces.ndjson 2>said || fail "$1: no features"
    [ "$(wc -l <traces.ndjson)" = "$4" ] || fail "$1: not $4 traces"
    grep -q '"critical_path":\["' traces.ndjson || fail "$1: no critical path"
}
read_capture zipkin_ascend 8 3 1
read_capture zipkin_messaging-kafka 28 2 1
read_capture zipkin_skew 4 2 1
read_capture zipkin_yelp 16 6 1
read_capture jaeger_ui_trace_01 5 2 1
read_capture jaeger_otlp_in 2 1 1
grep -q "1 span came more than once" said || fail "the span that is there twice counts twice"
read_capture tempo_otlp_trace_istio 8 5 1
[ "$(grep -c '"trace_id":"3ba55609c3cde49649cd77d1f9dcd936"' spans.ndjson)" = 8 ] || fail "ids in base64"

# The collector's form is read by otlp too, and Tempo's search by its source, from a server that answers with it.
tr -d '\n' <"$captures/tempo_otlp_trace_istio.json" | aiops-collect otlp >otlp.ndjson 2>/dev/null
cmp otlp.ndjson spans.ndjson || fail "otlp and jaeger read it differently"
cat >server.py <<'END'
import http.server, sys
captures = sys.argv[1]
class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = {"/api/search": "tempo_search_response.json",
                "/api/traces/100cb753c787ed5657c8d88dafc176ed": "tempo_otlp_trace_istio.json"}.get(self.path.split("?")[0])
        body = open(f"{captures}/{name}", "rb").read() if name else b"404 page not found\n"
        self.send_response(200 if name else 404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Answers)
print(server.server_port, flush=True)
server.serve_forever()
END
python3 server.py "$captures" >port &
server=$!
trap 'kill $server' EXIT
for _ in $(seq 1000); do [ -s port ] && break; sleep 0.02; done
no_proxy=127.0.0.1 aiops-collect tempo --url "http://127.0.0.1:$(cat port)" --start 2023-12-05T12:37:50Z \
    --end 2023-12-05T12:38:00Z --manifest manifest >tempo.ndjson
cmp tempo.ndjson <(sort spans.ndjson) || fail "what Tempo's search led to differs"
grep -q '"estimated_share": 1,' manifest || fail "no estimate"
