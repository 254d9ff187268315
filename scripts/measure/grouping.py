"""The set "grouping" of scripts/quality: which alerts aiops-report incidents puts together. Faults of micross_alerts one
by one, then two at once in two copies of the system under one entrance, 60 s apart; without a graph, with that of the
calls, and with that of all dependencies (machines and stores, too)."""
import collections
import csv
import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from incidents import rows_of, seconds

HEADING = ("graph, --window | faults isolated, cut | two 60 s apart: first incidents differ | no incident shared | each in one | "
           "after 20 faults of each: differ | not shared | each in one")
PAIRS, SEEDS, APART, BEGIN, HOUR = 40, (1, 2, 3), 60, 1_625_136_300, 3600


class Alerts:
    """Alerts by fault, and the graphs."""

    def __init__(self, data):
        folder = os.path.join(data, "micross_alerts")
        labels = {int(row["alert_id"]): row["fault_id"] for row in rows_of(os.path.join(folder, "alert_labels.csv"))}
        with open(os.path.join(folder, "alerts.ndjson")) as file:
            alerts = sorted(map(json.loads, file), key=lambda alert: alert["ts"])
        self.by_fault = collections.defaultdict(list)
        for alert in alerts:
            self.by_fault[labels[alert["alert_id"]]].append(alert)
        self.calls = sorted({(alert["entity"], alert["peer"]) for alert in alerts if alert["source"] == "trace"})
        with open(os.path.join(folder, "topology_MicroSS.json")) as file:
            topology = json.load(file)["edges"]
        instances = collections.defaultdict(list)
        for edge in topology:
            if edge["label"] == "instance_of":
                instances[edge["target"]].append(edge["source"])
        names = lambda one: instances.get(one, [one.replace("host", "0.0.0.") if one.startswith("host") else one])  # noqa: E731
        self.dependencies = sorted({(caller, callee) for edge in topology
                                    if edge["label"] in ("control_flow", "data_flow", "hosted_on")
                                    for caller in names(edge["source"]) for callee in names(edge["target"])})


def record(alert, copy, time):
    row = {"timestamp": time, "service": copy + alert["entity"], "metric": alert["name"], "score": 1.5, "alert": 1, "severity": "high"}
    if alert["source"] == "trace":
        row.update(service=copy + alert["peer"], labels={"caller": copy + alert["entity"]},
                   metric="duration" if alert["detail"] == "PD" else "error_rate")
    elif alert["source"] == "log":
        row.update(metric="log_new", template_id=alert["name"], message=alert["detail"], value=alert["count"])
    return row


def write_graph(path, edges, copies):
    with open(path, "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["caller", "callee"])
        for copy in copies:
            out.writerows((copy + caller, copy + callee) for caller, callee in edges)
            if copy:
                out.writerows(("entrance", copy + web) for web in ("webservice1", "webservice2"))


def key_of(row):
    labels = dict(row.get("labels", {}))
    if row.get("template_id"):
        labels["template_id"] = row["template_id"]
    return row["service"], row["metric"], tuple(sorted(labels.items()))


def homes(bins, rows, more):
    """For each row the incidents that it is in."""
    command = [os.path.join(bins, "aiops-report"), "incidents", "-q", "--causes", "0", "--log-lines", "0", *more]
    done = subprocess.run(command, input="\n".join(map(json.dumps, rows)), capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"quality: {' '.join(command)}: status {done.returncode}\n{done.stderr}")
    last = {incident["id"]: incident for incident in map(json.loads, done.stdout.splitlines())}
    spans = collections.defaultdict(list)
    for incident in last.values():
        for member in incident["members"] if not incident.get("merged_into") else []:
            labels = tuple(sorted(member.get("labels", {}).items()))
            spans[member["service"], member["metric"], labels].append(
                (seconds(member["onset"]) - 1e-3, seconds(member["until"]) + 1e-3, incident["id"]))
    return [{one for begin, end, one in spans[key_of(row)] if begin <= row["timestamp"] <= end} for row in rows]


def isolated(alerts, bins, more):
    """Faults that have one incident, and have it for themselves; all; those that are in several."""
    rows = sorted(((record(alert, "", alert["ts"]), fault) for fault, all_of_it in alerts.by_fault.items() for alert in all_of_it),
                  key=lambda row: row[0]["timestamp"])
    homes_of, inside = collections.defaultdict(set), collections.defaultdict(set)
    for (_, fault), found in zip(rows, homes(bins, [row for row, _ in rows], more)):
        homes_of[fault] |= found
        for one in found:
            inside[one].add(fault)
    alone = sum(len(found) == 1 and len(inside[next(iter(found))]) == 1 for found in homes_of.values())
    return alone, len(homes_of), sum(len(found) > 1 for found in homes_of.values())


def pair(alerts, bins, faults, more, earlier):
    """Whether the first incidents of two differ, whether they share none, and whether each is in one."""
    rows, rng = [], random.Random("-".join(faults))
    others = [fault for fault in sorted(alerts.by_fault, key=int) if fault not in faults]

    def add(fault, copy, begin, what):
        first = alerts.by_fault[fault][0]["ts"]
        rows.extend((record(alert, copy, begin + alert["ts"] - first), what) for alert in alerts.by_fault[fault])

    for i in range(earlier):
        for j, copy in enumerate(("a-", "b-")):
            add(rng.choice(others), copy, BEGIN - HOUR * (2 * (earlier - i) + 1 - j), None)
    add(faults[0], "a-", BEGIN, 0)
    add(faults[1], "b-", BEGIN + APART, 1)
    rows.sort(key=lambda row: row[0]["timestamp"])
    of_each = collections.Counter(), collections.Counter()
    for (_, what), found in zip(rows, homes(bins, [row for row, _ in rows], more)):
        if what is not None:
            of_each[what].update(found)
    if not all(of_each):  # too much for one incident: it was not kept
        return False, False, False
    first, second = (one.most_common(1)[0][0] for one in of_each)
    return first != second, not set(of_each[0]) & set(of_each[1]), all(len(one) == 1 for one in of_each)


def pairs(alerts, bins, more, earlier):
    sums = [0, 0, 0]
    for seed in SEEDS:
        rng, faults = random.Random(seed), sorted(alerts.by_fault, key=int)
        drawn = [tuple(rng.sample(faults, 2)) for _ in range(PAIRS)]
        with ThreadPoolExecutor(2) as pool:
            for found in pool.map(lambda two: pair(alerts, bins, two, more, earlier), drawn):
                sums = [total + one for total, one in zip(sums, found)]
    return [f"{one} of {PAIRS * len(SEEDS)}" for one in sums]


def grouping(data, bins, scratch):
    alerts = Alerts(data)
    for name, edges in (("none", []), ("calls", alerts.calls), ("all dependencies", alerts.dependencies)):
        graphs = []
        for copies in (("",), ("a-", "b-")):
            path = os.path.join(scratch, f"graph-{len(copies)}.csv")
            write_graph(path, edges, copies)
            graphs.append(["--graph", path] if edges else [])
        for window in ("2m", "4m", "8m"):
            alone, all_of_them, cut = isolated(alerts, bins, [*graphs[0], "--window", window])
            cells = [f"{name}, {window}", f"{alone} of {all_of_them}, {cut}"]
            for earlier in (0, 20):
                cells += pairs(alerts, bins, [*graphs[1], "--window", window], earlier)
            yield cells
