"""Made-up history for a server, and what a collector must get of it.

usage: history.py write END DAYS SERIES > history.om          OpenMetrics, for promtool
       history.py otlp END DAYS SERIES         the same for Mimir, requests of OTLP/JSON, one a line
       history.py check END DAYS SERIES START STEP COUNT FILE…  compares collected NDJSON with it
       history.py steady END DAYS SERIES START STEP COUNT FILE  the same for a server with a lookback of its own: what stands
                                               within an interval before a step must be there
       history.py raw END DAYS SERIES FILE     compares samples as they were scraped; LOSSY=yes: the server keeps
                                               some 15 digits, and no NaN

Samples stand 7 s behind multiples of 15 s, so that no step falls on one. Series 0 has a gap of an hour in the middle of
the time, series 1 has NaN and infinities, the others have numbers of all sizes. A step has the newest sample of the five
minutes before it.
"""
import datetime
import json
import math
import os
import random
import sys

INTERVAL, LOOKBACK = 15, 300
OTLP = {"NaN": "NaN", "+Inf": "Infinity", "-Inf": "-Infinity"}


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


def write_otlp(end, days, count):
    every = [iter(samples(end, days, series)) for series in range(count)]
    while every:
        resources, finished = [], True
        for series, source in enumerate(every):
            points = [{"timeUnixNano": str(t * 10**9), "asDouble": OTLP.get(text) or float(text)}
                      for t, text in (point for _, point in zip(range(500), source))]
            if points:
                finished = False
                attributes = {"service.name": "app", "service.instance.id": "10.0.0.%d:80" % series}
                resources.append({
                    "resource": {"attributes": [{"key": k, "value": {"stringValue": v}} for k, v in attributes.items()]},
                    "scopeMetrics": [{"metrics": [{"name": "app_temp", "gauge": {"dataPoints": points}}]}]})
        if finished:
            return
        print(json.dumps({"resourceMetrics": resources}))


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


def same(got, text, largest):
    """Equal; for LOSSY servers, which keep the numbers of a block with one exponent, nearly so."""
    number = float(text)
    if not math.isfinite(number) or got is None:
        return got is None and not math.isfinite(number)
    return got == number or os.environ.get("LOSSY") == "yes" and abs(got - number) <= 1e-14 * largest


def largest_of(values):
    return max(abs(v) for v in map(float, values) if math.isfinite(v))


def check_steady(end, days, count, start, step, steps, files):
    found = collected(files)
    assert len(found) == count, "%d series, expected %d" % (len(found), count)
    sure = 0
    for series in range(count):
        got, all_of_it = found["10.0.0.%d:80" % series], list(samples(end, days, series))
        largest = largest_of(text for _, text in all_of_it)
        for t, text in all_of_it:
            at = t - 7 + INTERVAL
            if text == "NaN" or at < start or at >= start + steps * step or (at - start) % step:
                continue
            assert at in got, "series %d has nothing at %d" % (series, at)
            assert same(got[at], text, largest), "series %d at %d: %r, expected %s" % (series, at, got[at], text)
            sure += 1
    print(sure)


def check_raw(end, days, count, files):
    found = collected(files)
    assert len(found) == count, "%d series, expected %d" % (len(found), count)
    total = 0
    for series in range(count):
        want = {t: text for t, text in samples(end, days, series) if text != "NaN" or os.environ.get("LOSSY") != "yes"}
        got, largest = found["10.0.0.%d:80" % series], largest_of(want.values())
        assert want.keys() == got.keys(), "series %d: times differ: %s" % (series, sorted(want.keys() ^ got.keys())[:5])
        wrong = [t for t in want if not same(got[t], want[t], largest)]
        assert not wrong, "series %d at %d: %r, expected %s" % (series, wrong[0], got[wrong[0]], want[wrong[0]])
        total += len(want)
    print(total)


command, sizes = sys.argv[1], (int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
if command == "write":
    write(*sizes)
elif command == "otlp":
    write_otlp(*sizes)
elif command == "raw":
    check_raw(*sizes, sys.argv[5:])
else:
    {"check": check, "steady": check_steady}[command](*sizes, *map(int, sys.argv[5:8]), sys.argv[8:])
