"""service-a: the front service of the demo shop (Flask). It calls service-b.

GET /start     take an order: own work, one call to service-b, one background job
GET /test      check stock:   own work, one call to service-b
               both take delay_ms=N (held up so long) and fail=1 (status 500), for this request alone
GET /metrics   Prometheus metrics
/fault         the fault switch (see README.md)
"""
import argparse
import hashlib
import http.client
import json
import logging
import math
import random
import secrets
import threading
import time
from collections import deque
from datetime import datetime, timezone

from flask import Flask, Response, g, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, Counter, Gauge, Histogram, generate_latest

SERVICE = "service-a"
ENDPOINTS = ("/start", "/test")
BUCKETS = (.0025, .005, .0075, .01, .0125, .015, .0175, .02, .025, .03, .04, .05, .075,
           .1, .15, .2, .3, .4, .5, .75, 1, 1.5, 2, 3, 5)

parser = argparse.ArgumentParser()
parser.add_argument("--port", type=int, required=True)
parser.add_argument("--service-b", required=True, help="HOST:PORT of service-b")
parser.add_argument("--log", required=True, help="file to append one JSON line a request to")
parser.add_argument("--spans", help="file to append spans to, as an OpenTelemetry Collector's file exporter writes them")
options = parser.parse_args()

app = Flask(SERVICE)
log_file = open(options.log, "a", buffering=1)
span_file = open(options.spans, "a", buffering=1) if options.spans else None
log_lock = threading.Lock()

requests_total = Counter("http_requests", "Requests served", ["endpoint", "code"])
duration_seconds = Histogram("http_request_duration_seconds", "Time to serve a request",
                             ["endpoint"], buckets=BUCKETS)
in_flight = Gauge("http_requests_in_flight", "Requests being served now")
dependency_up = Gauge("dependency_up", "1 if the last call to the dependency got an answer",
                      ["dependency"]).labels("service-b")
dependency_seconds = Histogram("dependency_call_duration_seconds", "Time of a call to the dependency",
                               ["dependency"], buckets=BUCKETS).labels("service-b")
dependency_failures = Counter("dependency_call_failures", "Calls the dependency did not answer",
                              ["dependency"]).labels("service-b")
jobs_done = Counter("jobs_done", "Background jobs finished")
job_queue_depth = Gauge("job_queue_depth", "Background jobs waiting")
threads = Gauge("process_threads", "Threads of this process")
threads.set_function(threading.active_count)

# A series that appears only with the first error has no rate for that error: make all of them now.
for endpoint in ENDPOINTS:
    duration_seconds.labels(endpoint)
    for code in ("200", "404", "500", "502"):
        requests_total.labels(endpoint, code)


# ---------------------------------------------------------------- faults

faults = {}        # kind -> (level, monotonic time it was switched on)
leaked = []        # what the memory leak holds
stock_lock = threading.Lock()
# Kinds, and the level each has when none is given
LEVELS = {"latency": 100, "errors": .3, "cpu": .7, "memory-leak": 1, "flat-line": 1, "drift": 2,
          "log": .5, "lock-contention": 200, "retry-storm": 4}


def level(kind):
    return faults.get(kind, (0, 0))[0]


def extra_delay():
    """Seconds a request is held up by the faults `latency` and `drift`."""
    rate, since = faults.get("drift", (0, 0))
    drift = rate * (time.monotonic() - since) / 60 if rate else 0
    return (level("latency") * random.uniform(.7, 1.3) + drift) / 1000


def asked_delay():
    """Seconds this one request asks to be held up, at most ten."""
    return min(10000, max(0, request.args.get("delay_ms", 0, type=float))) / 1000


def burn_cpu():
    while level("cpu"):
        busy_until = time.monotonic() + .1 * level("cpu")
        while time.monotonic() < busy_until:
            hashlib.sha256(b"x" * 1000).digest()
        time.sleep(max(0, .1 * (1 - level("cpu"))))


def leak_memory():
    while level("memory-leak"):
        leaked.append(bytearray(random.randbytes(256)) * int(4096 * level("memory-leak") / 2))
        time.sleep(.5)
    leaked.clear()


def hold_stock_lock():
    while level("lock-contention"):
        with stock_lock:
            time.sleep(random.lognormvariate(0, .6) * level("lock-contention") / 1000)
        time.sleep(random.expovariate(4))


FAULT_THREADS = {"cpu": burn_cpu, "memory-leak": leak_memory, "lock-contention": hold_stock_lock}


@app.route("/fault", methods=["GET", "POST", "DELETE"])
def fault():
    if not (request.remote_addr or "").startswith("127."):
        return jsonify(error="only from this machine"), 403
    kind = request.args.get("kind")
    if request.method != "GET" and kind is not None and kind not in LEVELS:
        return jsonify(error="kind is unknown", kinds=sorted(LEVELS)), 400
    if request.method == "POST":
        try:
            height = float(request.args.get("level", LEVELS.get(kind, "nan")))
        except ValueError:
            height = math.nan
        if not math.isfinite(height):
            return jsonify(error="kind is missing or level is no number", kinds=sorted(LEVELS)), 400
        started = kind in faults
        faults[kind] = (height, time.monotonic())
        if kind in FAULT_THREADS and not started:
            threading.Thread(target=FAULT_THREADS[kind], daemon=True).start()
    elif request.method == "DELETE":
        for name in [kind] if kind else list(faults):
            faults.pop(name, None)
    return jsonify({name: value[0] for name, value in faults.items()})


