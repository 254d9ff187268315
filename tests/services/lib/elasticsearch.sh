# Sourced after common.sh: an index of made-up documents (documents.py).

documents() { python3 "$library/documents.py" "$@"; }

# post URL [OPTION OF CURL...]: standard input as a bulk
post() { curl -sS -H 'Content-Type: application/x-ndjson' --data-binary @- "$@"; }

# load URL INDEX COUNT: an index with documents 0 to COUNT - 1
load() {
    curl -sSf -o /dev/null -X PUT "$1/$2" -H 'Content-Type: application/json' -d '{
        "settings": {"number_of_shards": 2, "number_of_replicas": 0, "refresh_interval": -1,
            "translog.durability": "async"},
        "mappings": {"dynamic": false, "properties": {"@timestamp": {"type": "date"},
            "message": {"type": "keyword", "index": false, "doc_values": false},
            "service": {"properties": {"name": {"type": "keyword"}}},
            "log": {"properties": {"level": {"type": "keyword"}}},
            "url": {"properties": {"path": {"type": "keyword"}}},
            "event": {"properties": {"duration": {"type": "long"}}},
            "http": {"properties": {"request": {"properties": {"method": {"type": "keyword"}}},
                "response": {"properties": {"status_code": {"type": "short"}}}}}}}}'
    documents bulk "$3" | split -l 20000 --filter="curl -sS -H 'Content-Type: application/x-ndjson' \
        --data-binary @- '$1/$2/_bulk?filter_path=errors'" >loaded
    if grep -q true loaded; then fail "documents were refused"; fi
    curl -sSf -o /dev/null -X POST "$1/$2/_refresh"
}

# grown FILE FROM BYTES: it has so many bytes more than FROM
grown() { [ "$(stat -c %s "$1" 2>/dev/null || echo 0)" -ge $(($2 + $3)) ]; }
