"""The works of the table, by group. A group makes its data when it is called, and gives the works."""
import os

import peers
from data import MATRIX_ROWS, SERIES, STEPS
from work import Contender, Faster, Flat, Memory, Rate, Seconds, Size, Within, Work

MILLER_STEP = ["step", "-a", "delta,ewma", "-d", "0.1", "-f", "value", "-g", "service,metric"]
PEER_PART = 5  # slow peers do one row of so many


def with_peers(name, contenders, claims):
    """A work without the peers that are missing, and without what is claimed of them."""
    there = [one for one in contenders if one]
    names = {one.name for one in there}
    return Work(name, there, [claim for claim in claims if getattr(claim, "peer", None) in names | {None}])


def count(rows):
    return f"{rows / 1e6:g} M" if rows >= 1e6 else f"{rows:,.0f}"


def features(data):
    ours = [[data.tool("features")]]
    csv, ndjson = data.samples("csv"), data.samples()
    rows = count(SERIES * data.steps(STEPS))
    part = data.samples("csv", SERIES, STEPS // PEER_PART)
    miller, pandas = peers.program("mlr"), peers.python_with("pandas")
    columns = miller and Contender("Miller, delta and ewma", [[miller, "--icsv", "--ocsv", *MILLER_STEP]], part,
                                   times=PEER_PART, rounds=3)
    frame = pandas and Contender("pandas", [[pandas, peers.FOLDER / "pandas_features.py", part, "/dev/null"]],
                                 figure="seconds", times=PEER_PART, rounds=2)
    claims = [Within("cat", 5), Faster("Miller, delta and ewma", 25), Faster("pandas", 100)]
    return [
        with_peers(f"features, NDJSON, {rows} rows",
                   [Contender("aiops-features", ours, ndjson), Contender("cat", [["cat"]], ndjson), columns, frame], claims),
        with_peers(f"features, CSV, {rows} rows",
                   [Contender("aiops-features", ours, csv), Contender("cat", [["cat"]], csv), columns, frame], claims),
    ]


def shuffled(data):
    ours = [[data.tool("features")]]
    one = data.samples("ndjson", 20, 10_000)
    works = []
    for series, steps in ((10_000, 200), (100_000, 20)):
        works.append(Work(f"features, {series:,} series in an order of its own each step",
                          [Contender("aiops-features", ours, data.samples("shuffled-ndjson", series, steps)),
                           Contender("in order", ours, data.samples("ndjson", series, steps)),
                           Contender("20 series", ours, one, rounds=1)],
                          [Within("in order", 4), Memory("20 series", series, "B a series beside its window", 1024,
                                  state=100 + 8 * min(60, data.steps(steps)))]))
    return works


def pipeline(data):
    models, text = data.forests(), data.features()
    train, score = data.tool("train"), data.tool("score")
    few = data.samples("csv", 20)
    python = peers.python_with("pandas", "sklearn")
    sklearn = [[python, peers.FOLDER / "sklearn_pipeline.py", few, "/dev/null"]]
    peer = f"scikit-learn, on {20} of the series"
    rows = count(SERIES * data.steps(STEPS))
    return [
        Work(f"features | score with {SERIES:,} forests, {rows} rows",
             [Contender("aiops-features | aiops-score", [[data.tool("features")], [score, "--models", models]], data.samples()),
              Contender("cat | cat of what is between", [["cat"], ["cat"]], text)],
             [Within("cat | cat of what is between", 4)]),
        with_peers(f"train {SERIES:,} forests on {rows} rows of CSV",
                   [Contender("aiops-train", [[train, "--jobs", "1", "--detector", "isolation-forest", "--backtest", "0",
                                               "--models", data.path("trained")]], data.samples("csv"), rounds=2),
                    python and Contender(peer, sklearn, figure="fit", times=SERIES / 20, rounds=2)], [Faster(peer)]),
        with_peers(f"score {rows} rows of CSV with {SERIES:,} forests",
                   [Contender("aiops-score", [[score, "--models", models]], data.samples("csv"), rounds=2),
                    python and Contender(peer, sklearn, figure="score", times=SERIES / 20, rounds=2)], [Faster(peer)]),
    ]


def detectors(data):
    works = []
    for name, series, first, steps, least in (("adaptive", 10_000, 200, 400, 1e6), ("light", 100_000, 80, 120, 5e6)):
        score = [[data.tool("score"), "--detector", name]]
        samples = series * (data.steps(steps) - data.steps(first))
        claims = [Rate(samples, "samples/s", least, start="begin")]
        if name == "adaptive":
            claims.append(Memory("20 series", series, "B a series", 32 * 1024))
        works.append(Work(f"score, {name}, {series:,} series, behind their first {data.steps(first)} samples",
                          [Contender("aiops-score", score, data.samples("ndjson", series, steps), rounds=3),
                           Contender("begin", score, data.samples("ndjson", series, first), rounds=3),
                           Contender("20 series", score, data.samples("ndjson", 20, 100), rounds=1)], claims))
    return works


def forest(data):
    matrix, rows = data.matrix(), int(MATRIX_ROWS * data.scale)
    ours = [data.build / "bench" / "bench-forest", matrix, 5, 100, 256]
    scored = rows // 5
    python = peers.python_with("sklearn")
    # No peer is here when isotree cannot be had for this machine: that is told, and the line left out.
    isotree = peers.python_with("isotree", about="isotree, for Python")

    def own(name, figure, isa=""):
        command = [*ours, scored, data.path("ours.scores")]
        return Contender(name, [["env", f"AIOPS_ISA={isa}", *command] if isa else command], figure=figure)

    def peer(name, python, script, figure, part=1):
        return python and Contender(name, [[python, peers.FOLDER / script, matrix, 5, 100, 256, scored // part,
                                            data.path(name + ".scores")]], figure=figure, times=part, rounds=3)

    works = [with_peers(f"forest: fit 100 trees of 256 samples to {count(rows)} rows of 5 features",
                        [own("aiops", "fit"), peer("scikit-learn", python, "sklearn_forest.py", "fit", 4),
                         peer("isotree, one thread", isotree, "isotree_forest.py", "fit", 4)],
                        [Faster("scikit-learn", 25), Faster("isotree, one thread", 1)])]
    for one in works[0].contenders[1:]:
        one.times = 1  # what is fitted is all rows
    batch = peer("scikit-learn", python, "sklearn_forest.py", "score", 4)
    for isa, least in (("avx512", 75), ("avx2", 30), ("portable", 15)):
        if isa not in {"portable", *instructions()}:
            continue
        works.append(with_peers(f"forest: score {count(scored)} rows, {isa}",
                                [own("aiops", "score", isa), batch],
                                [Faster("scikit-learn", least)]))
    return works + many_forests(data, python)


def many_forests(data, python):
    forests = 10_000
    command = [[data.build / "bench" / "bench-forests", data.matrix(), forests]]
    scored = 50_000
    batch = python and Contender("scikit-learn, many rows at once", [[
        python, peers.FOLDER / "sklearn_forest.py", data.matrix(), 5, 100, 256, scored, "/dev/null"]], figure="score",
        times=forests / scored, rounds=3)
    return [with_peers(f"forest: one row of each of {forests:,} series, each with its own",
                       [Contender("aiops", command, figure="own", rounds=3), batch,
                        Contender("flat trees", command, figure="flat", rounds=3)],
                       [Faster("scikit-learn, many rows at once", 25), Faster("flat trees", 8)])]


def instructions():
    with open("/proc/cpuinfo", encoding="ascii") as info:
        flags = next((line.split() for line in info if line.startswith("flags")), [])
    return {name for name, flag in (("avx2", "avx2"), ("avx512", "avx512f")) if flag in flags}


def requests(data):
    lines = 2_000_000
    log, part = data.access_log(lines), data.access_log(lines // PEER_PART)
    goaccess, awk = peers.program("goaccess"), peers.program("awk")
    layout = ["--log-format", '%h %^[%d:%t %^] "%r" %s %b "%R" "%u" %T', "--date-format", "%d/%b/%Y", "--time-format", "%T"]
    splits = f"awk ({os.path.basename(os.path.realpath(awk))}), fields counted" if awk else ""
    return [with_peers(f"request features of {count(lines * data.scale)} lines of an access log",
                       [Contender("aiops-collect | aiops-features", [[data.tool("collect"), "files", log],
                                                                     [data.tool("features"), "requests"]]),
                        goaccess and Contender("GoAccess", [[goaccess, "--no-global-config", *layout, "-o",
                                                             data.path("goaccess.json"), part]], times=PEER_PART, rounds=2),
                        awk and Contender(splits, [[awk, "{ n += NF } END { print n }", log]]),
                        Contender("cat", [["cat", log]])],
                       [Faster("GoAccess", 1), Faster(splits, 1), Within("cat")])]


def templates(data):
    log, awk = data.messages(), peers.program("awk")
    splits = f"awk ({os.path.basename(os.path.realpath(awk))}), fields counted" if awk else ""
    return [with_peers(f"templates of {count(1e6 * data.scale)} log records",
                       [Contender("aiops-features templates", [[data.tool("features"), "templates", log]]),
                        awk and Contender(splits, [[awk, "{ n += NF } END { print n }", log]]),
                        Contender("cat", [["cat", log]])], [Faster(splits, 1), Within("cat")])]


def report(data):
    labels, scores = data.labels(), data.scores()
    part = data.make("part-scores.ndjson", "head", "-n", SERIES * data.steps(STEPS) // PEER_PART, scores)
    miller = peers.program("mlr")
    works = []
    peer = miller and Contender("Miller, stats1", [[
        miller, "--ijsonl", "--ojson", "stats1", "-a", "count,mean,max,p50", "-f", "score", "-g", "service,metric"]],
        part, times=PEER_PART, rounds=2)
    for name, command in (("evaluate", ["evaluate", "--labels", labels]), ("summary", ["summary"])):
        works.append(with_peers(f"report {name}, {count(SERIES * data.steps(STEPS))} scores",
                                [Contender("aiops-report", [[data.tool("report"), *command]], scores), peer,
                                 Contender("cat", [["cat"]], scores)],
                                [Faster("Miller, stats1", 10), Within("cat")]))
    return works


def html(data):
    scores, page = data.chart_scores(), data.path("page.html")
    return [Work(f"report html, {SERIES:,} series × {data.steps(10_080):,} points",
                 [Contender("aiops-report", [[data.tool("report"), "html", "-o", page, scores]], rounds=2),
                  Contender("cat", [["cat", scores]])],
                 [Seconds(3), Size(page, 15), Within("cat")])]


def start(data):
    jq, curl = peers.program("jq"), peers.program("curl")
    works = []
    for tool, arguments, peer, most in (
            ("features", [], jq, 2), ("train", [], jq, 2), ("score", ["--detector", "adaptive"], jq, 2), ("inject", [], jq, 2),
            ("collect", ["files"], curl, 1.2), ("report", ["summary"], curl, 1.2)):
        if not peer:
            continue
        other = "jq" if peer == jq else "curl --version"
        works.append(Work(f"start and end without input: aiops-{tool}",
                          [Contender(f"aiops-{tool}", [[data.tool(tool), *arguments]], repeat=100),
                           Contender(other, [[peer, "." if peer == jq else "--version"]], repeat=20),
                           Contender("cat", [["cat"]], repeat=100)],
                          [Within(other, most), Within("cat")]))
    return works


def jobs(data):
    if os.cpu_count() < 2:
        peers.skip("a second processor, for --jobs 2")
        return []
    models, csv = data.forests(), data.samples("csv")
    train = [data.tool("train"), "--detector", "isolation-forest", "--backtest", "0", "--models", data.path("trained"), "--jobs"]
    score = [data.tool("score"), "--models", models, "--jobs"]
    works = []
    for name, command in ((f"train {SERIES:,} forests", train), (f"score with {SERIES:,} forests", score)):
        works.append(Work(f"{name}, --jobs 2 (time that passes)",
                          [Contender("--jobs 2", [[*command, "2"]], csv, wall=True, rounds=3),
                           Contender("--jobs 1", [[*command, "1"]], csv, wall=True, rounds=3)],
                          [Faster("--jobs 1", 1.7)]))
    return works


def memory(data):
    """20 series, so that their states are full in the tenth already."""
    whole, tenth = (data.samples("ndjson", 20, steps) for steps in (100_000, 10_000))
    csv, tenth_csv = (data.samples("csv", 20, steps) for steps in (100_000, 10_000))
    log, tenth_log = data.access_log(2_000_000), data.access_log(200_000)
    scores, tenth_scores = (data.make(f"scores-{name}", data.tool("score"), "--detector", "light", stdin=rows)
                            for name, rows in (("whole", whole), ("tenth", tenth)))
    works = []
    for name, command, rows, fewer in (
            ("aiops-features", ["features"], whole, tenth), ("aiops-features, CSV", ["features"], csv, tenth_csv),
            ("aiops-score, adaptive", ["score", "--detector", "adaptive"], whole, tenth),
            ("aiops-score, light", ["score", "--detector", "light"], whole, tenth),
            ("aiops-inject, from a file", ["inject"], whole, tenth),
            ("aiops-collect files", ["collect", "files", "-"], log, tenth_log),
            ("aiops-features requests", ["features", "requests"], None, None),
            ("aiops-report summary", ["report", "summary"], scores, tenth_scores)):
        command = [data.tool(command[0]), *command[1:]]
        if rows is None:
            rows, fewer = (data.make(f"requests-{name}", data.tool("collect"), "files", "-", stdin=lines)
                           for name, lines in (("whole", log), ("tenth", tenth_log)))
        works.append(Work(f"memory at its peak: {name}",
                          [Contender("all rows", [command], rows), Contender("a tenth of the rows", [command], fewer)],
                          [Flat("a tenth of the rows")]))
    return works


GROUPS = {"features": features, "shuffled": shuffled, "pipeline": pipeline, "detectors": detectors, "forest": forest,
          "requests": requests, "templates": templates, "report": report, "html": html, "start": start, "jobs": jobs, "memory": memory}
