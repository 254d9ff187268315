"""Made-up history for a server, and what a collector must get of it.

usage: history.py write END DAYS SERIES > history.om          OpenMetrics, for promtool
       history.py check END DAYS SERIES START STEP COUNT FILE…  compares collected NDJSON with it

Samples stand 7 s behind multiples of 15 s, so that no step falls on one. Series 0 has a gap of an hour in the middle of
the time, series 1 has NaN and infinities, the others have numbers of all sizes. A step has the newest sample of the five
minutes before it.
"""
import datetime
import json
import math
import random
import sys

INTERVAL, LOOKBACK = 15, 300


def value(random_numbers, series, k, t):
    if series == 1 and k % 50 < 3:
        return ("NaN", "+Inf", "-Inf")[k % 50]
    if series % 3 == 0:
        return repr(round(50 + 20 * math.sin(t / 13751 + series) + random_numbers.random(), 3))
    if series % 3 == 1:
        return str(random_numbers.randrange(0, 10**12))
    return repr(random_numbers.gauss(0, 1) * 10.0 ** random_numbers.randrange(-12, 18))


def samples(end, days, series):
    """(time, text) of one series, in the order of time."""
    random_numbers = random.Random(series)
    begin = end - int(days * 86400)
    middle = (begin + end) // 2
    for k, t in enumerate(range(begin + 7, end, INTERVAL)):
        text = value(random_numbers, series, k, t)
        if not (series == 0 and middle <= t < middle + 3600):
            yield t, text


def write(end, days, count):
    print("# TYPE app_temp gauge")
    for series in range(count):
        for t, text in samples(end, days, series):
            print('app_temp{job="app",instance="10.0.0.%d:80"} %s %d' % (series, text, t))
    print("# EOF")


def expected(end, days, series, start, step, count):
    """{time: value or None} of one series at the steps."""
    result, newest, pending = {}, None, samples(end, days, series)
    following = next(pending, None)
    for k in range(count):
        t = start + k * step
        while following and following[0] <= t:
            newest, following = following, next(pending, None)
        if newest and t - newest[0] < LOOKBACK:
            number = float(newest[1])
            result[t] = number if math.isfinite(number) else None
    return result


def collected(files):
    found, last = {}, ""
    for name in files:
        for line in open(name):
            record = json.loads(line)
            assert list(record) == ["timestamp", "service", "metric", "value", "labels"], line
            assert record["service"] == "app" and record["metric"] == "temp", line
            assert record["timestamp"] >= last, "times run backwards at " + line
            last = record["timestamp"]
            time = datetime.datetime.fromisoformat(last.replace("Z", "+00:00")).timestamp()
            series = found.setdefault(record["labels"]["instance"], {})
            assert time not in series, "twice: " + line
            series[time] = None if record["value"] is None else float(record["value"])
    return found


def check(end, days, count, start, step, steps, files):
    found = collected(files)
    assert len(found) == count, "%d series, expected %d" % (len(found), count)
    total = missing = gap_steps = 0
    for series in range(count):
        want, got = expected(end, days, series, start, step, steps), found["10.0.0.%d:80" % series]
        assert want.keys() == got.keys(), "series %d: times differ: %s" % (series, sorted(want.keys() ^ got.keys())[:5])
        wrong = [t for t in want if want[t] != got[t]]
        assert not wrong, "series %d at %d: %r, expected %r" % (series, wrong[0], got[wrong[0]], want[wrong[0]])
        total += len(want)
        missing += sum(v is None for v in want.values())
        gap_steps += (max(want) - min(want)) // step + 1 - len(want)
    print(total, missing, gap_steps)


if sys.argv[1] == "write":
    write(int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
else:
    check(int(sys.argv[2]), float(sys.argv[3]), *map(int, sys.argv[4:8]), sys.argv[8:])
