#!/bin/bash
# A trainer that is killed at any moment leaves the model as it was or the new version whole; the next one goes on.
set -euo pipefail

awk 'BEGIN { print "timestamp,metric,value"; srand(1); for (i = 0; i < 300; i++) for (s = 0; s < 8; s++)
  print 1700000000 + 15 * i ",m" s "," rand() }' > in.csv
aiops-train -q --models m in.csv
sed 's/,m0,/,new,/' in.csv > more.csv

RANDOM=7
for _ in $(seq 25); do
  if [ $((RANDOM % 3)) = 0 ]; then  # what is stale alone: a series that the model does not know
    aiops-train check -q --models m --retrain more.csv > /dev/null 2>&1 &
  else
    aiops-train -q --models m in.csv 2> /dev/null &
  fi
  trainer=$!
  sleep "0.0$(printf %02d $((RANDOM % 60)))"
  kill -9 "$trainer" 2> /dev/null || true
  wait "$trainer" 2> /dev/null || true
  aiops-train show --models m > /dev/null
  aiops-train list --models m > listed
  [ "$(grep -c current listed)" = 1 ] || { echo "not one version in use:"; cat listed; exit 1; }
  aiops-score -q --models m in.csv > /dev/null
done

aiops-train -q --models m in.csv
left=$(find m -name '.new-*' -o -name '.old-*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
