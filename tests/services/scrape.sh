# What targets show themselves, compared with what a real Prometheus scraped of the same targets.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

# A page that does not move, served as it stands.
mkdir page
cat >page/metrics <<'END'
# HELP requests_total all of "them"
# TYPE requests_total counter
requests_total{code="200",path="C:\\dir\n\"x\""} 1.027e+03
requests_total{code="500"} 3
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 10
took_seconds_bucket{le="1"} 30
took_seconds_bucket{le="+Inf"} 40
took_seconds_sum 25.5
took_seconds_count 40
# TYPE lag_seconds summary
lag_seconds{quantile="0.5"} 0.25
lag_seconds{quantile="0.99"} NaN
lag_seconds_sum 3
lag_seconds_count 4
temperature{room="a",empty=""} -3.5e-05
untyped +Inf
END
serve() {
    python3 - "$1" >"$1.port" <<'END' &
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = open(sys.argv[1] + "/metrics", "rb").read()
        self.send_response(200)
        self.send_header("Content-Type", open(sys.argv[1] + "/type").read().strip())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Page)
print(server.server_port, flush=True)
server.serve_forever()
END
    children+=($!)
    disown
    within 60 test -s "$1.port"
    PAGE_URL=http://127.0.0.1:$(cat "$1.port")/metrics
}
echo 'text/plain; version=0.0.4' >page/type
serve page

up node_exporter prometheus
down prometheus
port=$(cat servers/prometheus/port)
cat >servers/prometheus/prometheus.yml <<END
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - {job_name: page, static_configs: [{targets: ['127.0.0.1:$(cat page.port)']}]}
  - {job_name: node, static_configs: [{targets: ['${NODE_EXPORTER_URL#http://}']}]}
  - {job_name: self, static_configs: [{targets: ['127.0.0.1:$port']}]}
END
up prometheus
scraped() { [ "$(curl -sf "$PROMETHEUS_URL/api/v1/query?query=up==1" | grep -o '"job"' | wc -l)" = 3 ]; }
within 60 scraped

scrape() { aiops-collect scrape --service "$1" --url "$2" "${@:3}"; }
echo "# every series of the three pages, and every value of what stands still"
status 0 scrape page "$PAGE_URL" --count 1 --counters raw --buckets -o page.ndjson
status 0 scrape node "$NODE_EXPORTER_URL/metrics" --count 1 --counters raw --buckets -o node.ndjson
status 0 scrape self "$PROMETHEUS_URL/metrics" --count 1 --counters raw --buckets -o self.ndjson
for job in page node self; do
    status 0 aiops-collect prometheus --url "$PROMETHEUS_URL" --query "all=label_replace({job='$job'}, 'its_name', '\$1', '__name__', '(.*)')" \
        --instant -o server.ndjson
    python3 - $job <<'END'
import json, sys
job = sys.argv[1]
def key(record, metric):
    return metric, tuple(sorted((k, v) for k, v in record["labels"].items() if k != "its_name"))
ours = {key(r, r["metric"]): r["value"] for r in map(json.loads, open(job + ".ndjson"))}
server = {key(r, r["labels"]["its_name"]): r["value"] for r in map(json.loads, open("server.ndjson"))
          if not r["labels"]["its_name"].startswith("scrape_")}
assert all(record["service"] == job for record in map(json.loads, open(job + ".ndjson")))
if job == "page":
    assert ours == server, (set(ours.items()) ^ set(server.items()))
else:
    # Series come with what happens: what Prometheus answers while it is asked, and what the kernel meets.
    odd = {k for k in ours.keys() ^ server.keys()}
    assert len(odd) < 60 and len(odd) < len(ours) / 5, odd
    for name in ("node_memory_MemTotal_bytes", "node_boot_time_seconds", "process_start_time_seconds", "up",
                 "prometheus_config_last_reload_success_timestamp_seconds"):
        for k in ours:
            if k[0] == name and k in server:
                assert ours[k] == server[k], (k, ours[k], server[k])
print(job, len(ours), "series")
END
done

