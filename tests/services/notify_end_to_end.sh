# A real Prometheus and a real Alertmanager, and all between them: from the sample in which a service goes wrong to the
# first alert, with a scrape of 15 s; then the same incident is updated as evidence comes, and ends.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

aiops-report incidents --help >help 2>&1 || { echo "aiops-report has no incidents"; exit 77; }

# A service whose page says how many requests wait, and how long; the levels stand in ./level and ./slow.
cat >service.py <<'END'
import http.server, random

class Page(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_): pass
    def do_GET(self):
        level, slow = float(open("level").read()), float(open("slow").read())
        body = "".join('queue_length{service="%s"} %g\nlatency{service="%s"} %g\n' % (
            s, (level if s == "cart" else 10) + random.random(), s, (slow if s == "cart" else 1) + random.random() / 10)
            for s in ("cart", "checkout")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(body)

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
print(server.server_address[1], flush=True)
server.serve_forever()
END
echo 10 >level && echo 1 >slow
python3 service.py >page_port &
children+=($!)
disown
within 10 test -s page_port
mkdir -p "$servers/prometheus"
cat >"$servers/prometheus/prometheus.yml" <<END
global: {scrape_interval: 15s, scrape_timeout: 5s}
scrape_configs:
  - job_name: shop
    honor_labels: true
    static_configs: [{targets: ['127.0.0.1:$(cat page_port)']}]
END
up prometheus alertmanager
cat >notify.toml <<END
[receiver.alerts]
type = "alertmanager"
url = "$ALERTMANAGER_URL"
END

# A day of usual life to learn from; the pipe then begins where the server's own samples do.
python3 - >usual.ndjson <<'END'
import json, random, time
random.seed(7)
now = int(time.time()) // 15 * 15
for i in range(2000, 0, -1):
    for service in ("cart", "checkout"):
        for metric, value in (("queue_length", 10 + random.random()), ("latency", 1 + random.random() / 10)):
            print(json.dumps({"timestamp": now - 15 * i, "service": service, "metric": metric, "value": value}))
END
aiops-train -q --models models/shop usual.ndjson

# Each tool by itself, so that the test can end it; what an operator says of an incident goes the same way to notify.
mkfifo samples scores incidents
aiops-collect prometheus --url "$PROMETHEUS_URL" --query 'queue_length=sum by (service) (queue_length)' \
    --query 'latency=max by (service) (latency)' --step 15s --follow >samples 2>collect.log &
children+=($!)
aiops-score --models models/shop <samples >scores 2>score.log &
children+=($!)
aiops-report incidents --journal state --update-every 15s --reopen-within 0s <scores >incidents 2>incidents.log &
children+=($!)
aiops-report notify --config notify.toml --journal journal <incidents 2>notify.log &
children+=($!)
exec 7>incidents
scraped() { curl -sf "$PROMETHEUS_URL/api/v1/query?query=queue_length" | grep -q '"value"'; }
within 60 scraped

echo "# the service goes wrong; its next scrape is the first sample"
echo 500 >level
alerts() { curl -sf "$ALERTMANAGER_URL/api/v2/alerts" >alerts && python3 -c "import json, sys; a = json.load(open('alerts')); sys.exit(not ($1))"; }
within 120 alerts 'len(a) >= 1'
python3 - "$PROMETHEUS_URL" <<'END'
import json, sys, time, urllib.parse, urllib.request
query = urllib.parse.urlencode({"query": 'min_over_time(timestamp(queue_length{service="cart"} > 100)[5m:1s])'})
sample = float(json.load(urllib.request.urlopen(sys.argv[1] + "/api/v1/query?" + query))["data"]["result"][0]["value"][1])
print("from the sample to the first alert: %.1f s" % (time.time() - sample))
assert time.time() - sample < 90
END
cp alerts first

echo "# the same alert is updated as evidence comes"
echo 30 >slow
within 120 alerts 'len(a) >= 1 and int(a[0]["annotations"]["revision"]) >= 2'
python3 - <<'END'
import json
first, now = json.load(open("first")), json.load(open("alerts"))
assert len(first) == len(now) == 1, (first, now)
assert first[0]["labels"] == now[0]["labels"] and first[0]["fingerprint"] == now[0]["fingerprint"], now
assert now[0]["labels"]["service"] == "cart" and "latency" in now[0]["annotations"]["description"], now
print("updated to revision", now[0]["annotations"]["revision"], "as", now[0]["labels"]["incident"])
END

echo "# and somebody ends it"
id=$(python3 -c 'import json; print(json.load(open("alerts"))[0]["labels"]["incident"])')
aiops-report resolve "$id" --journal state --by ann --why "restarted cart" --format ndjson >&7
within 60 alerts 'a == []'
python3 - <<'END'
import json
told = [json.loads(line) for line in open("journal")]
told = [line for line in told if line["kind"] == "sent"]
assert len({line["conversation"] for line in told}) == 1, told
assert told[0]["what"] == "opened" and told[-1]["what"] == "resolved", [line["what"] for line in told]
print("told:", ", ".join(line["what"] for line in told))
END
