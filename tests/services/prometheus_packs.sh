# Every query of every pack is one that a real Prometheus understands, and the machine's have values.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

up node_exporter prometheus
down prometheus
port=$(cat servers/prometheus/port)
cat >servers/prometheus/prometheus.yml <<END
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: self
    static_configs: [{targets: ['127.0.0.1:$port']}]
  - job_name: node
    static_configs: [{targets: ['${NODE_EXPORTER_URL#http://}']}]
END
up prometheus
aiops-collect prometheus --list-packs | cut -d' ' -f1 >packs
for pack in red use node-exporter jvm spring-boot kube-state-metrics istio; do
    grep -qx $pack packs || fail "no pack $pack"
done
while read -r pack; do
    echo "# $pack"
    found=0
    aiops-collect prometheus --url "$PROMETHEUS_URL" --pack "$pack" --instant --manifest $pack.manifest -o out 2>stderr || found=$?
    # 4: this server has none of its metrics. A query that is none is HTTP 400.
    [ $found = 0 ] || [ $found = 4 ] || { cat stderr >&2; fail "exit status $found"; }
    ! grep -E 'HTTP|parse|error' stderr || fail "$pack is not understood"
    python3 - $pack.manifest <<'END'
import json, sys
manifest = json.load(open(sys.argv[1]))
assert manifest["parts"] and all(part["requests"] == 1 for part in manifest["parts"]), manifest
END
done <packs

echo "# the machine's values"
scraped_twice() { curl -sf "$PROMETHEUS_URL/api/v1/query?query=rate(node_context_switches_total%5B10s%5D)" | grep -q '"value"'; }
within 60 scraped_twice
status 0 aiops-collect prometheus --url "$PROMETHEUS_URL" --pack use --pack red --window 10s --instant -o use.ndjson
for metric in cpu_utilisation cpu_saturation memory_utilisation up; do
    grep -q "\"metric\":\"$metric\",\"value\":[0-9]" use.ndjson || fail "$metric has no value: $(cat use.ndjson)"
done
python3 - <<'END'
import json
for record in map(json.loads, open("use.ndjson")):
    if record["metric"].endswith("_utilisation") and record["metric"] != "disk_utilisation":
        assert -0.01 <= record["value"] <= 1.01, record
END

echo "# packs of one's own, in a file and in the configuration"
cat >mine.toml <<'END'
description = "mine"
[prometheus]
goroutines = "max by (job) (go_goroutines)"
END
cat >aiops.toml <<'END'
[pack.ours.prometheus]
heap = "go_memstats_heap_alloc_bytes{job='self'}"
END
status 0 aiops-collect prometheus --config aiops.toml --url "$PROMETHEUS_URL" --pack mine.toml --pack ours --instant -o own.ndjson
[ "$(sed 's/.*"metric":"\([a-z]*\)".*/\1/' own.ndjson | sort -u | tr '\n' ' ')" = "goroutines heap " ] || fail "$(cat own.ndjson)"