# ---------------------------------------------------------------- background jobs

jobs = deque()


def run_jobs():
    """Takes waiting jobs in batches, so the queue fills and empties all the time."""
    while True:
        time.sleep(random.lognormvariate(.6, .4))
        for _ in range(min(len(jobs), 40)):
            jobs.popleft()
            jobs_done.inc()


def report_queue():
    """The gauge is set by a reporter; with the fault `flat-line` the reporter hangs."""
    while True:
        if not level("flat-line"):
            job_queue_depth.set(len(jobs))
        time.sleep(.5)


# ---------------------------------------------------------------- requests

class Failure(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


def own_work():
    hashlib.pbkdf2_hmac("sha256", b"order", b"salt", random.randint(1500, 3000))
    time.sleep(random.lognormvariate(0, .4) * .004 + extra_delay() + asked_delay())
    with stock_lock:
        time.sleep(.0005)
    if request.args.get("fail") == "1" or random.random() < level("errors"):
        raise Failure(500, "order store: write failed: no space left")


def call_service_b(key):
    """Status code of service-b's answer."""
    answer = 0
    for _ in range(1 + int(level("retry-storm"))):
        answer = 0
        started = time.monotonic()
        span_id = secrets.token_hex(8)
        connection = http.client.HTTPConnection(options.service_b, timeout=2)
        try:
            connection.request("GET", f"/ping?key={key}", headers={
                "traceparent": f"00-{g.trace_id}-{span_id}-01"})
            response = connection.getresponse()
            response.read()
            answer = response.status
            dependency_up.set(1)
        except (OSError, http.client.HTTPException) as error:
            dependency_up.set(0)
            dependency_failures.inc()
            reason = getattr(error, "strerror", None) or str(error)
            raise Failure(502, f"service-b does not answer: {reason.lower()}") from error
        finally:
            dependency_seconds.observe(time.monotonic() - started)
            write_span(CLIENT, "GET /ping", span_id, g.span_id, answer, time.monotonic() - started)
            connection.close()
    return answer


def answer():
    # Few keys are asked for often, many seldom; one in 200 does not exist.
    key = int(random.paretovariate(.7)) % 400 if random.random() > .005 else 9000 + random.randrange(999)
    code = call_service_b(key)
    if code >= 500:
        raise Failure(502, f"service-b answered {code}")
    own_work()
    if code == 404:
        raise Failure(404, f"item {key} not found")
    if request.path == "/start":
        jobs.append(key)
    return jsonify(item=key)


@app.before_request
def begin():
    g.started = time.monotonic()
    parts = request.headers.get("traceparent", "").split("-")
    g.trace_id = parts[1] if len(parts) == 4 and len(parts[1]) == 32 else secrets.token_hex(16)
    g.parent_span_id = parts[2] if len(parts) == 4 else ""
    g.span_id = secrets.token_hex(8)
    if request.path in ENDPOINTS:
        in_flight.inc()


@app.route("/start")
@app.route("/test")
def serve():
    try:
        response, code, message = answer(), 200, "request completed"
    except Failure as failure:
        response, code, message = jsonify(error=str(failure)), failure.code, str(failure)
    seconds = time.monotonic() - g.started
    in_flight.dec()
    requests_total.labels(request.path, str(code)).inc()
    duration_seconds.labels(request.path).observe(seconds)
    write_log(code, message, seconds)
    write_span(SERVER, f"{request.method} {request.path}", g.span_id, g.parent_span_id, code, seconds)
    return response, code


def write_log(code, message, seconds):
    severity = "ERROR" if code >= 500 else "WARN" if code >= 400 else "INFO"
    if severity == "INFO" and random.random() < level("log"):
        severity, message = "WARN", "session store is slow, session kept in memory"
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    line = json.dumps({
        "timestamp": now, "service": SERVICE, "severity_text": severity, "message": message,
        "method": request.method, "endpoint": request.path, "status_code": code,
        "duration_ms": round(seconds * 1000, 1), "trace_id": g.trace_id, "span_id": g.span_id}, separators=(",", ":"))
    with log_lock:
        log_file.write(line + "\n")


SERVER, CLIENT = 2, 3      # OpenTelemetry's kinds of spans


def write_span(kind, name, span_id, parent_span_id, code, seconds):
    """A span that ends now. code: the status of the answer, 0 if there was none."""
    if not span_file:
        return
    end = time.time_ns()
    span = {"traceId": g.trace_id, "spanId": span_id, "parentSpanId": parent_span_id, "name": name, "kind": kind,
            "startTimeUnixNano": str(end - int(seconds * 1e9)), "endTimeUnixNano": str(end),
            "attributes": [{"key": "http.response.status_code", "value": {"intValue": str(code)}}] if code else [],
            "status": {"code": 2} if code == 0 or code >= 500 else {}}
    line = json.dumps({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": SERVICE}}]},
        "scopeSpans": [{"scope": {}, "spans": [span]}]}]}, separators=(",", ":"))
    with log_lock:
        span_file.write(line + "\n")


@app.route("/metrics")
def metrics():
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


logging.getLogger("werkzeug").setLevel(logging.ERROR)
for work in (run_jobs, report_queue):
    threading.Thread(target=work, daemon=True).start()
app.run(host="127.0.0.1", port=options.port, threaded=True)
