# A network that is slow, cuts and resets, made by toxiproxy, between the collector and a real Loki.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
truth() { python3 "$library/loki.py" "$@"; }

up loki
toxics "$LOKI_URL"
count=20000
end=$((($(date +%s) - 600) * 1000000000))
truth push "$LOKI_URL" $end $count
collect() {
    aiops-collect loki --url "$TOXIC_URL" --query '{app="shop"}' --keep host --start $((end / 1000000000 - 7200)) \
        --end $((end / 1000000000 + 60)) --max-retries ${retries-0} --manifest manifest "$@"
}
status 0 collect --timeout 20s -o whole
truth check $end $count whole

echo "# slow, but no failure: latency, and bytes in drops"
toxic latency latency=200 jitter=100
status 0 collect --timeout 20s -o out
same whole out
toxic slicer average_size=500 size_variation=400 delay=10
status 0 collect --timeout 20s -o out
same whole out

echo "# failures: exit status 4, no output, and the manifest says so"
fails() {
    rm -f out manifest
    status 4 collect --timeout 1s --connect-timeout 1s -o out
    says "$TOXIC_URL"
    says "$1"
    [ ! -e out ] || fail "an output was written"
    grep -q '"complete": false' manifest || fail "the manifest says complete"
}
toxic limit_data bytes=30000
fails "the answer was cut short"
toxic reset_peer timeout=0
fails "/loki/api/v1/query_range: "
toxic timeout timeout=0
fails "within 1s"
toxic refused
fails "no connection"

echo "# over before the retries are"
retries=10 collect --timeout 1s --connect-timeout 1s -o out 2>stderr &
collector=$!
within 60 grep -q "retry 1 of 10" stderr
toxic none
found=0 && wait "$collector" || found=$?
[ "$found" = 0 ] || { cat stderr >&2; fail "exit status $found after the network came back"; }
same whole out
