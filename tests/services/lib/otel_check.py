"""What must have come of otel_sdk.py: otel_check.py FILE [ROUNDS [cumulative|delta|rates]]; FILE: records of all kinds."""
import json
import sys

file, *more = sys.argv[1:]
rounds, how = int((more or ["200"])[0]), (more[1:] or ["cumulative"])[0]
records = [json.loads(line) for line in open(file)]
spans = {r["span_id"]: r for r in records if "span_id" in r and "operation" in r}
logs = [r for r in records if "message" in r]
samples = [r for r in records if "metric" in r]
assert len(spans) + len(logs) + len(samples) == len(records), "records twice, or of no kind"
assert len(spans) == 2 * rounds, f"{len(spans)} spans"
for span in spans.values():
    assert span["service"] == "shop" and span["kind"] == "internal" and span["status"] == "unset", span
    parent = spans.get(span.get("parent_span_id"))
    assert (parent is None) == (span["operation"] == "GET /x"), span
    assert parent is None or (parent["trace_id"] == span["trace_id"] and parent["duration_ms"] >= span["duration_ms"]), span
assert sorted(r["message"] for r in logs) == sorted(f"request {i}" for i in range(rounds)), f"{len(logs)} log records"
for log in logs:
    number = int(log["message"].split()[1])
    assert log["severity_text"] == ("INFO" if number % 10 else "ERROR"), log
    assert spans[log["span_id"]]["operation"] == "GET /x", log

series = {}
for r in samples:
    assert r["service"] == "shop", r
    series.setdefault(r["metric"], []).append(r)
total, sum_ms = rounds, rounds * (rounds + 1) / 2
names = {"queue"} | {name + part for name, unit in (("latency", "_ms"), ("latency_exp", ""))
                     for part in ([f"_mean{unit}", f"_p50{unit}", f"_p95{unit}", f"_p99{unit}"]
                                  + (["_count_rate", f"_sum{unit}_rate"] if how == "rates" else ["_count", f"_sum{unit}"]))}
names |= {"requests_rate"} if how == "rates" else {"requests"}
if how == "delta":
    names |= {"latency_min_ms", "latency_max_ms", "latency_exp_min", "latency_exp_max"}
assert set(series) == names, set(series) ^ names
assert all(r["labels"] == {"route": "/x"} for r in series["latency_mean_ms"]), "labels"


def near(value, expected, share=1e-9):
    assert abs(value - expected) <= share * abs(expected), f"{value}, expected {expected}"


near(series["queue"][-1]["value"], total)
if how == "cumulative":
    near(series["requests"][-1]["value"], total)
    near(series["latency_sum_ms"][-1]["value"], sum_ms)
    near(series["latency_exp_count"][-1]["value"], total)
if how == "delta":
    near(sum(r["value"] for r in series["requests"]), total)
    near(sum(r["value"] for r in series["latency_sum_ms"]), sum_ms)
    near(series["latency_max_ms"][-1]["value"], total)
# No percentile is beyond what was measured, and that of the last interval is of what came last.
assert all(0 < r["value"] <= 1.05 * total / 1000 for r in series["latency_exp_p99"]), "percentiles"
last = series["latency_exp_p50"][-1]["value"] * 1000
assert last <= total and (total < 100 or last > total / 2), f"the last interval's median is {last}: not of that interval"
print(f"{len(spans)} spans, {len(logs)} log records, {len(samples)} samples as they must be")
