"""Instructions that small inputs take, by callgrind: the same from run to run, whatever else the machine does."""
import os
import re
import subprocess

import peers

SERIES, STEPS = 50, 200


def commands(data):
    """(name, command, input)"""
    small = {what: data.generated(what, SERIES, STEPS) for what in ("ndjson", "csv", "shuffled-ndjson", "shuffled-csv")}
    rows = small["ndjson"]
    labels = data.path("small-labels.ndjson")
    faulty = data.make("small-faulty.ndjson", data.tool("inject"), "--labels", labels, rows)
    scores = data.make("small-scores.ndjson", data.tool("score"), "--detector", "light", faulty)
    log = data.generated("access", 10_000)
    requests = data.make("small-requests.ndjson", data.tool("collect"), "files", log)
    forests = data.forests("small-models", small["csv"])
    for what, path in small.items():
        yield f"features, {what}", ["features"], path
    for name in ("adaptive", "light", "seasonal-esd"):
        yield f"score, {name}", ["score", "--detector", name], rows
    yield "score, forests", ["score", "--models", forests], small["csv"]
    for name in ("adaptive", "isolation-forest", "holt-winters"):
        command = ["train", "--jobs", "1", "--detector", name, "--backtest", "0", "--models", data.path(f"count-{name}")]
        yield f"train, {name}", command, small["csv"]
    yield "inject", ["inject", rows], None
    yield "collect files, access log", ["collect", "files", log], None
    yield "features requests", ["features", "requests"], requests
    yield "report summary", ["report", "summary"], scores
    yield "report evaluate", ["report", "evaluate", "--labels", labels], scores
    yield "report html", ["report", "html", "-o", data.path("small.html")], scores
    for tool, *arguments in (["features"], ["score", "--detector", "adaptive"], ["collect", "files"], ["report", "summary"]):
        yield f"start, {tool}", [tool, *arguments], "/dev/null"


def count_instructions(data):
    """{name: instructions}; empty where there is no valgrind. It knows no AVX-512: the AVX2 paths are counted."""
    valgrind = peers.program("valgrind")
    counts = {}
    for name, command, path in commands(data) if valgrind else ():
        with open(path or "/dev/null", "rb") as source:
            done = subprocess.run([valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", data.tool(command[0]),
                                   *command[1:]], stdin=source, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                  env={**os.environ, "AIOPS_ISA": "avx2"})
        collected = re.search(r"Collected : (\d+)", done.stderr)
        if collected:
            counts[name] = int(collected[1])
    return counts
