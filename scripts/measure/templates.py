"""Log templates: grouping accuracy on the systems of loghub-2k, through aiops-features templates.

Grouping accuracy is the share of lines whose group is exactly the true one. The truth is of the corrected files.
"""
import collections
import csv
import json
import os
import subprocess
import sys

GRID = (0.5, 0.7, 0.85, 1.0, 1.2, 1.4, 2.0)
HEADING = "system | messages | raw lines | leaving it out (--merge-at chosen on the others)"


def ids(bins, arguments, text):
    command = [os.path.join(bins, "aiops-features"), "templates", "-q", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"quality: {' '.join(command)}: status {done.returncode}\n{done.stderr.decode()}")
    return [json.loads(line)["template_id"] for line in done.stdout.decode().splitlines()]


def accuracy(truth, found):
    places, sizes, right = collections.defaultdict(list), collections.Counter(found), 0
    for i, template in enumerate(truth):
        places[template].append(i)
    for lines in places.values():
        group = {found[i] for i in lines}
        right += len(lines) if len(group) == 1 and sizes[group.pop()] == len(lines) else 0
    return right / len(truth)


def rows(data, bins):
    """A row of the table for each system, and their mean."""
    folder = os.path.join(data, "loghub2k")
    figures = {}
    for system in sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))):
        path = os.path.join(folder, system, f"{system}_2k.log")
        with open(f"{path}_structured_corrected.csv", newline="") as file:
            lines = list(csv.DictReader(file))
        truth = [line["EventTemplate"] for line in lines]
        records = "".join(json.dumps({"service": system, "message": line["Content"]}) + "\n" for line in lines).encode()
        at = {merge: accuracy(truth, ids(bins, ["--merge-at", str(merge)], records)) for merge in GRID}
        figures[system] = (accuracy(truth, ids(bins, [], records)), accuracy(truth, ids(bins, ["--text", path], b"")), at)
    out = []
    for system, (messages, raw, at) in figures.items():
        others = [figures[name][2] for name in figures if name != system]
        best = max(GRID, key=lambda merge: (sum(one[merge] for one in others), -abs(merge - 1)))
        out.append((messages, raw, at[best]))
        yield [system, f"{messages:.4f}", f"{raw:.4f}", f"{at[best]:.4f} ({best:g})"]
    yield ["mean", *(f"{sum(column) / len(out):.4f}" for column in zip(*out))]
