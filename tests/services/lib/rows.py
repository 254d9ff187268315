"""Compares rows of request features that two ways gave.

usage: rows.py FILE FILE TOLERANCE      NDJSON, in any order; the median may differ by TOLERANCE of itself, every other
                                        number by one in its sixth digit

Prints how many rows there are, and the largest difference of a median.
"""
import json
import sys


def rows(name):
    found = {}
    for line in open(name):
        row = json.loads(line)
        key = tuple(row.pop(field, None) for field in ("timestamp", "service", "method", "endpoint"))
        assert key not in found, "twice: %s" % (key,)
        found[key] = row
    return found


one, other, tolerance = rows(sys.argv[1]), rows(sys.argv[2]), float(sys.argv[3])
assert one.keys() == other.keys(), "rows differ: %s" % list(one.keys() ^ other.keys())[:3]
worst = 0
for key, row in one.items():
    assert row.keys() == other[key].keys(), key
    for name, value in row.items():
        difference = abs(value - other[key][name]) / max(abs(value), 1e-9)
        allowed = tolerance if name == "duration_median" else 1.1e-5
        assert difference <= allowed, "%s: %s is %s and %s" % (key, name, value, other[key][name])
        if name == "duration_median":
            worst = max(worst, difference)
print("%d rows, median off by %.2g at most" % (len(one), worst))
