#!/bin/bash
# Records of several lines, followed through rotation with compression while the collector is killed: each record is
# there once, with all its lines.
set -euo pipefail
records=1500

write_log() {
  local i
  for i in $(seq $records); do
    printf '2026-01-31 12:00:00.123 [main] ERROR shop.Cart - record %d of the shop\n\tat frame.%d\nCaused by: x.%d\n' $i $i $i >>app.log
    if ((i % 400 == 0)); then
      mv app.log app.log.$((100 - i / 400))
      gzip app.log.$((100 - i / 400))
    fi
    if ((i % 25 == 0)); then sleep 0.02; fi
  done
}

collect() { exec aiops-collect files 'app.log*' --follow --checkpoint position.json -o logs.ndjson --quiet; }

write_log &
writer=$!
for _ in 1 2 3; do
  collect &
  collector=$!
  sleep 0.5
  kill -KILL $collector
  wait $collector 2>/dev/null || true
done
wait $writer

collect &
collector=$!
for _ in $(seq 100); do
  (($(grep -c . logs.ndjson) >= records)) && break
  sleep 0.2
done
kill -TERM $collector
wait $collector

grep -o '"message":".*"' logs.ndjson | sort >got
for i in $(seq $records); do
  printf '"message":"record %d of the shop\\n\\tat frame.%d\\nCaused by: x.%d"\n' $i $i $i
done | sort >expected
diff expected got | head
cmp expected got
