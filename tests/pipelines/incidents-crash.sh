#!/bin/bash
# A stream of incidents that is killed at any moment leaves a journal that reads, and the next one goes on: no
# incident is lost, none is opened twice, and what was told stands in the journal.
set -euo pipefail

data=$AIOPS_SOURCE/tests/data/incidents
options=(--graph "$data/calls.csv" --causes 0)
aiops-report incidents -q "${options[@]}" "$data/scores.ndjson" > whole.ndjson

RANDOM=5
: > told.ndjson
for _ in $(seq 20); do
  # A part of the stream, line by line, so that it is killed somewhere within.
  : > part.ndjson  # it may be killed before its output is opened
  aiops-report incidents -q --journal j "${options[@]}" > part.ndjson \
    < <(head -n $((150 + RANDOM % 300)) "$data/scores.ndjson" | while read -r line; do echo "$line"; done) &
  sleep "0.0$(printf %02d $((RANDOM % 90)))"
  kill -9 "$!" 2> /dev/null || true
  wait "$!" 2> /dev/null || true
  cat part.ndjson >> told.ndjson
  if [ -e j ]; then aiops-report journal --journal j > state 2> said || { cat said; exit 1; }; fi
done
head -c 100 whole.ndjson | tr -d '\n' >> j  # the crash itself came in the middle of a line
aiops-report incidents --journal j "${options[@]}" "$data/scores.ndjson" > rest.ndjson 2> said
grep -q "its last line was cut off by a crash: 100 bytes of it removed" said

ids() { grep -o '"id":"[^"]*"' | sort -u; }
ids < whole.ndjson > expected
aiops-report journal --journal j --format ndjson | ids > found
diff expected found
# What was told and not cut off by the kill stands in the journal.
grep '}$' told.ndjson | ids > heard || true
[ -z "$(comm -23 heard found)" ] || { echo "told, and not in the journal:"; comm -23 heard found; exit 1; }
[ "$(aiops-report journal --journal j --history --format ndjson | grep -c '"revision":1,')" = "$(wc -l < expected)" ]