echo "# rates: those of the processor are those of Prometheus"
status 0 scrape node "$NODE_EXPORTER_URL/metrics" --count 4 --interval 1s --histogram-quantiles 0.5 --manifest manifest -o rates.ndjson
status 0 aiops-collect verify manifest rates.ndjson
python3 - <<'END'
import json
records = [json.loads(line) for line in open("rates.ndjson")]
assert sum(r["metric"] == "up" and r["value"] == 1 for r in records) == 4
times = sorted({r["timestamp"] for r in records if r["metric"] == "up"})
busy = {t: sum(r["value"] for r in records if r["metric"] == "node_cpu_seconds_total:rate" and r["timestamp"] == t) for t in times}
cores = len({r["labels"]["cpu"] for r in records if r["metric"] == "node_cpu_seconds_total:rate"})
assert times[0] and not busy[times[0]], "the first page has no rates"
for t in times[1:]:  # each core spends a second a second, more or less
    assert 0.2 * cores < busy[t] < 3 * cores, (busy, cores)
assert not any(r["metric"] == "node_cpu_seconds_total" for r in records)
END

echo "# OpenMetrics, as Prometheus' own client writes it, and a page that is cut short"
mkdir om
echo 'application/openmetrics-text; version=1.0.0; charset=utf-8' >om/type
printf '# TYPE jobs counter\njobs_total{a="b"} 5 1767225600.5 # {trace_id="x"} 1 2\njobs_created{a="b"} 1\n# TYPE t gauge\nt 1.5\n# EOF\n' >om/metrics
serve om
status 0 scrape om "$PAGE_URL" --count 1 --counters raw -o om.ndjson
grep -q '{"timestamp":"2026-01-01T00:00:00.500Z","service":"om","metric":"jobs_total","value":5,' om.ndjson || fail "$(cat om.ndjson)"
sed -i '$d' om/metrics
status 4 scrape om "$PAGE_URL" --count 1 -o om.ndjson
says "it was cut short"
[ "$(grep -c . om.ndjson)" = 1 ] && grep -q '"metric":"up","value":0' om.ndjson || fail "$(cat om.ndjson)"

echo "# a broken line is told, the others are kept"
echo 'text/plain' >om/type
printf 'good 1\nbad{x="1" 2\nfine 3\n' >om/metrics
status 4 scrape om "$PAGE_URL" --count 2 --interval 20ms --manifest manifest -o om.ndjson
says "$PAGE_URL:2: expected , or } behind a label: bad{x=\"1\" 2"
[ "$(grep -c '"metric":"good"\|"metric":"fine"' om.ndjson)" = 4 ] || fail "$(cat om.ndjson)"
[ "$(grep -c 'behind a label' stderr)" = 2 ] || fail "told more than once: $(cat stderr)"  # and in the summary

echo "# a target that goes and comes back: a gap, and up tells"
aiops-collect scrape --service node --url "$NODE_EXPORTER_URL/metrics" --interval 500ms --manifest manifest -o gap.ndjson 2>stderr &
pid=$!
children+=($pid)
sleep 0.5
down node_exporter
within 60 grep -q 'tried again in' stderr
up node_exporter
within 60 grep -q 'answers again' stderr
kill -s TERM $pid
found=0 && wait $pid || found=$?
[ $found = 4 ] || fail "exit status $found"
python3 - <<'END'
import json
manifest = json.load(open("manifest"))
assert any("onnection" in missing["why"] for missing in manifest["missing"]), manifest
up = [json.loads(line)["value"] for line in open("gap.ndjson") if '"metric":"up"' in line]
assert up[0] == 1 and up[-1] == 1 and 0 in up, up
assert manifest["parts"][0]["gap_steps"] >= up.count(0), (manifest, up)
END

echo "# several targets"
status 4 aiops-collect scrape --target a="$NODE_EXPORTER_URL/metrics" --target b=http://127.0.0.1:1/metrics --count 1 -o two.ndjson
grep -q '"metric":"up","value":0,"labels":{"environment":"b","instance":"127.0.0.1:1"}' two.ndjson || fail "no up of b"
grep -q '"metric":"up","value":1,"labels":{"environment":"a"' two.ndjson || fail "no up of a"
