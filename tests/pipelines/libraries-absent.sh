#!/bin/bash
# What talks to no server runs without libcurl and librdkafka; what does says which package it lacks.
set -euo pipefail

mkdir broken
: > broken/libcurl.so.4
: > broken/librdkafka.so.1
export LD_LIBRARY_PATH=$PWD/broken

echo '{"timestamp":"2026-01-01T00:00:00Z","service":"web","level":"INFO","message":"up"}' > line.ndjson
aiops-collect files line.ndjson -o records.ndjson
aiops-report --version
aiops-inject --version

# refused TEXT COMMAND...: the command fails with TEXT in what it says
refused() {
  local text=$1 status=0
  shift
  "$@" < /dev/null > /dev/null 2> said || status=$?
  if [ "$status" != 2 ] || ! grep -q "$text" said; then
    echo "$*: status $status, said: $(cat said); expected status 2 and: $text" >&2
    return 1
  fi
}

refused 'HTTP needs libcurl.so.4, which cannot be loaded.*apt-get install libcurl4' \
  aiops-collect prometheus --url http://127.0.0.1:1 --query up=up --start 2026-01-01 --end 2026-01-02
refused 'Kafka needs librdkafka.so.1, which cannot be loaded.*apt-get install librdkafka1' \
  aiops-collect kafka --brokers 127.0.0.1:1 --topic logs
