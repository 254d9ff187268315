"""5,000 traces (or $TRACES) of known structure, and what is true of them, worked out here by other means than in the tools.

  traces.py send OTLP_URL            sends them as OTLP/HTTP JSON
  traces.py last -                   prints the id of the last one
  traces.py spans FILE [errors]      FILE has each of their spans once, exact (with errors: of the traces with an error)
  traces.py rows FILE WINDOW_S       FILE has the features of `aiops-features spans`
  traces.py traces FILE              FILE has those of `aiops-features spans --traces`

Each trace: the gateway calls cart and payment, overlapping; cart asks the database twice at once; every third trace
leaves an order, which shipping takes when the gateway has long answered; every fiftieth payment fails, and with it the
request. 600 traces begin within five milliseconds.
"""
import collections
import datetime
import json
import os
import random
import sys
import urllib.request

BASE = int(datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc).timestamp()) * 10**9
MS = 10**6
COUNT = int(os.environ.get("TRACES", "5000"))
KINDS = {"internal": 1, "server": 2, "client": 3, "producer": 4, "consumer": 5}


def traces():
    """Lists of spans (dict), times in ns, whole microseconds."""
    pick = random.Random(7)
    ids = lambda bits: f"{pick.getrandbits(bits) | 1 << (bits - 1):0{bits // 4}x}"
    for i in range(COUNT):
        start = BASE + i * 120 * MS if not 2000 <= i < 2600 else BASE + 240_000 * MS + (i - 2000) * 7000
        micros = lambda low, high: pick.randrange(low, high) * 1000
        trace, failed, spans = ids(128), i % 50 == 0, []

        def span(service, operation, kind, begin, duration, parent=None, error=False):
            spans.append({"trace_id": trace, "span_id": ids(64), "parent_span_id": parent["span_id"] if parent else "",
                          "service": service, "operation": operation, "kind": kind, "start": begin,
                          "duration": duration, "status": "error" if error else "unset", "up": parent})
            return spans[-1]

        total = micros(20_000, 200_000)
        root = span("gateway", "GET /checkout", "server", start, total, None, failed)
        call = span("gateway", "POST cart", "client", start + total // 10 // 1000 * 1000, total // 2 // 1000 * 1000, root)
        cart = span("cart", "POST /cart", "server", call["start"] + micros(100, 900), call["duration"] * 3 // 4 // 1000 * 1000, call)
        for j in range(2):
            span("db", "SELECT", "client", cart["start"] + (j + 1) * 1000_000, cart["duration"] // (2 + j) // 1000 * 1000, cart)
        pay = span("gateway", "POST payment", "client", start + total // 3 // 1000 * 1000, total // 2 // 1000 * 1000, root, failed)
        span("payment", "POST /pay", "server", pay["start"] + micros(100, 500), pay["duration"] // 2 // 1000 * 1000, pay, failed)
        if i % 3 == 0:
            put = span("gateway", "orders send", "producer", start + total - 2 * MS, MS, root)
            span("shipping", "orders process", "consumer", start + total + micros(1000, 300_000), micros(1000, 50_000), put)
        yield spans


def send(url):
    def attribute(key, value):
        return {"key": key, "value": {"stringValue": value}}

    def post(batch):
        groups = collections.defaultdict(list)
        for s in batch:
            groups[s["service"]].append({
                "traceId": s["trace_id"], "spanId": s["span_id"], "parentSpanId": s["parent_span_id"],
                "name": s["operation"], "kind": KINDS[s["kind"]], "startTimeUnixNano": str(s["start"]),
                "endTimeUnixNano": str(s["start"] + s["duration"]), "attributes": [attribute("zone", "eu-" + s["service"][0])],
                "status": {"code": 2} if s["status"] == "error" else {}})
        body = {"resourceSpans": [{"resource": {"attributes": [attribute("service.name", service)]},
                                   "scopeSpans": [{"scope": {"name": "t"}, "spans": spans}]}
                                  for service, spans in groups.items()]}
        request = urllib.request.Request(url + "/v1/traces", json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 200

    batch = []
    for spans in traces():
        batch += spans
        if len(batch) >= 2000:
            post(batch)
            batch = []
    post(batch)


def nanoseconds(text):
    whole, _, fraction = text.rstrip("Z").partition(".")
    seconds = datetime.datetime.fromisoformat(whole + "+00:00").timestamp()
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0") or 0)


def check_spans(file, errors=False):
    expected = {}
    for spans in traces():
        if errors and all(s["status"] != "error" for s in spans):
            continue
        for s in spans:
            expected[s["trace_id"], s["span_id"]] = {key: value for key, value in s.items() if key != "up" and value != ""}
    found, last = set(), ""
    with open(file) as lines:
        for line in lines:
            r = json.loads(line)
            key = r["trace_id"], r["span_id"]
            assert key not in found, f"twice: {line}"
            found.add(key)
            e = expected[key]
            got = {**r, "start": nanoseconds(r["timestamp"]), "duration": round(r["duration_ms"] * MS)}
            assert all(got.get(name) == value for name, value in e.items()), f"{line} expected {e}"
            assert ("parent_span_id" in r) == ("parent_span_id" in e), line
            assert "labels" not in r or r["labels"] == {"zone": "eu-" + e["service"][0]}, line
    assert len(found) == len(expected), f"{len(found)} spans, expected {len(expected)}"
    print(f"{len(found)} spans as they were sent")


def self_time(span, children):
    """By a sweep over the ends of the children's times."""
    events = []
    for child in children:
        a, b = max(child["start"], span["start"]), min(child["start"] + child["duration"], span["start"] + span["duration"])
        if a < b:
            events += [(a, 1), (b, -1)]
    covered, running, since = 0, 0, 0
    for at, change in sorted(events):
        covered += (at - since) * (running > 0)
        running, since = running + change, at
    return span["duration"] - covered


def quantile(values, p):
    values = sorted(values)
    place = p * (len(values) - 1)
    i = int(place)
    return values[i] if i + 1 == len(values) else values[i] + (place - i) * (values[i + 1] - values[i])


def check_rows(file, window):
    groups = collections.defaultdict(list)
    for spans in traces():
        children = collections.defaultdict(list)
        for s in spans:
            if s["up"]:
                children[s["up"]["span_id"]].append(s)
        for s in spans:
            start = s["start"] // 10**9 // window * window
            entry = s["duration"] / MS, s["status"] == "error", self_time(s, children[s["span_id"]]) / MS
            groups[start, s["service"], s["operation"], None].append(entry)
            if s["up"] and s["up"]["service"] != s["service"]:
                groups[start, s["service"], None, s["up"]["service"]].append(entry)
    rows = 0
    with open(file) as lines:
        for line in lines:
            r = json.loads(line)
            key = nanoseconds(r["timestamp"]) // 10**9, r["service"], r.get("operation"), r.get("labels", {}).get("caller")
            entries = groups.pop(key)
            durations = [e[0] for e in entries]
            n, failed, own = len(entries), sum(e[1] for e in entries), sum(e[2] for e in entries)
            expected = {"request_count": n, "error_sum": failed, "error_rate": failed / n, "duration_mean": sum(durations) / n,
                        "duration_p50": quantile(durations, 0.5), "duration_p95": quantile(durations, 0.95),
                        "duration_p99": quantile(durations, 0.99), "requests_per_minute": n * 60 / window}
            if key[2]:
                expected.update(self_mean=own / n, self_sum=own)
            for name, value in expected.items():
                assert abs(r[name] - value) <= 1e-5 * abs(value), f"{name} of {key}: {r[name]}, expected {value}"
            assert ("self_sum" in r) == (key[2] is not None), line
            rows += 1
    assert not groups, f"{len(groups)} rows are missing, such as {next(iter(groups))}"
    print(f"{rows} rows as they must be")


def check_traces(file):
    expected = {spans[0]["trace_id"]: spans for spans in traces()}
    with open(file) as lines:
        for line in lines:
            r = json.loads(line)
            spans = expected.pop(r["trace_id"])
            end = max(s["start"] + s["duration"] for s in spans)
            assert (r["service"], r["operation"], r["span_count"]) == ("gateway", "GET /checkout", len(spans)), line
            assert r["error_sum"] == sum(s["status"] == "error" for s in spans), line
            assert r["status"] == ("error" if spans[0]["status"] == "error" else "ok"), line
            assert abs(r["duration_ms"] - (end - spans[0]["start"]) / MS) < 1e-6, line
            path = sum(float(part.rpartition("=")[2]) for part in r["critical_path"])
            assert abs(path - spans[0]["duration"] / MS) < 1e-3 * path, line  # parts have six digits
    assert not expected, f"{len(expected)} traces are missing"
    print("all traces as they must be")


what, argument, *more = sys.argv[1:]
if what == "send":
    send(argument)
elif what == "last":
    print(list(traces())[-1][0]["trace_id"])
elif what == "spans":
    check_spans(argument, bool(more))
elif what == "rows":
    check_rows(argument, int(more[0]))
else:
    check_traces(argument)
