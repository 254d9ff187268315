# A week of history out of a real Prometheus, every point compared with what was written into it.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
truth() { python3 "$library/history.py" "$@"; }
collect() { aiops-collect prometheus --url "$PROMETHEUS_URL" --query temp=app_temp "$@"; }
# field NAME: a number of the manifest
field() { python3 -c 'import json, sys; print(json.load(open("manifest"))[sys.argv[1]])' "$1"; }

up prometheus  # for promtool
down prometheus
days=7 series=8
end=$(($(date +%s) / 60 * 60 - 600))
begin=$((end - days * 86400))
truth write $end $days $series >history.om
"$PROMTOOL" tsdb create-blocks-from --max-block-duration=168h --quiet openmetrics history.om servers/prometheus/data
up prometheus

echo "# the whole week: 40,320 steps, four answers of at most 11,000 points"
steps=$((days * 86400 / 15))
status 0 collect --start $begin --end $((end - 15)) --manifest manifest -o week.ndjson
says ", $series series, "
says ": complete"
read -r total missing gap_steps < <(truth check $end $days $series $begin 15 $steps week.ndjson)
[ "$(field records)" = "$total" ] || fail "the manifest says $(field records) records, found $total"
[ "$(field missing_values)" = "$missing" ] && [ "$missing" -gt 0 ] || fail "missing values: $(field missing_values), $missing"
[ "$(field gap_steps)" = "$gap_steps" ] && [ "$gap_steps" -gt 0 ] || fail "gaps: $(field gap_steps), $gap_steps"

echo "# ranges around the limit of a chunk, and one step alone"
for steps in 11001 11500 1; do
    status 0 collect --start $begin --end $((begin + 300 + (steps - 1) * 15)) --step 15s -o some.ndjson
    truth check $end $days $series $begin 15 $((steps + 20)) some.ndjson >/dev/null
done

echo "# --since counts from the end, in multiples of the step"
status 0 collect --since 6h --end $end --step 1m -o since.ndjson
truth check $end $days $series $((end - 6 * 3600)) 60 361 since.ndjson >/dev/null

echo "# a bound of the server on samples makes smaller chunks"
down prometheus
PROMETHEUS_FLAGS=--query.max-samples=20000 up prometheus
status 0 collect --start $begin --end $((end - 15)) -o small.ndjson
same week.ndjson small.ndjson

echo "# CSV says the same"
status 0 collect --start $begin --end $((begin + 3600)) --format csv -o hour.csv
status 0 collect --start $begin --end $((begin + 3600)) -o hour.ndjson
python3 - <<'END'
import csv, json
rows = list(csv.DictReader(open("hour.csv")))
records = [json.loads(line, parse_int=str, parse_float=str) for line in open("hour.ndjson")]
assert len(rows) == len(records) > 1000
for row, record in zip(rows, records):
    assert row["timestamp"] == record["timestamp"] and row["labels.instance"] == record["labels"]["instance"]
    assert (row["value"] or None) == (None if record["value"] is None else str(record["value"]))
END

echo "# instant: the newest value, and raw samples as they were scraped"
status 0 collect --instant --end $end -o instant.ndjson
[ "$(wc -l <instant.ndjson)" = $series ] || fail "instant: $(cat instant.ndjson)"
status 0 aiops-collect prometheus --url "$PROMETHEUS_URL" --query 'temp=app_temp[10m]' --instant --end $end -o raw.ndjson
[ "$(wc -l <raw.ndjson)" = $((series * 40)) ] || fail "raw: $(wc -l <raw.ndjson) samples"
head -1 raw.ndjson | grep -q ':07Z"\|:22Z"\|:37Z"\|:52Z"' || fail "not the times of the scrapes: $(head -1 raw.ndjson)"

echo "# what there is, and what there is not"
status 0 aiops-collect prometheus --url "$PROMETHEUS_URL" --list-services >services
grep -qx app services || fail "services: $(cat services)"
status 4 collect --query none=no_such_metric --start $begin --end $((begin + 60)) --manifest manifest -o part.ndjson
says "query none returned no series"
[ "$(wc -l <part.ndjson)" -gt 0 ] || fail "what there is was not written"
[ "$(field complete)" = False ] || fail "the manifest says complete"
status 4 collect --query 'bad=sum(' --since 1h
says "query bad"
says "parse error"
says "$PROMETHEUS_URL/api/v1/query_range: HTTP 400"

echo "# a pipe that is closed is no failure"
collect --start $begin --end $end | head -1 >/dev/null || fail "closed pipe: ${PIPESTATUS[*]}"
