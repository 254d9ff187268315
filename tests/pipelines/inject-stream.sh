#!/bin/bash
# aiops-inject on a stream of a million rows through a pipe: bounded memory, no row lost, labels that match.
set -euo pipefail
fail() { echo "$*" >&2; exit 1; }

awk 'BEGIN {
  srand(7)
  print "timestamp,service,metric,value"
  for (i = 0; i < 10000; ++i) for (s = 0; s < 100; ++s)
    printf "%d,s%02d,cpu,%.3f\n", 1767225600 + i * 15, s, 50 + 10 * rand()
}' > stream.csv
(($(wc -c < stream.csv) > 25000000)) || fail "the stream is too short to say anything about memory"

# 256 MiB of address space: program and libraries take most of it; the stream itself is read twice through a copy.
(ulimit -v 100000; cat stream.csv | aiops-inject --kind spike,gap --count 300 --labels labels.csv --truth > out.csv)

cut -d, -f1-3 out.csv | cmp - <(cut -d, -f1-3 stream.csv) || fail "rows were lost or moved"
changed=$(paste -d, stream.csv out.csv | awk -F, 'NR > 1 && $4 != $8' | wc -l)
labelled=$(awk -F, 'NR > 1 && $5 != ""' out.csv | wc -l)
intervals=$(($(wc -l < labels.csv) - 1))
((changed == labelled)) || fail "$changed rows changed, $labelled labelled"
((labelled == 150 + 1500)) || fail "$labelled rows labelled instead of 150 spikes and 150 gaps of 10"
((intervals == 300)) || fail "$intervals intervals"

# An output that cannot be written, and one that nobody reads to the end.
status=0; aiops-inject --count 3 stream.csv > /dev/full 2> error || status=$?
((status == 5)) || fail "status $status on a full disk"
aiops-inject --count 3 stream.csv 2> /dev/null | head -2 > head.csv || fail "a closed pipe is no failure"
status=0; cat stream.csv | TMPDIR=/nonexistent aiops-inject --count 3 > none.csv 2> error || status=$?
((status == 5)) && grep -q 'TMPDIR' error || fail "status $status: $(cat error)"
status=0; cat stream.csv | aiops-inject --max-spool 1 --count 3 > none.csv 2> error || status=$?
((status == 3)) && grep -q 'max-spool' error || fail "status $status: $(cat error)"
