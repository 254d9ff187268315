"""The set `spans` of scripts/quality: real spans into which faults are put, one service after the other, and the causes that are
named. The metrics of that time are as usual, so the spans alone tell."""
import collections
import csv
import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import incidents

HEADING = "fault put into the spans of a service | services | first | in the first three"
MS = 10**6
CALLER_GIVES_UP = 2000 * MS
DATABASE = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ")
LEAST_VISITS = 3  # after the fault; what is not called cannot be seen


class Span:
    __slots__ = ("id", "parent", "pod", "service", "operation", "start", "end", "error", "children", "trace")

    def __init__(self, row):
        self.id, self.trace, self.pod, self.operation = row["SpanID"], row["TraceID"], row["PodName"], row["OperationName"]
        self.service = incidents.service_of(self.pod)
        self.start, self.end = int(row["StartTimeUnixNano"]), int(row["EndTimeUnixNano"])
        self.parent, self.error, self.children = row["ParentID"], False, []

    @property
    def entry(self):
        """Whether another service, or nobody, called it."""
        return self.parent is None or self.parent.service != self.service

    @property
    def awaited(self):
        """Whether a caller waits for it: for a message that is handled later nobody does. Clocks may differ."""
        return self.parent is not None and self.parent.end - self.parent.start >= self.end - self.start

    @property
    def waits(self):
        """Whether it is the caller's view of a call."""
        return len(self.children) == 1 and self.children[0].service != self.service

    def self_time(self):
        covered, upto = 0, self.start
        for child in sorted(self.children, key=lambda one: one.start):
            covered += max(0, min(child.end, self.end) - max(child.start, upto))
            upto = max(upto, child.end)
        return max(0, self.end - self.start - covered)


