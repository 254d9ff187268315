# What networks, proxies and servers do wrong between the collector and a real Loki.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
truth() { python3 "$library/loki.py" "$@"; }

up loki
faults "$LOKI_URL"
count=20000
end=$((($(date +%s) - 600) * 1000000000))
truth push "$LOKI_URL" $end $count
start=$((end / 1000000000 - 7200))
collect() {
    aiops-collect loki --url "$PROXY_URL" --query '{app="shop"}' --keep host --start $start --end $((end / 1000000000 + 60)) \
        --timeout 1s --max-retries ${retries-2} "$@"
}
status 0 collect --manifest manifest -o whole
truth check $end $count whole

echo "# once: tried again, and the result is the same"
# The first request asks for the configuration and is not tried again: each fault lasts for two.
for kind in "cut 1500" "json 1500" "short 10" "reset -" "status 429" "html 502" "stall 2"; do
    fault $kind 2
    status 0 collect --manifest manifest -o out
    says "retry 1 of 2"
    grep -q '"retries": 1,' manifest || fail "$kind: the manifest does not count the retry"
    same whole out
done

echo "# for ever: exit status 4, no output, and the manifest says why"
check_for_ever() {
    local says=$1
    shift
    rm -f out manifest
    fault "$@"
    retries=1 status 4 collect --manifest manifest -o out
    says "$PROXY_URL/loki/api/v1/query_range: "
    says "$says"
    [ ! -e out ] || fail "$*: an output was written"
    grep -q '"complete": false' manifest || fail "$*: the manifest says complete"
}
check_for_ever "the answer was cut short" cut 1500
check_for_ever "the JSON ends too early" json 1500
check_for_ever "no answer within 1s" delay 2
check_for_ever "no further data within 1s" stall 2
check_for_ever "HTTP 503" status 503
check_for_ever "page (HTML)" html 200
check_for_ever "no HTTP server" garbage -

echo "# 200 with an error within"
fault error -
retries=0 status 4 collect -o out
says "it went wrong"

echo "# in the middle: what came before is kept, the rest is told, and a second run completes it"
rm -f out state
fault reset_after 3  # the configuration and two pages
retries=0 status 4 collect --checkpoint state --manifest manifest -o out
says "incomplete"
lines=$(wc -l <out)
[ "$lines" -gt 0 ] && [ "$lines" -lt $count ] || fail "$lines records"
head -"$lines" whole | cmp - out || fail "what was kept is not the beginning"
fault pass
status 0 collect --checkpoint state -o out
same whole out

echo "# the server is killed half-way, comes back, and the run goes on"
rm -f out state
fault delay 0.3
retries=20 collect --checkpoint state -o out 2>stderr &
collector=$!
within 60 test -s out
SIGNAL=KILL down loki
up loki
fault pass
found=0 && wait "$collector" || found=$?
[ "$found" = 0 ] || { cat stderr >&2; fail "exit status $found after the server came back"; }
same whole out

echo "# several servers, one of them gone"
rm -f out
status 4 aiops-collect loki --target here="$LOKI_URL" --target gone=http://127.0.0.1:9 --query '{app="shop"}' --start $start \
    --end $((end / 1000000000 + 60)) --max-retries 0 --manifest manifest -o out
says "gone"
[ "$(grep -c '"environment":"here"' out)" = $count ] || fail "$(grep -c '"environment":"here"' out) records of the server that runs"
