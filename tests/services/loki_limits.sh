# What Loki cuts or refuses, and that none of it happens in silence: unflushed old lines, an instant with more lines than
# a page, the longest range, the most series, tenants.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
truth() { python3 "$library/loki.py" "$@"; }
collect() { aiops-collect loki --url "$LOKI_URL" --max-retries 0 --manifest manifest "$@"; }
minutes_ago() { echo $(($(date +%s) - $1 * 60)); }

echo "# lines that are older than Loki looks back, and not flushed"
LOKI_LOOK_BACK=0s up loki
truth steady "$LOKI_URL" "$(minutes_ago 300)" 18000 old
status 4 collect --query '{app="old"}' --since 6h -o old.ndjson
says "exactly as old as Loki looks back for lines that it has not flushed (2h41m)"
grep -q '"complete": false' manifest || fail "the manifest says complete"
[ "$(wc -l <old.ndjson)" -gt 9000 ] && [ "$(wc -l <old.ndjson)" -lt 18000 ] || fail "$(wc -l <old.ndjson) lines"
# None of a stream is left: nothing shows it, but it is said that there may be lines.
truth steady "$LOKI_URL" "$(minutes_ago 300)" 60 older
status 0 collect --query '{app="older"}' --start -6h --end -4h
says "older than 2h41m are in Loki's answers only once it has flushed them"
# Once they are flushed they are all there.
curl -sf -X POST "$LOKI_URL/flush"
whole() { collect --query '{app="old"}' --since 6h -o old.ndjson 2>/dev/null && [ "$(wc -l <old.ndjson)" = 18000 ]; }
within 60 whole
# What is younger was there all the time.
status 0 collect --query '{app="old"}' --since 2h

echo "# the longest range that the server takes"
status 0 collect --query '{app="none"}' --since 100d --keep x
says "0 log records"
down loki
LOKI_LOOK_BACK=87600h LOKI_MAX_QUERY_LENGTH=1h up loki
status 0 collect --query '{app="old"}' --since 6h -o old.ndjson
[ "$(wc -l <old.ndjson)" = 18000 ] || fail "$(wc -l <old.ndjson) lines in hours"
status 0 collect --metric-query 'lines=count_over_time({app="old"}[1m])' --since 6h --step 1m -o lines.ndjson
[ "$(wc -l <lines.ndjson)" -ge 299 ] || fail "$(wc -l <lines.ndjson) samples"
down loki

echo "# an instant with more lines of one stream than Loki gives"
up loki
python3 - "$LOKI_URL" <<'END'
import json, sys, time, urllib.request
at = str((int(time.time()) - 300) * 10**9)
for begin in range(0, 6000, 1000):
    body = {"streams": [{"stream": {"app": "burst"}, "values": [[at, "line %d" % i] for i in range(begin, begin + 1000)]}]}
    urllib.request.urlopen(urllib.request.Request(sys.argv[1] + "/loki/api/v1/push", json.dumps(body).encode(),
                                                  {"Content-Type": "application/json"}))
END
status 4 collect --query '{app="burst"}' --since 10m -o burst.ndjson
says "has 5,000 lines or more at "
[ "$(wc -l <burst.ndjson)" = 5000 ] || fail "$(wc -l <burst.ndjson) lines"
status 0 collect --partial ok --query '{app="burst"}' --since 10m -o burst.ndjson

echo "# more series than Loki gives"
status 4 collect --metric-query 'each=sum by (line) (count_over_time({app="burst"} | pattern "line <line>" [10m]))' --since 5m
says "maximum"

echo "# a query that is none, and one that gives numbers where lines are expected"
status 4 collect --query '{app="burst"} |' --since 5m
says "$LOKI_URL/loki/api/v1/query_range: HTTP 400"
says "parse error"
status 4 collect --query 'n=count_over_time({app="burst"}[1m])' --since 5m
says "--metric-query"
down loki

echo "# tenants"
LOKI_AUTH=true up loki
end=$((($(date +%s) - 600) * 1000000000))
truth push "$LOKI_URL" $end 2000 team-a
status 4 collect --query '{app="shop"}' --since 2h
says "HTTP 401"
status 0 collect --tenant team-a --query '{app="shop"}' --keep host --since 2h -o a.ndjson
truth check $end 2000 a.ndjson
status 0 collect --tenant team-b --query '{app="shop"}' --since 2h -o b.ndjson
[ ! -s b.ndjson ] || fail "another tenant's lines"
status 0 env AIOPS_TENANT=team-a aiops-collect loki --url "$LOKI_URL" --query '{app="shop"}' --keep host --since 2h -o a.ndjson
truth check $end 2000 a.ndjson
