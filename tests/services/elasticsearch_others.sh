# The same documents out of Elasticsearch 7 and OpenSearch, through a point in time and by scroll.
. "$AIOPS_SOURCE/tests/services/lib/common.sh"
. "$library/elasticsearch.sh"

count=20000
all=(--index logs --start 2026-01-01 --end 2026-01-02 --keep host.name)
for service in elasticsearch7 opensearch; do
    up $service
    url=${service^^}_URL
    load "${!url}" logs "$count"
    for paging in pit scroll; do
        status 0 aiops-collect elasticsearch --url "${!url}" "${all[@]}" --paging $paging -o $paging.ndjson \
            --manifest $paging.json
        documents check "$count" $paging.ndjson
        grep -q '"complete": true' $paging.json || fail "$service: the manifest does not say that all came"
    done
    # Each time a page of four documents ends between two of eight that stand at the same time.
    status 0 aiops-collect elasticsearch --url "${!url}" --index logs --keep host.name --page 4 \
        --start 2026-01-01 --end 2026-01-01T00:00:00.5 -o small.ndjson
    documents check 320 small.ndjson
done

# Both at once; one that is not there does not stop the others.
for dead in 0 4; do
    targets=(--target "old=$ELASTICSEARCH7_URL" --target "open=$OPENSEARCH_URL")
    [ $dead = 0 ] || targets+=(--target dead=http://127.0.0.1:1)
    status $dead aiops-collect elasticsearch "${targets[@]}" "${all[@]}" --max-retries 0 -o both.ndjson
    for name in old open; do
        [ "$(grep -c "\"environment\":\"$name\"" both.ndjson)" = "$count" ] || fail "not all came from $name"
    done
done
says 'dead/logs'
