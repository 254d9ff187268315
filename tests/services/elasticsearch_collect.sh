# 200,000 documents of a real Elasticsearch 8 out through a point in time, while new ones arrive; killed in the middle
# and resumed; by scroll; with faults between.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$library/elasticsearch.sh"

count=200000
up elasticsearch8
load "$ELASTICSEARCH8_URL" logs "$count"
all=(--index logs --start 2026-01-01 --end 2026-01-02 --keep host.name)
collect() { aiops-collect elasticsearch "${all[@]}" "$@"; }

# While new documents arrive, at the times that are being collected.
(documents bulk 2000 "$count" | post "$ELASTICSEARCH8_URL/logs/_bulk?refresh=true&filter_path=errors" >arrived) &
status 0 collect --url "$ELASTICSEARCH8_URL" -o all.ndjson --manifest all.json
wait $!
says ' complete'
documents check "$count" all.ndjson
grep -q '"errors":false' arrived || fail "the new documents were refused"
# The point in time is closed, also after an interrupt.
views_closed() {
    local open
    open=$(curl -s "$ELASTICSEARCH8_URL/_nodes/stats/indices/search?filter_path=**.open_contexts" |
        grep -o '"open_contexts":[0-9]*' | cut -d: -f2)
    [ "$open" = 0 ]
}
within 60 views_closed
aiops-collect elasticsearch "${all[@]}" --url "$ELASTICSEARCH8_URL" --page 500 --checkpoint broken.position \
    -o broken.ndjson 2>stderr &
collector=$!
within 60 grown broken.ndjson 0 300000
kill -TERM $collector
found=0
wait $collector || found=$?
[ $found = 130 ] || fail "interrupted: exit status $found"
within 60 views_closed # a search that was under way ends a little later

# Killed without warning, again and again: each document once in the file.
for _ in 1 2 3; do
    at=$(stat -c %s resumed.ndjson 2>/dev/null || echo 0)
    aiops-collect elasticsearch "${all[@]}" --url "$ELASTICSEARCH8_URL" --page 2000 --checkpoint position \
        -o resumed.ndjson 2>killed &
    collector=$!
    within 60 grown resumed.ndjson "$at" 3000000
    kill -KILL $collector 2>/dev/null || true
    wait $collector || true
done
status 0 collect --url "$ELASTICSEARCH8_URL" --checkpoint position -o resumed.ndjson
documents check "$count" resumed.ndjson

# A part of them, with faults in the middle.
all=(--index logs --start 2026-01-01 --end 2026-01-01T00:00:30 --keep host.name)
some() { aiops-collect elasticsearch "${all[@]}" "$@"; }
status 0 some --url "$ELASTICSEARCH8_URL" -o some.ndjson
status 0 some --url "$ELASTICSEARCH8_URL" --paging scroll --page 1500 -o scroll.ndjson
same some.ndjson scroll.ndjson
faults "$ELASTICSEARCH8_URL"
sort some.ndjson >expected
# A request in the middle of the pages goes wrong.
for kind in "cut 200000" "json 100000" "status 500" "status 429" "html 200" "error -" "reset -" "long 200"; do
    for paging in pit scroll; do
        fault $kind 1 4
        found=0
        some --url "$PROXY_URL" --page 2000 --paging $paging --checkpoint position.some -o faulty.ndjson \
            --max-retries 3 --manifest faulty.json 2>stderr || found=$?
        fault pass
        if [ $found != 0 ]; then # a page of a login and an answer that lies about its length are not tried again
            [ $found = 4 ] || { cat stderr && fail "$kind: exit status $found"; }
            says incomplete
            grep -q '"complete": false' faulty.json || fail "$kind: the manifest says that all came"
            status 0 some --url "$PROXY_URL" --paging $paging --checkpoint position.some -o faulty.ndjson
        fi
        sort faulty.ndjson | cmp - expected || fail "$kind, $paging: not what is there"
        rm faulty.ndjson position.some
    done
done
status 4 some --url "$ELASTICSEARCH8_URL" --query 'a:(' -o never
says 'Failed to parse query'
status 4 aiops-collect elasticsearch --url "$ELASTICSEARCH8_URL" --index nosuch --since 1h
says 'no such index [nosuch]'
