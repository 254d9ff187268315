"""Rows of the table that are not times of two ways to do the same."""
import filecmp
import json
import os
import shutil
import subprocess
import sys

import peers
from work import judged, run


def row(work, own, peer, judgement, **more):
    return {"work": work, "ours": own, "own": None, "peer": peer, "peer_own": None, **judgement, **more}


def rank_correlation(data):
    """Of the scores of a forest of ours and scikit-learn's."""
    scores = [data.path("ours.scores"), data.path("scikit-learn.scores")]
    python = peers.python_with("scipy")
    if not python or not all(path.exists() for path in scores):
        return []
    correlation = float(run([[python, peers.FOLDER / "rank_correlation.py", *scores]], outputs=True)[1])
    return [row("forest: rank correlation of the scores", "", "scikit-learn", judged(correlation, "", least=0.95))]


def page_frames(data):
    """How the page opens and moves, by a browser without a screen. It uses all processors: so it does for who looks."""
    page, browser = data.path("page.html"), peers.program("chromium")
    if not browser or not page.exists():
        return []
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count()))
    done = subprocess.run([sys.executable, peers.FOLDER.parent / "page_frames.py", page, "--browser", browser],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    os.sched_setaffinity(0, pinned)
    if done.returncode:
        peers.skip(f"a browser that opens the page ({done.stderr.strip().splitlines()[-1:]})")
        return []
    told = json.loads(done.stdout)
    name = "report html, the page in Chromium"
    return [row(f"{name}: until it stands (time that passes)", "", "", judged(told["loaded_seconds"], "s")),
            row(f"{name}: 95 of 100 frames while panning within", "", "", judged(told["pan_ms"]["p95"], "ms", most=33.4)),
            row(f"{name}: 95 of 100 frames while zooming within", "", "", judged(told["zoom_ms"]["p95"], "ms", most=33.4))]


def same_with_jobs(data):
    """Whether two threads give the bytes that one gives."""
    models, rows = data.forests(), data.samples("csv", 20, 10_000)
    score, train = data.tool("score"), data.tool("train")
    scored, bundles = [], []
    for jobs in (1, 2):
        scored.append(data.make(f"jobs-{jobs}.csv", score, "--models", models, "--jobs", jobs, stdin=rows))
        folder = data.path(f"jobs-{jobs}")
        shutil.rmtree(folder, ignore_errors=True)
        run([[train, "--detector", "isolation-forest", "--backtest", "0", "--models", folder, "--jobs", jobs]], rows)
        bundles.append(next(folder.glob("v*/model.bundle")))
    out = []
    for name, files in (("train", bundles), ("score", scored)):
        same = filecmp.cmp(*files, shallow=False)
        out.append(row(f"{name}, --jobs 2: what comes out", "", "--jobs 1",
                       {"figure": float(same), "unit": "", "least": None, "most": None, "met": same},
                       text="identical" if same else "different"))
    return out


def of_parts(parts):
    """The detectors alone, as a fleet that has run for a day and more has them."""
    out = []
    for name, series, state in (("adaptive", 10_000, 32 * 1024), ("light", 100_000, None)):
        part = parts.get(f"detect/{name}/{series}")
        if part:
            work = f"detector {name} alone, {series:,} series, 9,000 samples learned"
            out.append(row(work, "", "", judged(1e9 / part["ns"], "samples/s")))
            if "bytes" in part:
                out.append(row(work, "", "", judged(part["bytes"], "B a series", most=state)))
    return out


AFTER = {"forest": rank_correlation, "html": page_frames, "jobs": same_with_jobs}
