"""Made-up lines for Loki, and what a collector must get of them.

usage: loki.py push URL END COUNT [TENANT]        pushes COUNT lines that end at END (nanoseconds)
       loki.py check END COUNT FILE…              compares collected NDJSON with them
       loki.py steady URL BEGIN SECONDS APP       a line a second of one stream

Lines come in bursts of the same nanosecond over the streams of eight hosts: of 1 to 300 lines, and now and then as
many as a page of Loki's has, one less, one more, and more than two pages.
"""
import collections
import datetime
import json
import random
import sys
import urllib.request

BURSTS = [1, 1, 1, 2, 7, 300, 1, 3, 64, 120]
LONG_BURSTS = {100: 4999, 200: 5000, 300: 5001, 400: 12000}


def push(url, streams, tenant=None):
    headers = {"Content-Type": "application/json"}
    if tenant:
        headers["X-Scope-OrgID"] = tenant
    body = json.dumps({"streams": streams}).encode()
    with urllib.request.urlopen(urllib.request.Request(url + "/loki/api/v1/push", body, headers)) as answer:
        assert answer.status == 204


def lines(end, count):
    """(time, host, line, trace), in the order of time."""
    random_numbers = random.Random(count)
    made, time, burst = [], 0, 0
    while len(made) < count:
        size = min(LONG_BURSTS.get(burst, BURSTS[burst % len(BURSTS)]), count - len(made))
        time += random_numbers.choice([1, 1_000, 1_000_000_000])
        for k in range(size):
            i = len(made)
            level = "error" if i % 10 == 0 else "info"
            made.append((time, "h%d" % (i % 8), 'level=%s status=%d path=/cart/%d duration=%dms msg="line %d"' % (
                level, 500 if i % 10 == 0 else 200, i % 5, i % 700, i), "%032x" % i))
        burst += 1
    return [(end - time - 1 + t, host, line, trace) for t, host, line, trace in made]


def push_all(url, end, count, tenant=None):
    made = lines(end, count)
    for begin in range(0, count, 5000):
        streams = collections.defaultdict(list)
        for t, host, line, trace in made[begin:begin + 5000]:
            streams[host].append([str(t), line, {"trace_id": trace}])
        push(url, [{"stream": {"app": "shop", "host": host}, "values": values} for host, values in streams.items()],
             tenant)


def nanoseconds(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = datetime.datetime.fromisoformat(whole + "+00:00").timestamp()
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0") or 0)


def check(end, count, files):
    want = collections.Counter(lines(end, count))
    got, ids, last = collections.Counter(), set(), 0
    for name in files:
        for text in open(name):
            record = json.loads(text)
            assert record["service"] == "shop", text
            time = nanoseconds(record["timestamp"])
            assert time >= last, "times run backwards at " + text
            last = time
            ids.add(record["record_id"])
            got[time, record["labels"]["host"], record["message"], record["trace_id"]] += 1
    missing, extra = want - got, got - want
    assert not missing, "%d missing, such as %r" % (sum(missing.values()), next(iter(missing)))
    assert not extra, "%d too many, such as %r" % (sum(extra.values()), next(iter(extra)))
    assert len(ids) == count, "%d ids" % len(ids)
    print(count, "lines, each once")


def steady(url, begin, seconds, app):
    values = [[str((begin + i) * 10**9), "line %d" % i] for i in range(seconds)]
    for i in range(0, seconds, 5000):
        push(url, [{"stream": {"app": app}, "values": values[i:i + 5000]}])


if sys.argv[1] == "push":
    push_all(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), *sys.argv[5:])
elif sys.argv[1] == "steady":
    steady(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
else:
    check(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
