#!/usr/bin/env bash
# A custom model is asked for each score: the one of aiops-formats(5), word for word, also in a live pipe.
set -euo pipefail
command -v python3 > python.txt || exit 77
sed -n '/^    import json, sys$/,/^$/p' "$AIOPS_SOURCE/man/src/aiops-formats.5.md" | sed 's/^    //' > model.py
grep -q 'flush=True' model.py

awk 'BEGIN { print "timestamp,metric,value"; for (i = 0; i < 3000; ++i)
  print 1700000000 + 60 * i ",cpu," 10 + (i * 7919 % 13) / 10 + (i == 2500) * 40 }' > flow.csv
aiops-score -q --detector exec --exec 'python3 model.py' flow.csv > scores.csv
[ "$(wc -l < scores.csv)" = 3001 ]
[ "$(awk -F, '$6 == 1' scores.csv | wc -l)" = 1 ]
awk -F, 'NR == 2502 && $4 > 1 && $6 == 1 && $8 == "ok"' scores.csv | grep -q ,50
[ "$(grep -c warming_up scores.csv)" = 31 ]

# Each record's answer comes before the next record goes.
mkfifo in out
aiops-score -q --detector exec --exec 'python3 model.py' --fields status < in > out &
exec 3> in 4< out
read_line() { read -r -t 60 line <&4; }
echo timestamp,value >&3
for i in 1 2 3; do
  echo "$((1700000000 + i)),$i" >&3
  [ "$i" != 1 ] || read_line
  read_line
  [ "$line" = "$((1700000000 + i)),$i,warming_up" ]
done
exec 3>&- 4<&-
wait

# Its answers are longer than any pipe holds, and so is what it says on its standard error.
cat > wordy.sh <<'S'
head -c 300000 /dev/zero | tr '\0' x >&2
while read -r line; do printf '{"score":0.5%060000d,"more":"x"}\n' 0; done
S
head -200 flow.csv | aiops-score -q --detector exec --exec 'sh wordy.sh' --fields score > wordy.csv
[ "$(grep -c ',0.5$' wordy.csv)" = 199 ]
