# 200,000 lines out of a real Loki, many of them of the same nanosecond, each exactly once; followed, killed, resumed.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
truth() { python3 "$library/loki.py" "$@"; }
field() { python3 -c 'import json, sys; print(json.load(open("manifest"))[sys.argv[1]])' "$1"; }

up loki
count=200000
end=$((($(date +%s) - 600) * 1000000000))
truth push "$LOKI_URL" $end $count
collect_range() { aiops-collect loki --url "${url-$LOKI_URL}" --query '{app="shop"}' --keep host "$@"; }
collect() { collect_range --start $((end / 1000000000 - 7200)) --end $((end / 1000000000 + 60)) "$@"; }

echo "# the whole, with bursts of a page, of more and of less, and of more than two pages"
status 0 collect --manifest manifest -o all.ndjson
says "200,000 log records: complete"
truth check $end $count all.ndjson
[ "$(field records)" = $count ] || fail "the manifest says $(field records) records"

echo "# with another page the same, and smaller than most bursts"
collect_minute() { collect_range --start $((end - 60000000000)) --end $end "$@"; }
status 0 collect_minute -o minute.ndjson
status 0 collect_minute --page-size 50 -o small.ndjson
[ -s minute.ndjson ] || fail "no lines"
same minute.ndjson small.ndjson

echo "# a server that allows fewer lines is asked for fewer"
status 0 collect_minute --page-size 100000 -o large.ndjson
same minute.ndjson large.ndjson

echo "# killed, and resumed"
faults "$LOKI_URL"
fault delay 0.2
touch resumed.ndjson
for kill in 1 2; do
    lines=$(wc -l <resumed.ndjson)
    aiops-collect loki --url "$PROXY_URL" --query '{app="shop"}' --keep host --start $((end / 1000000000 - 7200)) \
        --end $((end / 1000000000 + 60)) --checkpoint state -o resumed.ndjson 2>/dev/null &
    collector=$!
    disown
    longer() { [ "$(wc -l <resumed.ndjson)" -gt $((lines + 5000)) ]; }
    within 60 longer
    kill -s KILL $collector
    [ "$(wc -l <resumed.ndjson)" -lt $count ] || fail "it was over before it was killed"
done
fault pass
status 0 collect --checkpoint state -o resumed.ndjson
truth check $end $count resumed.ndjson
same all.ndjson resumed.ndjson

echo "# lines unpacked"
status 0 collect_minute --unpack logfmt --keep host --manifest manifest -o unpacked.ndjson
python3 - <<'END'
import json
plain = [json.loads(line) for line in open("minute.ndjson")]
unpacked = [json.loads(line) for line in open("unpacked.ndjson")]
assert len(plain) == len(unpacked) > 0
for before, after in zip(plain, unpacked):
    fields = dict(word.split("=", 1) for word in before["message"].split(" msg=")[0].split(" "))
    assert after["severity_text"] == fields["level"].upper() and after["status_code"] == int(fields["status"])
    assert after["endpoint"] == fields["path"] and after["duration_ms"] == float(fields["duration"][:-2])
    assert after["timestamp"] == before["timestamp"] and after["record_id"] == before["record_id"]
END

echo "# followed: what comes while it runs, once"
now=$(date +%s)
truth steady "$LOKI_URL" $((now - 60)) 60 steady
aiops-collect loki --url "$LOKI_URL" --query '{app="steady"}' --follow --start -5m --end $((now + 9)) --lateness 1s --poll 500ms \
    -o followed.ndjson 2>stderr &
follower=$!
within 60 test -s followed.ndjson
for second in 4 5 6 7; do
    truth steady "$LOKI_URL" $((now + second)) 1 steady
done
wait $follower || { cat stderr; fail "the follower's exit status is $?"; }
[ "$(wc -l <followed.ndjson)" = 64 ] || fail "followed $(wc -l <followed.ndjson) lines, expected 64"
[ "$(sort followed.ndjson | uniq -d | wc -l)" = 0 ] || fail "lines twice"

echo "# numbers: as many errors as there are, in range and instant"
metric() { aiops-collect loki --url "$LOKI_URL" --metric-query 'errors=sum(count_over_time({app="shop"} |= "level=error" [1m]))' "$@"; }
status 0 metric --start $(((end / 1000000000 - 7200) / 60 * 60)) --end $((end / 1000000000 / 60 * 60 + 60)) --step 1m -o errors.ndjson
total=$(python3 -c 'import json; print(sum(json.loads(line)["value"] for line in open("errors.ndjson")))')
[ "$total" = $((count / 10)) ] || fail "$total errors, expected $((count / 10))"
status 0 aiops-collect loki --url "$LOKI_URL" --metric-query 'all=sum by (host) (count_over_time({app="shop"}[2h]))' --instant \
    --end $((end / 1000000000)) -o hosts.ndjson
[ "$(wc -l <hosts.ndjson)" = 8 ] || fail "$(wc -l <hosts.ndjson) hosts"
