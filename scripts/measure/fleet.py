"""The set "fleet" of scripts/quality: services that alert without a common cause, and no graph; in the last two rows a
change of many of them at once, after 12 of 14 hours."""
import json
import os
import random
import subprocess
import sys

from incidents import seconds

HEADING = "services × metrics, false alerts a series and day | alerts | incidents | of one service | longest | most services | told as fleet-wide"
BEGIN, ROW = 1_800_000_000, 15


def rows_of(services, metrics, daily, hours, share):
    rng, rows = random.Random(1), []
    for service in range(services):
        for metric in range(metrics):
            time = rng.expovariate(daily / 86400)
            while time < hours * 3600:
                rows += [(time + ROW * i, service, metric, 1.2 if i else 1.5, int(i == 0)) for i in range(3)]
                time += rng.expovariate(daily / 86400)
    for service in rng.sample(range(services), int(share * services)):
        time = 12 * 3600 + rng.uniform(0, 30)
        for metric in range(metrics):
            rows += [(time + ROW * i, service, metric, 3, int(i == 0)) for i in range(20)]
    return sorted(rows)


def row_of(bins, services, metrics, daily, share):
    rows = rows_of(services, metrics, daily, 14 if share else 24, share)
    lines = "\n".join(json.dumps({"timestamp": round(BEGIN + time, 3), "service": f"s{service}", "metric": f"m{metric}", "value": 1,
                                  "expected": 0, "score": score, "alert": alert, "severity": "high" if alert else "normal"})
                      for time, service, metric, score, alert in rows)
    done = subprocess.run([os.path.join(bins, "aiops-report"), "incidents", "-q", "--causes", "0"], input=lines, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"quality: aiops-report incidents: status {done.returncode}\n{done.stderr}")
    last = {one["id"]: one for one in map(json.loads, done.stdout.splitlines())}
    found = [one for one in last.values() if not one.get("merged_into")]
    longest = max(max(seconds(member["until"]) for member in one["members"]) - seconds(one["start"]) for one in found)
    wide = [len(one["services"]) for one in found if one.get("labels", {}).get("scope") == "fleet"]
    name = f"{services} × {metrics}, {daily:g}" + (f", and a change of {share:.0%}" if share else "")
    return [name, str(sum(row[4] for row in rows)), str(len(found)), str(sum(len(one["services"]) == 1 for one in found)),
            f"{longest / 60:.0f} min", str(max(len(one["services"]) for one in found)),
            ", ".join(f"one of {many} services" for many in wide) or "none"]


def fleet(data, bins, scratch):
    for services, metrics, daily, share in ((20, 5, 2, 0), (200, 5, 0.2, 0), (200, 5, 1, 0), (200, 5, 2, 0), (1000, 3, 1, 0),
                                            (200, 5, 1, 0.7), (200, 5, 1, 0.3)):
        yield row_of(bins, services, metrics, daily, share)
