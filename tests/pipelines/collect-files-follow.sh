#!/bin/bash
# Following a log through rotation while the collector is killed again and again: each line arrives, and into a file
# exactly once. The number in a line is its identity.
set -euo pipefail

write_log() {  # 4,000 lines in bursts, renamed away every 700
  local i
  for i in $(seq 4000); do
    echo "{\"time\":\"2026-01-31T12:00:00Z\",\"msg\":\"line $i\"}" >> app.log
    if ((i % 700 == 0)); then mv app.log app.log.$((100 - i / 700)); fi
    if ((i % 50 == 0)); then sleep 0.02; fi
  done
}

collect() { exec aiops-collect files 'app.log*' --follow --checkpoint position.json -o logs.ndjson --quiet; }

write_log &
writer=$!
for _ in 1 2 3 4; do
  collect &
  collector=$!
  sleep 0.7
  kill -KILL $collector
  wait $collector 2>/dev/null || true
done
wait $writer

collect &
collector=$!
for _ in $(seq 100); do
  sleep 0.2
  (($(grep -c . logs.ndjson) >= 4000)) && break
done
kill -TERM $collector
wait $collector

grep -o 'line [0-9]*' logs.ndjson | sort > got
for i in $(seq 4000); do echo "line $i"; done | sort > expected
diff expected got | head
cmp expected got

# A cron job: each run takes what is new, an unfinished row of CSV included.
printf 'timestamp,value\n2026-01-31T12:00:00Z,1\n' > load.csv
run() { aiops-collect files load.csv --metric load --checkpoint load.json --quiet; }
[[ $(run) == '{"timestamp":"2026-01-31T12:00:00Z","metric":"load","value":1}' ]]
[[ -z $(run) ]]
printf '2026-01-31T12:01:00Z,2\n' >> load.csv
[[ $(run) == '{"timestamp":"2026-01-31T12:01:00Z","metric":"load","value":2}' ]]
