#!/bin/bash
# A live stream of incidents: each is told when its rows have come, an operator is heard meanwhile, and a second stream
# on the same journal is refused.
set -euo pipefail

data=$AIOPS_SOURCE/tests/data/incidents
mkfifo in
aiops-report incidents -q --journal state/ --graph "$data/calls.csv" --causes 0 < in > told.ndjson &
stream=$!
exec 3> in

# Waits for a line of told.ndjson that has the text.
await() {
  for _ in $(seq 200); do
    grep -q "$1" told.ndjson && return
    sleep 0.05
  done
  echo "never told: $1"; cat told.ndjson; exit 1
}

head -n 160 "$data/scores.ndjson" >&3
await '"revision":1,'
id=$(grep -o '"id":"[^"]*"' told.ndjson | head -n 1 | cut -d'"' -f4)

status=0
aiops-report incidents --journal state/ < /dev/null 2> said || status=$?
[ "$status" = 2 ]
grep -q "another aiops-report incidents is writing it" said

aiops-report acknowledge --journal state/ "$id" --by ada --why "on it" > line
grep -q "ACKNOWLEDGED .* by ada: on it" line
sed -n 161,170p "$data/scores.ndjson" >&3
await '"state":"acknowledged".*"by":"ada"'
sed -n '171,$p' "$data/scores.ndjson" >&3
exec 3>&-
wait "$stream"
# What came after keeps the operator's word until it was quiet.
grep '"state":"acknowledged"' told.ndjson | tail -n 1 | grep -q '"by":"ada"'
aiops-report journal --journal state/ "$id" > shown
grep -q "resolved  rule: quiet for 10m" shown
# Revisions of an incident never go back, and none is told twice.
for one in $(grep -o '"id":"[^"]*"' told.ndjson | sort -u | cut -d'"' -f4); do
  grep "\"id\":\"$one\"" told.ndjson | grep -o '"revision":[0-9]*' | cut -d: -f2 > revisions
  sort -n -u revisions | diff - revisions
done
