#!/bin/bash
# Memory is bounded by the number of series: ten times the rows, the same peak, within a small address space.
set -euo pipefail
rows() {
    awk -v n="$1" 'BEGIN { print "timestamp,service,metric,value"
        for (i = 0; i < n; ++i) printf "%d,s%d,m%d,%.3f\n", 1767225600 + int(i / 50) * 15, i % 5, i % 50, (i * 7919 % 1009) / 1009 }'
}
peak() { # the peak of resident memory, in KiB, of a command that reads standard input
    python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
}
rows 200000 > few.csv  # several blocks of what is read at once
rows 2000000 > many.csv
aiops-train -q --models m few.csv
for tool in "aiops-features" "aiops-score --models m" "aiops-report summary"; do
    case $tool in *report*) few=few.scores many=many.scores ;; *) few=few.csv many=many.csv ;; esac
    [ -e "$few" ] || for n in few many; do aiops-score -q --models m $n.csv > $n.scores; done
    a=$(peak $tool < $few) b=$(peak $tool < $many)
    echo "$tool: $a KiB for the few rows, $b KiB for ten times as many"
    ((b < a + 2048)) || { echo "memory grows with the stream"; exit 1; }
done
