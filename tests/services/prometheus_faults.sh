# What networks, proxies and servers do wrong between the collector and a real Prometheus.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"

up prometheus
faults "$PROMETHEUS_URL"
end=$(($(date +%s) / 15 * 15))
start=$((end - 7 * 86400))
secret=s3cret-$RANDOM
echo "$secret" >token
# The collector through the proxy, with a range of several chunks.
collect() {
    aiops-collect prometheus --url "$PROXY_URL" --query 'clock=time()' --query 'day=time() / 86400' --start $start \
        --end $end --timeout 2s --max-retries ${retries-2} --bearer-token-file token "$@"
}
no_secret() { ! grep -qF "$secret" stderr manifest || fail "the secret was told"; }

status 0 collect --manifest manifest -o whole
says "complete"
[ "$(wc -l <whole)" = 80642 ] || fail "$(wc -l <whole) records"

echo "# once: tried again, and the result is the same"
for kind in "cut 1500" "cut 0" "json 1500" "json 0" "short 10" "long 10" "reset -" "status 500" "status 503" "status 429" \
    "html 502" "delay 4" "stall 4"; do
    fault $kind 1
    status 0 collect --manifest manifest -o out
    says "retry 1 of 2"
    grep -q '"retries": 1,' manifest || fail "$kind: the manifest does not count the retry"
    no_secret
    same whole out
done

echo "# for ever: exit status 4, no output, and the manifest says why"
check_for_ever() {
    local says=$1
    shift
    rm -f out manifest
    fault "$@"
    retries=1 status 4 collect --manifest manifest -o out
    says "$PROXY_URL/api/v1/query_range: "
    says "$says"
    no_secret
    [ ! -e out ] || fail "$*: an output was written"
    grep -q '"complete": false' manifest || fail "$*: the manifest says complete"
}
check_for_ever "the answer was cut short" cut 1500
check_for_ever "the JSON ends too early" json 1500
check_for_ever "the JSON ends too early" long 10
check_for_ever "no answer within 2s" delay 4
check_for_ever "no further data within 2s" stall 4
check_for_ever "HTTP 503" status 503
check_for_ever "page (HTML)" html 200
check_for_ever "HTTP 403" status 403
check_for_ever "it went wrong" error -
check_for_ever "no HTTP server" garbage -

echo "# a redirect to another port goes without the token"
fault redirect "$PROMETHEUS_URL/api/v1/query_range?query=time()&start=0&end=0&step=15"
status 4 collect -o out
says "was not asked for"
no_secret

echo "# in the middle of the range: what came before is kept, the rest is told, and a second run completes it"
rm -f out state
fault reset_after 4  # two chunks of two queries
retries=0 status 4 collect --checkpoint state --manifest manifest -o out
says "incomplete: nothing from "
lines=$(wc -l <out)
[ "$lines" -gt 0 ] && [ "$lines" -lt 80642 ] || fail "$lines records"
head -"$lines" whole | cmp - out || fail "what was kept is not the beginning"
fault pass
status 0 collect --checkpoint state -o out
same whole out

echo "# the server itself is killed half-way"
rm -f out state
fault delay 0.4
retries=0 collect --checkpoint state -o out 2>stderr &
collector=$!
within 60 test -s out
SIGNAL=KILL down prometheus
found=0 && wait "$collector" || found=$?
[ "$found" = 4 ] || { cat stderr >&2; fail "exit status $found after the server was killed"; }
up prometheus
fault pass
status 0 collect --checkpoint state -o out
same whole out

echo "# no server at all"
down prometheus
status 4 aiops-collect prometheus --url "$PROMETHEUS_URL" --query 'clock=time()' --since 1h --max-retries 0
says "$PROMETHEUS_URL/api/v1/query_range: no connection"
