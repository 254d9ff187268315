#!/usr/bin/env bash
# --jobs changes how long aiops-score and aiops-train take, and nothing else: the same rows, messages, state and models.
set -euo pipefail

# 120 series, some rows late, twice, broken or of another kind; one series stops.
awk 'BEGIN {
  srand(5)
  for (t = 0; t < 200; ++t) for (s = 0; s < 120; ++s) {
    if (s == 7 && t > 120) continue
    v = 10 * s + sin(t / 9 + s) + rand() + (rand() < 0.003 ? 30 : 0)
    at = 1700000000 + 60 * t - (rand() < 0.01 ? 120 : 0)
    if (rand() < 0.002) { print "{\"timestamp\":" at ",\"service\":"; continue }
    if (rand() < 0.002) { print "{\"timestamp\":" at ",\"message\":\"x\"}"; continue }
    printf "{\"timestamp\":%d,\"service\":\"s%d\",\"metric\":\"m%d\",\"value\":%s}\n", at, s % 12, s, (rand() < 0.01 ? "null" : sprintf("%.4f", v))
  }
}' > rows.ndjson
head -12000 rows.ndjson > before.ndjson
tail -n +12001 rows.ndjson > after.ndjson
lines_are_refused() { "$@" || [ $? = 3 ]; }
lines_are_refused aiops-train --detector isolation-forest --trees 20 --jobs 1 --models one before.ndjson 2> one.said
lines_are_refused aiops-train --detector isolation-forest --trees 20 --jobs 3 --models three before.ndjson 2> three.said
cmp one/current/model.bundle three/current/model.bundle
diff <(sed 's,one/v,three/v,' one.said) three.said

same() {  # options of aiops-score
  for jobs in 1 4; do
    rm -f state
    lines_are_refused aiops-score --jobs "$jobs" --state state "$@" before.ndjson > "$jobs.out" 2> "$jobs.said"
    lines_are_refused aiops-score --jobs "$jobs" --state state "$@" after.ndjson >> "$jobs.out" 2>> "$jobs.said"
    mv state "$jobs.state"
  done
  cmp 1.out 4.out && cmp 1.said 4.said && cmp 1.state 4.state || { echo "not the same: $*"; exit 1; }
}
same
grep -q '"alert":1' 1.out
same --models one --explain
grep -q '"alert":1.*"explanation":".' 1.out
same --detector light --fields score,level,alert,status,p_value,detector,reasons --max-series 50
same --alert-budget 5/hour --budget-per service
same --joint --no-data-after 30m
same --detector threshold --upper 'm20=205'
