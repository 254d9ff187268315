#!/bin/sh
# The logs of the demo: nothing is alerted on in the quiet hour, and in the hour with faults each alert is of one of
# them, the fault that no metric shows among them. By a model and without one it is the same.
set -eu
shop=$AIOPS_SOURCE/datasets/shop

templates() { aiops-collect files -q "$1" | aiops-features templates -q --state templates; }
templates "$shop/quiet/logs.csv" > quiet.ndjson
templates "$shop/faults/logs.csv" > faults.ndjson

aiops-score -q --state cold quiet.ndjson > quiet.scored
[ "$(grep -c '"alert":1' quiet.scored)" = 0 ] || { grep '"alert":1' quiet.scored; exit 1; }
grep -v '"p_value"' quiet.scored | cmp - quiet.ndjson

aiops-train -q --models model quiet.ndjson
aiops-score -q --models model faults.ndjson > faults.scored
grep -v '"p_value"' faults.scored | cmp - faults.ndjson
grep '"alert":1' faults.scored | sed 's/.*"timestamp":"\([^"]*\)".*"service":"\([^"]*\)","metric":"\([^"]*\)".*"template":"\([^"]*\)".*/\1 \2 \3 \4/' > alerts
cat alerts
grep -q 'service-b log_new cache replica out of sync' alerts
grep -q 'service-a log_new service-b does not answer' alerts
grep -q 'service-a log_new order store: write failed' alerts
grep -q 'service-a log_surge request completed' alerts

# Each alert is within a minute of a fault of the services.
while IFS=' ' read -r time rest; do
  awk -F, -v time="$time" 'NR > 1 && time >= from($3) && time <= $4 { found = 1 } END { exit !found }
    function from(start) { return substr(start, 1, 16) }' "$shop/labels.csv" || { echo "no fault: $time $rest"; exit 1; }
done < alerts

aiops-score -q --state cold faults.ndjson | grep -c '"alert":1' | grep -qx "$(wc -l < alerts)"
aiops-report templates faults.scored | grep -q 'new .*cache replica'

# The same from CSV: the log's rows as they came, and the same alerts.
for part in quiet faults; do
  aiops-features templates -q --state csv-templates "$shop/$part/logs.csv" > $part.csv
done
aiops-train -q --models csv-model quiet.csv
aiops-score -q --models csv-model faults.csv > faults-scored.csv
[ "$(grep -c 'log_[a-z]*,.*,1,[a-z]*,ok,' faults-scored.csv)" = "$(wc -l < alerts)" ]
aiops-report templates faults-scored.csv | grep -q 'new .*cache replica'
cut -d , -f 1-9 faults-scored.csv | grep -v -e log_ | sort | uniq > rows
tr -d '\r' < "$shop/faults/logs.csv" | cut -d , -f 1-9 | sort | uniq | comm -23 - rows > lost
[ ! -s lost ] || { head lost; exit 1; }
