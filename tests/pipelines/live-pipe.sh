#!/bin/bash
# A live pipe shows each record at once: what goes into the first tool comes out of the last before more is sent.
set -euo pipefail
awk 'BEGIN { print "timestamp,metric,value"; for (i = 0; i < 200; ++i) print 1767225600 + i ",m," (i * 7919 % 101) / 100 }' > history.csv
aiops-train -q --models m history.csv

coproc PIPE { aiops-features 2> /dev/null | cat | aiops-score -q --models m --fields alert,status --prefix s_ 2> errors; }
# The model computes its features itself; those of aiops-features are other columns to it.
echo 'timestamp,metric,value' >&"${PIPE[1]}"
for i in 1 2 3 4 5; do
    echo "$((1767225800 + i)),m,0.5" >&"${PIPE[1]}"
    if ((i == 1)); then IFS= read -r -t 20 header <&"${PIPE[0]}"; fi
    IFS= read -r -t 20 line <&"${PIPE[0]}" || { echo "record $i did not come through within 20 s"; cat errors; exit 1; }
    case $line in "$((1767225800 + i)),m,0.5,"*) ;; *) echo "expected record $i, got: $line"; exit 1 ;; esac
done
[ "$header" = timestamp,metric,value,delta,rolling_mean,rolling_std,zscore,s_alert,s_status ] || { echo "header: $header"; exit 1; }
exec {PIPE[1]}>&-
wait

# A pipe whose writer is busy, and stops in between, gives what a file gives.
awk 'BEGIN { print "timestamp,metric,value"; for (i = 0; i < 300000; ++i) print 1767225600 + int(i / 3) ",m" i % 3 "," (i * 7919 % 101) / 100 }' > many.csv
{ head -c 3000000 many.csv; sleep 0.05; tail -c +3000001 many.csv; } | aiops-features > piped.csv
aiops-features many.csv | cmp - piped.csv
