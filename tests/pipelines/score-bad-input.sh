#!/usr/bin/env bash
# What no metric should be, and yet is: each detector, cold where it can be and trained where not, passes it on with
# a status that says what it was, and never writes what is no number.
set -euo pipefail
model=
trap 'echo "failed: $detector $file"' ERR
command -v awk > /dev/null

series() { awk -v n="$1" "BEGIN { print \"timestamp,value\"; for (i = 0; i < n; ++i) { t = 1700000000 + 60 * i; $2; print t \",\" x } }"; }
series 400 'x = 7.3' > constant.csv
series 400 'x = (i * 7919 % 13 < 3)' > two-values.csv
series 1 'x = 5' > one-sample.csv
series 400 'x = i == 300 ? "1e308" : i == 350 ? "-1.7e308" : i % 7' > spike.csv
series 1000000 't = 1700000000; x = i % 7' > one-time.csv
series 400 't += (i > 200) * 3540 * (i - 200); x = i % 7' > interval.csv
series 400 't += i > 200 ? (i < 300 ? 86400 : -86400) : 0; x = i % 7' > jumps.csv
series 400 't += (i > 200) * 7 * 86400; x = i % 7' > gap.csv
series 400 'x = i % 2 ? "" : "NaN"' > missing.csv
series 400 'x = i % 7 + i % 5' > usual.csv
printf 'while read -r line; do echo "{\\"score\\":0.5}"; done' > half.sh

check() {  # the scores of $file are in order
  [ "$(wc -l < scores)" = "$(wc -l < "$file")" ]
  ! cut -d, -f3- scores | grep -q -i -E '(^|[,=+(;-])(nan|inf)' || { echo "$detector $file: no number"; exit 1; }
  awk -F, 'NR > 1 { print $3 }' scores | sort | uniq -c | awk '{ print $2 "=" $1 }' | xargs > statuses
  said=$(cat statuses)
  case $file in
    one-time.csv) [[ $said == *duplicate=999999* ]] ;;
    jumps.csv) [[ $said == *out_of_order=100* ]] ;;
    missing.csv) [[ $said == no_data=400 ]] ;;
    one-sample.csv) [[ $detector != adaptive || -n $model || $said == warming_up=1 ]] ;;
    constant.csv) [[ $detector != adaptive || -n $model || $said == "flat=336 warming_up=64" ]] ;;
    *) [[ $said != *no_model* ]] ;;
  esac || { echo "$detector $file: $said"; exit 1; }
  echo "$detector $file $said" >> all
}

fields=status,score,level,alert,severity,expected,lower,upper,trend,seasonal,p_value,reasons
for file in constant two-values one-sample spike one-time interval jumps gap missing; do
  file=$file.csv model=
  for detector in adaptive light seasonal-esd ensemble threshold exec; do
    more=()
    [ $detector != threshold ] || more=(--upper '{}=100' --for 5m)
    [ $detector != exec ] || more=(--exec 'sh half.sh')
    aiops-score -q --detector $detector "${more[@]}" --fields $fields $file > scores 2> errors || [ $? = 3 ]
    check
  done
  # Trained on itself where there is something to learn, else on what is usual; back-tested and scored.
  for detector in holt-winters isolation-forest adaptive; do
    rm -rf model
    model=model
    [ $file = one-time.csv ] && continue
    aiops-train -q --models model --detector $detector --min-samples 1 $file 2> errors ||
      aiops-train -q --models model --detector $detector usual.csv 2> errors
    ! grep -i -E '[: ]-?(nan|inf)' model/current/card.json
    aiops-score -q --models model --fields $fields $file > scores 2> errors
    [ $detector = isolation-forest ] || check
    ! cut -d, -f3- scores | grep -q -i -E '(^|[,=+(;-])(nan|inf)'
  done
done
