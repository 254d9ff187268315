#!/bin/bash
# A signal ends a tool in order: what came whole is written, the half line is nobody's error, the state is saved.
set -euo pipefail
mkfifo in
aiops-features -o out.csv < in 2> errors & tool=$!
exec 3> in
printf 'timestamp,value\n1,1\n2,2\n3,' >&3
sleep 1
kill -TERM $tool   # SIGINT is ignored by what a script starts in the background
status=0; wait $tool || status=$?
exec 3>&-
[ $status = 130 ] || { echo "status $status, expected 130"; cat errors; exit 1; }
printf 'timestamp,value,delta,rolling_mean,rolling_std,zscore\n1,1,,1,,\n2,2,1,1.5,0.707107,0.707107\n' | cmp - out.csv
[ ! -s errors ] || { cat errors; exit 1; }