class Trace:
    """Spans in the order of time, the root first."""

    def __init__(self, rows, shift=0):
        rows = list({row["SpanID"]: row for row in rows}.values())
        spans = {row["SpanID"]: Span(row) for row in rows}
        for span in spans.values():
            span.parent = spans.get(span.parent)
            if span.parent:
                span.parent.children.append(span)
            span.start, span.end = span.start + shift, span.end + shift
        self.spans = sorted(spans.values(), key=lambda span: (span.parent is not None, span.start))
        self.start = min(span.start for span in self.spans)
        self.touched = False

    def visits(self, service):
        return [span for span in self.spans if span.service == service and span.entry]

    def chain(self, span):
        while span:
            yield span
            span = span.parent

    def stretch(self, span, at, by):
        """span takes `by` longer from the instant `at` on: so do those that wait for it, and what comes later begins later."""
        chain = {one.id for one in self.chain(span)}
        for one in self.spans:
            if one.id in chain:
                one.end += by if one.end >= at or one is span else 0
            elif one.start >= at:
                one.start, one.end = one.start + by, one.end + by
        self.touched = True

    def drop(self, spans):
        gone = set()
        todo = list(spans)
        while todo:
            span = todo.pop()
            gone.add(span.id)
            todo += span.children
        for span in self.spans:
            span.children = [child for child in span.children if child.id not in gone]
        self.spans = [span for span in self.spans if span.id not in gone]
        self.touched = self.touched or bool(gone)

    def abort(self, span, at, status, whole=True):
        """span fails at the instant `at`, and with it those that wait for it: what would come later never begins."""
        for step, one in enumerate(self.chain(span)):
            if not whole and step > 0 and one.service != span.service:
                one.error = one.error or (status and one.waits)
                break
            self.drop([child for child in one.children if child.start >= at])
            one.end = min(one.end, at + (step + 1) * MS // 2) if whole else one.end
            one.error = one.error or status
        self.touched = True


def body(visit):
    """The span that does the work of a visit: what is beneath its entry."""
    inner = [child for child in visit.children if child.service == visit.service]
    return inner[0] if len(inner) == 1 and not inner[0].waits else visit


def own(by, share=1.0, operation=None):
    def put(trace, service, draw):
        for visit in trace.visits(service):
            if draw.random() < share and (operation is None or visit.operation == operation(service)):
                trace.stretch(body(visit), body(visit).start + 1, by * MS)
    return put


def contention(factor):
    def put(trace, service, draw):
        selves = [(span, span.self_time()) for span in trace.spans if span.service == service and not span.waits]
        for span, time in selves:
            trace.stretch(span, span.start + 1, int(time * (factor - 1) * draw.uniform(0.5, 1.5)))
    return put


def network(by, outwards=False):
    """Answers of the service take longer to their callers; outwards: what it asks others and its database, too."""
    def put(trace, service, draw):
        for span in list(trace.spans):
            delay = int(by * draw.uniform(0.9, 1.1) * MS)
            if span.service == service and span.entry and span.awaited:
                trace.stretch(span.parent, span.end, delay)
            if outwards and span.service == service and (span.waits or (not span.children and span.operation.startswith(DATABASE))):
                trace.stretch(span, span.start + 1, delay)
    return put


def failure(status, share=1.0, whole=True):
    """A visit ends with an exception after a part of its work; who called it fails, too (whole), or goes on without."""
    def put(trace, service, draw):
        for visit in trace.visits(service):
            if draw.random() >= share or visit not in trace.spans:
                continue
            inner = body(visit)
            at = draw.choice([inner.start + MS] + [child.end for child in inner.children])
            trace.abort(inner, at, status, whole)
    return put


def early(trace, service, draw):
    """A visit comes back early, as if all were well."""
    for visit in trace.visits(service):
        inner = body(visit)
        children = sorted(inner.children, key=lambda one: one.start)
        if not children:
            continue
        cut = draw.randrange(len(children))
        at, gone = children[cut].start, children[cut:]
        end = max(child.end for child in gone)
        trace.drop(gone)
        trace.stretch(inner, end, at - end)


def silent(wait):
    """The service is gone: callers wait for so long, or are refused at once, and fail."""
    def put(trace, service, draw):
        for visit in trace.visits(service):
            caller = visit.parent
            if visit not in trace.spans or not visit.awaited:
                continue
            trace.drop([visit])
            if wait > caller.end - caller.start:
                trace.stretch(caller, caller.end, wait - (caller.end - caller.start))
            trace.abort(caller, caller.start + max(wait, MS), True)
    return put


def most_called(traces):
    """By service, its operation that is asked for most, where it has several."""
    count = collections.Counter((span.service, span.operation) for trace in traces for span in trace.spans if span.entry)
    best = {}
    for (service, operation), _ in count.most_common():
        best.setdefault(service, operation)
    return best.get


def kinds(traces):
    often = most_called(traces)
    return {
        "own time + 50 ms": own(50),
        "own time + 100 ms": own(100),
        "own time + 300 ms": own(300),
        "own time + 1 s": own(1000),
        "own time + 300 ms, half of the visits": own(300, 0.5),
        "own time + 300 ms, a third (one pod of three)": own(300, 1 / 3),
        "own time + 300 ms, one operation": own(300, operation=often),
        "own time × 3 (processor)": contention(3),
        "own time × 10 (processor)": contention(10),
        "way to it + 50 ms": network(50),
        "way to it + 200 ms": network(200),
        "way to it + 1 s": network(1000),
        "all its ways + 100 ms": network(100, True),
        "fails, callers fail (status)": failure(True),
        "fails, callers fail (no status)": failure(False),
        "fails, half of the visits (status)": failure(True, 0.5),
        "fails, callers go on (status)": failure(True, whole=False),
        "comes back early": early,
        "gone, callers wait 2 s": silent(CALLER_GIVES_UP),
        "gone, callers are refused": silent(0),
    }


class Spans:
    """Traces of before and after the one fault that has spans; those through the service at fault are drawn anew from before."""

    def __init__(self, system, fault, at):
        self.system, self.inject, self.at = system, int(fault["inject_epoch"]), at
        groups = collections.defaultdict(list)
        for row in system.read_spans():
            groups[row["TraceID"]].append(row)
        draw, self.before, after = random.Random(1), [], []
        for rows in groups.values():
            first = min(int(row["StartTimeUnixNano"]) for row in rows)
            (self.before if first < self.inject * 10**9 else after).append((first, rows))
        through = [one for one in self.before if self.touches(one[1], fault["service"])]
        self.after = [one if not self.touches(one[1], fault["service"]) else (one[0], self.moved(draw.choice(through), one[0]))
                      for one in after]

    @staticmethod
    def touches(rows, service):
        return any(incidents.service_of(row["PodName"]) == service for row in rows)

    @staticmethod
    def moved(one, to):
        first, rows = one
        move = lambda row, name: str(int(row[name]) - first + to)  # noqa: E731
        return [{**row, "TraceID": f"{row['TraceID']}-{to}", "StartTimeUnixNano": move(row, "StartTimeUnixNano"),
                 "EndTimeUnixNano": move(row, "EndTimeUnixNano")} for row in rows]

    def traces(self, which):
        shift = (self.at - self.inject) * 10**9
        return [Trace(rows, shift) for _, rows in which]

    def services(self):
        count = collections.Counter(span.service for trace in self.traces(self.after) for span in trace.spans if span.entry)
        return sorted(service for service, visits in count.items() if visits >= LEAST_VISITS)

    def write(self, path, traces):
        spans = sorted((span for trace in traces for span in trace.spans), key=lambda span: span.start)
        with open(path, "w", newline="") as file:
            out = csv.writer(file)
            out.writerow(["timestamp", "trace_id", "span_id", "parent_span_id", "service", "operation", "duration_ms", "status"])
            for span in spans:
                out.writerow([span.start, span.trace, span.id, span.parent.id if span.parent else "", span.service,
                              span.operation, max(0, span.end - span.start) / 1e6, "error" if span.error else ""])

    def put(self, fault, service, path):
        """Writes the spans with the fault; whether any trace is another for it."""
        draw, after = random.Random(f"{service} {self.at}"), self.traces(self.after)
        for trace in after:
            fault(trace, service, draw)
        self.write(path, self.traces(self.before) + after)
        return sum(trace.touched for trace in after) >= LEAST_VISITS


def ranked(bins, at, files, *more):
    command = [os.path.join(bins, "aiops-report"), "causes", "-q", "--format", "ndjson", "--top", "0", "--window",
               f"{incidents.WINDOW}s", "--at", str(at), *more, *files]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"quality: {' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def place(causes, service):
    return next((rank for rank, cause in enumerate(causes, 1) if cause["service"] == service), 99)


def say(causes):
    return " ".join(f"{cause['service'].replace('ts-', '').replace('-service', '')}/{cause['fault'][:3]} {cause['score']:.1f}"
                    for cause in causes[:4])


def write_case(spans, fault, service, path):
    return spans.put(fault, service, path) and [spans.system.samples, path]


def count(name, places):
    return [name, str(len(places)), *(f"{sum(p <= most for p in places)}" for most in (1, 3))]


def tell(found, verbose):
    for service, causes, rank in found:
        if verbose and rank > 1:
            print(f"   {rank:3} {service:28} {say(causes)}")


def ranks(bins, scratch, cases, verbose, more):
    """The place of each case's service; cases: spans, what is put, the service."""
    def one(numbered):
        number, (spans, fault, service) = numbered
        files = write_case(spans, fault, service, os.path.join(scratch, f"{number}-spans.csv"))
        return files and ranked(bins, spans.at, files, "--graph", spans.system.graph, *more)

    with ThreadPoolExecutor(2) as pool:
        found = [(case[2], causes, place(causes, case[2])) for case, causes in zip(cases, pool.map(one, enumerate(cases)))
                 if causes]
    tell(found, verbose)
    return [rank for _, _, rank in found]


def rows(data, bins, scratch, verbose=False, only="", more=()):
    system = incidents.Nezha(os.path.join(data, "nezha", "TrainTicket_2023-01-30"), scratch)
    traced = next(fault for fault in system.faults if system.traced(fault))
    quiet = max(int(fault["inject_epoch"]) for fault in system.faults) + 700  # all faults are over
    spans = Spans(system, traced, quiet)
    spans.write(os.path.join(scratch, "usual-spans.csv"), spans.traces(spans.before) + spans.traces(spans.after))
    usual = ranked(bins, quiet, [system.samples, os.path.join(scratch, "usual-spans.csv")], "--graph", system.graph, *more)
    yield ["nothing: what comes first has a score of", f"{usual[0]['score'] if usual else 0:.1f}", "", ""]
    everything = []
    for name, fault in kinds(spans.traces(spans.before)).items():
        if any(part in name for part in only.split(",")):
            places = ranks(bins, scratch, [(spans, fault, service) for service in spans.services()], verbose, more)
            everything += places
            yield count(name, places)
    share = lambda most: f"{sum(p <= most for p in everything) / len(everything):.3f}"  # noqa: E731
    yield ["all of these", str(len(everything)), share(1), share(3)]
    for by in (50, 200, 1000):
        cases = [(Spans(system, traced, int(fault["inject_epoch"])),
                  network(by) if fault["type"] == "network_delay" else contention(1 + by / 20), fault["service"])
                 for fault in system.faults]
        yield count(f"the faults of Train Ticket, metrics and all; spans with {by} ms, or × {1 + by / 20:g}",
                    ranks(bins, scratch, cases, verbose, more))
