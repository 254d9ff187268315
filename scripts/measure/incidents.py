"""Sets of scripts/quality about incidents: root causes of faults, run through the tools as a user runs them."""
import csv
import datetime
import glob
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

POD = re.compile(r"-[0-9a-f]{7,10}-[a-z0-9]{5}$")
LEVEL = re.compile(r'\b(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL)\b|"(?:severity|level)\\*":\\*"(\w+)', re.I)
WINDOW = 180  # seconds after the fault
CAUSES_HEADING = "evidence, data up to 180 s after the fault | first / first three: Online Boutique | Train Ticket | all | faults with spans"
COMMITS_HEADING = "the commit at fault named | the first failing service first"
ALERTS_HEADING = "micross_alerts | faults isolated | cause first of all 98 | in the first three"


def rows_of(path):
    with open(path, newline="") as file:
        yield from csv.DictReader(file)


def service_of(pod):
    return POD.sub("", pod)


class Nezha:
    """One system of the data set, written as records."""

    def __init__(self, folder, scratch):
        self.folder, self.name = folder, os.path.basename(folder)
        self.faults = list(rows_of(os.path.join(folder, "faults.csv")))
        self.samples = os.path.join(scratch, self.name + "-samples.csv")
        self.spans = os.path.join(scratch, self.name + "-spans.csv")
        self.logs = os.path.join(scratch, self.name + "-logs.ndjson")
        self.graph = os.path.join(scratch, self.name + "-graph.csv")
        spans = sorted(self.read_spans(), key=lambda span: int(span["StartTimeUnixNano"]))
        calls = self.calls(spans)
        self.entrance = self.write_graph(calls)
        self.write_samples()
        self.write_spans(spans)
        self.write_logs()
        self.starts = [int(span["StartTimeUnixNano"]) // 10**9 for span in spans]

    def traced(self, fault):
        """Whether there are spans of the time after the fault."""
        return any(0 < start - int(fault["inject_epoch"]) <= WINDOW for start in self.starts)

    def metric(self, name):
        path = os.path.join(self.folder, "metric", name + ".csv")
        return list(rows_of(path)) if os.path.exists(path) else []

    def read_spans(self):
        for path in sorted(glob.glob(os.path.join(self.folder, "*", "trace", "*.csv"))):
            yield from rows_of(path)

    @staticmethod
    def calls(spans):
        pod = {span["SpanID"]: service_of(span["PodName"]) for span in spans}
        count = {}
        for span in spans:
            pair = (pod.get(span["ParentID"]), service_of(span["PodName"]))
            if pair[0] and pair[0] != pair[1]:
                count[pair] = count.get(pair, 0) + 1
        return count

    def write_graph(self, calls):
        """Returns the service that nobody calls."""
        known = [(row["Source"], row["Target"], 1) for row in self.metric("dependency") if row["Target"][:1].isalpha()]
        known = known or [(*pair, count) for pair, count in sorted(calls.items())]
        with open(self.graph, "w", newline="") as file:
            csv.writer(file).writerows([("caller", "callee", "calls"), *known])
        called, callers = {edge[1] for edge in known}, [edge[0] for edge in known]
        return max(sorted(set(callers) - called) or callers, key=callers.count)

    def write_samples(self):
        with open(self.samples, "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["timestamp", "service", "metric", "value", "labels.caller", "labels.reporter"])
            for path in sorted(glob.glob(os.path.join(self.folder, "metric", "*_metric.csv"))):
                for row in rows_of(path):
                    for name, value in list(row.items())[3:]:
                        out.writerow([row["TimeStamp"], service_of(row["PodName"]), name, value, "", ""])
            for row in self.metric("front_service"):
                for name in list(row)[3:]:
                    out.writerow([row["TimeStamp"], self.entrance, "entrance " + name, row[name], "", ""])
            for name, reporter in (("source_50", "source"), ("destination_50", "destination")):
                for row in self.metric(name):
                    for edge in list(row)[2:]:
                        caller, callee = edge.split("_")
                        out.writerow([row["timestamp"], callee, "request_duration_p50", row[edge], caller, reporter])

    def write_spans(self, spans):
        with open(self.spans, "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["timestamp", "trace_id", "span_id", "parent_span_id", "service", "operation", "duration_ms"])
            for span in spans:
                parent = "" if span["ParentID"] == "root" else span["ParentID"]
                length = (int(span["EndTimeUnixNano"]) - int(span["StartTimeUnixNano"])) / 1e6
                out.writerow([span["StartTimeUnixNano"], span["TraceID"], span["SpanID"], parent,
                              service_of(span["PodName"]), span["OperationName"], length])

    def write_logs(self):
        lines = [row for path in glob.glob(os.path.join(self.folder, "*", "log", "*.csv")) for row in rows_of(path)]
        with open(self.logs, "w") as file:
            for row in sorted(lines, key=lambda line: int(line["TimeUnixNano"])):
                level = LEVEL.search(row["Log"])
                level = (level.group(1) or level.group(2)).upper() if level else ""
                file.write(json.dumps({"timestamp": row["TimeUnixNano"], "service": service_of(row["PodName"]),
                                       "severity_text": level, "message": row["Log"]}) + "\n")

    def rank(self, fault, bins, more, spans):
        """The place of the true service among the causes, and what stands first."""
        command = [os.path.join(bins, "aiops-report"), "causes", "-q", "--format", "ndjson", "--top", "0", "--window",
                   f"{WINDOW}s", "--at", fault["inject_epoch"], *more, self.samples]
        if "--no-graph" in command:
            command.remove("--no-graph")
        else:
            command += ["--graph", self.graph]
        if spans:
            command += [self.spans, self.logs]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"quality: {' '.join(command)}: status {done.returncode}\n{done.stderr}")
        causes = [json.loads(line) for line in done.stdout.splitlines()]
        services = [cause["service"] for cause in causes]
        place = services.index(fault["service"]) + 1 if fault["service"] in services else 99
        return place, causes


KINDS = ["cpu", "memory", "latency", "edges", "graph", "errors", "traffic", "spans", "logs", "alerts", "changes"]


def only(*left_out):
    return ["--evidence", ",".join(kind for kind in KINDS if kind not in left_out)]


WAYS = [("robust z (BARO)", ["--method", "robust-z"], False),
        ("metrics and graph", [], False),
        ("the same, without cpu", only("cpu"), False),
        ("… without latency of services", only("latency"), False),
        ("… without latency of edges", only("edges"), False),
        ("… without the graph", only("graph"), False),
        ("… with the graph that is learned", ["--no-graph"], False),
        ("… without failures", only("errors"), False),
        ("… without traffic", only("traffic"), False),
        ("… without memory and disk", only("memory"), False),
        ("metrics, graph, spans and logs", [], True)]


def causes(data, bins, scratch, verbose=False):
    """Rows of the table: hits in the first one and three of each way to rank."""
    systems = [Nezha(folder, scratch) for folder in sorted(glob.glob(os.path.join(data, "nezha", "*")))
               if os.path.isdir(folder)]
    for name, more, spans in WAYS:
        cells, all_places, traced = [name], [], []
        for system in systems:
            with ThreadPoolExecutor(2) as pool:
                ranked = list(pool.map(lambda fault: system.rank(fault, bins, more, spans), system.faults))  # noqa: B023
            places = [place for place, _ in ranked]
            all_places += places
            traced += [place for fault, place in zip(system.faults, places) if system.traced(fault)]
            cells.append(f"{sum(p <= 1 for p in places)} / {sum(p <= 3 for p in places)} of {len(places)}")
            if verbose:
                for fault, (place, found) in zip(system.faults, ranked):
                    print(f"{place:3} {fault['service']:30} {fault['type']:15}",
                          " ".join(f"{c['service'].replace('ts-', '').replace('service', '')}/{c['fault'][:3]} {c['score']:.1f}" for c in found[:4]))
        cells.append(f"{sum(p <= 1 for p in all_places) / len(all_places):.3f} / {sum(p <= 3 for p in all_places) / len(all_places):.3f}")
        cells.append(f"{sum(p <= 1 for p in traced)} / {sum(p <= 3 for p in traced)} of {len(traced)}")
        yield cells


def write_alerts(data, path):
    """The alerts of micross_alerts as scores: no values, as who sends alerts alone has none."""
    with open(os.path.join(data, "micross_alerts", "alerts.ndjson")) as file, open(path, "w") as out:
        for alert in map(json.loads, file):
            row = {"timestamp": alert["ts"], "service": alert["entity"], "metric": alert["name"]}
            if alert["source"] == "trace":
                row.update(service=alert["peer"], labels={"caller": alert["entity"]},
                           metric="duration" if alert["detail"] == "PD" else "error_rate")
            elif alert["source"] == "log":
                row.update(metric="log_new", template_id=alert["name"], message=alert["detail"], value=alert["count"])
            elif alert["detail"] == "down":
                row.update(value=0, expected=1)
            out.write(json.dumps({**row, "score": 1.5, "alert": 1, "severity": "high"}) + "\n")


def place_of(service, services):
    return services.index(service) + 1 if service in services else 99


def rank_alerts(data, bins, scratch, *more):
    """Groups of alerts by their start, each with its ranked services."""
    command = [os.path.join(bins, "aiops-report"), "causes", "-q", "--format", "ndjson", "--top", "0", *more,
               os.path.join(scratch, "alerts.ndjson")]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"quality: {' '.join(command)}: status {done.returncode}\n{done.stderr}")
    groups = {}
    for cause in map(json.loads, done.stdout.splitlines()):
        groups.setdefault(cause["timestamp"], []).append(cause["service"])
    return groups


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def alerts(data, bins, scratch):
    """Rows of the table: faults that have a group of alerts of their own, and the place of their cause."""
    write_alerts(data, os.path.join(scratch, "alerts.ndjson"))
    faults = list(rows_of(os.path.join(data, "micross_alerts", "faults.csv")))
    labels = {int(row["alert_id"]): row["fault_id"] for row in rows_of(os.path.join(data, "micross_alerts", "alert_labels.csv"))}
    with open(os.path.join(data, "micross_alerts", "alerts.ndjson")) as file:
        times = sorted((alert["ts"], labels[alert["alert_id"]]) for alert in map(json.loads, file))
    with open(os.path.join(scratch, "confirmed.csv"), "w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["start", "service"])
        first = {}
        for time, fault in times:
            first.setdefault(fault, time)
        out.writerows((first[fault["fault_id"]], fault["entity"]) for fault in faults if fault["fault_id"] in first)
    for name, more in (("as shipped (gap 4m)", []), ("gap halved", ["--gap", "2m"]), ("gap doubled", ["--gap", "8m"]),
                       ("with confirmed causes", ["--confirmed", os.path.join(scratch, "confirmed.csv")])):
        groups = rank_alerts(data, bins, scratch, *more)
        starts = sorted((seconds(start), start) for start in groups)
        members = {}
        for time, fault in times:
            group = max((start for start in starts if start[0] <= time + 1e-3), default=starts[0])
            members.setdefault(group[1], set()).add(fault)
            first.setdefault(fault, time)
        homes = {}
        for group, inside in members.items():
            for fault in inside:
                homes.setdefault(fault, []).append(group)
        alone = sum(len(found) == 1 and len(members[found[0]]) == 1 for found in homes.values())
        places = [place_of(fault["entity"], groups[homes[fault["fault_id"]][0]]) if fault["fault_id"] in homes else 99
                  for fault in faults]
        top = [sum(place <= most for place in places) for most in (1, 3)]
        yield [name, f"{alone} of {len(homes)}", f"{top[0]} ({top[0] / len(faults):.2f})", f"{top[1]} ({top[1] / len(faults):.2f})"]


def read(folder, name):
    with open(os.path.join(folder, "data", name)) as file:
        return json.load(file)


def write_scenario(folder, scratch):
    """An incident of rootcausebench as records; returns the files and when the alert fired."""
    alert, paths = read(folder, "alert.json"), {}
    for name in ("logs", "spans", "changes"):
        paths[name] = os.path.join(scratch, f"{os.path.basename(folder)}-{name}.ndjson")
    with open(os.path.join(folder, "data", "logs.ndjson")) as file, open(paths["logs"], "w") as out:
        for log in filter(None, map(str.strip, file)):
            log = json.loads(log)
            out.write(json.dumps({"timestamp": log["timestamp"], "service": log.get("service", ""),
                                  "severity_text": log.get("severity_text", ""), "message": log.get("msg", "")}) + "\n")
    with open(paths["spans"], "w") as out:
        for span in sorted(read(folder, "traces.json"), key=lambda one: one["start"]):
            out.write(json.dumps({"timestamp": span["start"], "trace_id": span["trace_id"], "span_id": span["span_id"],
                                  "parent_span_id": span.get("parent_id") or "", "service": span["service"],
                                  "operation": span["name"], "duration_ms": span["duration_ms"],
                                  "status": str(span.get("status", "")).lower()}) + "\n")
    with open(paths["changes"], "w") as out:
        for deploy in read(folder, "context/deploys.json"):
            out.write(json.dumps({"timestamp": deploy["timestamp"], "service": deploy["service"], "kind": "deployment",
                                  "what": deploy["commit_sha"]}) + "\n")
    return paths, alert["fired_at"]


def rootcausebench(data, bins, scratch, verbose=False):
    """The change of the first cause that has one, an hour back, against the commit that was at fault."""
    hits, services = 0, 0
    folders = sorted(path for path in glob.glob(os.path.join(data, "rootcausebench", "*")) if os.path.isdir(path))
    for folder in folders:
        paths, fired = write_scenario(folder, scratch)
        since = datetime.datetime.fromtimestamp(seconds(fired) - 300, datetime.timezone.utc).isoformat()
        command = [os.path.join(bins, "aiops-report"), "causes", "-q", "--format", "ndjson", "--top", "0", "--at", since,
                   "--window", "10m", "--changes", paths["changes"], os.path.join(folder, "data", "metrics.csv"),
                   paths["logs"], paths["spans"]]
        done = subprocess.run(command, capture_output=True, text=True)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        named = [why.split(": ", 1)[1] for cause in found for why in cause["why"] if why.startswith("deployment ")]
        with open(os.path.join(folder, "ground_truth.json")) as file:
            truth = json.load(file)
        right = named[0] == truth["root_cause_commit"] if named else truth["root_cause_commit"] == "none"
        hits += right
        services += bool(found) and found[0]["service"] == truth.get("first_failing_service")
        if verbose:
            print(os.path.basename(folder), right, truth.get("first_failing_service"), truth["root_cause_commit"][:6],
                  [(cause["service"], cause["fault"], cause["score"], [why[:70] for why in cause["why"]]) for cause in found[:3]])
    yield [f"{hits} of {len(folders)}", f"{services} of {len(folders)}"]
