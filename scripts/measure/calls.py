"""The set "calls" of scripts/quality: who calls whom, guessed from metrics alone, against who does."""
import csv
import glob
import io
import os
import subprocess
import sys

from incidents import Nezha, rows_of

HEADING = "system | services, steps | pairs that call | learned | right | precision | recall"


def learned(bins, samples):
    command = [os.path.join(bins, "aiops-report"), "graph", "-q", samples]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"quality: {' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return {frozenset((row["caller"], row["callee"])) for row in csv.DictReader(io.StringIO(done.stdout))}


def row_of(name, bins, samples, true):
    found = learned(bins, samples)
    rows = list(rows_of(samples))
    services = {row["service"] for row in rows}
    steps = len({row["timestamp"] for row in rows if row["service"] == rows[0]["service"]})
    known = {pair for pair in true if pair <= services}
    right = len(found & known)
    return [name, f"{len(services)}, {steps}", str(len(known)), str(len(found)), str(right),
            f"{right / len(found):.2f}" if found else "", f"{right / len(known):.2f}"]


def calls(data, bins, scratch):
    for folder in sorted(glob.glob(os.path.join(data, "nezha", "*_*"))):
        system = Nezha(folder, scratch)
        plain = os.path.join(scratch, system.name + "-services.csv")  # not those that say who calls
        with open(system.samples, newline="") as file, open(plain, "w", newline="") as out:
            rows = csv.reader(file)
            csv.writer(out).writerows(row[:4] for row in rows if row[4] in ("", "labels.caller"))
        true = {frozenset((row["caller"], row["callee"])) for row in rows_of(system.graph)}
        yield row_of(system.name.split("_")[0], bins, plain, true)
    shop = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "datasets", "shop", "quiet", "metrics.csv")
    yield row_of("shop, quiet", bins, shop, {frozenset(("service-a", "service-b"))})
