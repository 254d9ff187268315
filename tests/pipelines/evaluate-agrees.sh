#!/bin/bash
# aiops-report evaluate against the reference for VUS-PR and average precision (score_vus.cpp), on real labelled
# series scored by the tools: equal to four digits. NAB's profiles are not evaluate's: NAB scores by its own script.
set -euo pipefail

data=${AIOPS_EVAL:-}
if [ -z "$data" ]; then
  echo "AIOPS_EVAL names no folder of labelled data (docs/quality.md says where it comes from)"
  exit 77
fi
if ! command -v "${CXX:-c++}" > /dev/null; then
  echo "no C++ compiler to build the reference with"
  exit 77
fi
"${CXX:-c++}" -O2 -w -o score_vus "$data/score_vus.cpp"

compared=0
# compare NAME RANK: scores.csv by evaluate and by the reference.
compare() {
  python3 -c '
import csv, sys
print("score,label")
for row in csv.DictReader(open("scores.csv")):
    if row[sys.argv[1]]:
        print(row[sys.argv[1]] + "," + str(int(row["truth"] != "")))' "$2" > ranked.csv
  grep -q ',1$' ranked.csv || return 0  # what is labelled was not scored: nothing to compare
  aiops-report evaluate -q --events none --rank "$2" --json evaluated.json scores.csv > /dev/null 2> said || { cat said; exit 1; }
  read -r ours_vus ours_ap window <<< "$(python3 -c '
import json
one, = json.load(open("evaluated.json"))["series"]
print(one["vus_pr"], one["auc_pr"], one["vus_window"])')"
  read -r _ vus _ ap _ <<< "$(./score_vus ranked.csv "$window")"
  awk -v a="$ours_vus" -v b="$vus" -v c="$ours_ap" -v d="$ap" \
    'BEGIN { exit !(a - b < 5e-5 && b - a < 5e-5 && c - d < 5e-5 && d - c < 5e-5) }' || {
    echo "$1 by $2, window $window: VUS-PR $ours_vus, reference $vus; average precision $ours_ap, reference $ap"
    exit 1
  }
  compared=$((compared + 1))
}

# rows VALUES LABELS: samples with the field truth out of two files with the same rows.
rows() {
  paste -d, "$1" <(cut -d, -f2 "$2") |
    awk -F, 'NR == 1 { print "timestamp,metric,value,truth"; next }
      { print $1 ",m," $2 "," ($3 + 0 ? "anomaly" : "") }'
}

for labels in "$data"/cloud_monitoring/labels/*.csv; do
  [ "$compared" -lt 20 ] || break
  grep -q ',1' "$labels" || continue
  name=$(basename "$labels")
  rows "$data/cloud_monitoring/series/$name" "$labels" > rows.csv
  aiops-score -q --detector adaptive -o scores.csv rows.csv
  compare "$name" level
  compare "$name" score
done
long=0
for file in "$data"/kpi/*.csv.gz; do
  [ "$long" -lt 3 ] || break
  python3 -c '
import csv, gzip, itertools, sys
rows = list(itertools.islice(csv.DictReader(gzip.open(sys.argv[1], "rt")), 30000))
print("timestamp,metric,value,truth")
for row in rows:
    print(row["timestamp"] + ",m," + row["value"] + "," + ("anomaly" if row["label"] == "1" else ""))' "$file" > rows.csv
  grep -q anomaly rows.csv || continue
  aiops-score -q --detector light -o scores.csv rows.csv
  compare "$(basename "$file")" level
  long=$((long + 1))
done
[ "$compared" -ge 20 ] || { echo "only $compared rankings with labels in $data"; exit 1; }
echo "$compared rankings agree"
