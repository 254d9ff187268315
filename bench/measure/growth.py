"""What a row costs when there are ten times the rows, the series or the columns."""
import os
import statistics

from data import SERIES, STEPS
from work import run

BASE, ROWS, MANY, COLUMNS = "base", "rows × 10", "series × 10", "columns × 10"


def sizes(data):
    """(tool, size, command, input, rows): base has 1,000 series of 200 samples; ten times the series are as many
    rows as ten times the rows."""
    tenth = STEPS // 10
    for what in ("ndjson", "csv"):
        base, rows, many = (SERIES, tenth), (SERIES, STEPS), (10 * SERIES, tenth)
        for name, command in ((f"features, {what.upper()}", ["features"]), (f"score light, {what.upper()}", ["score", "--detector", "light"])):
            if what == "csv" and command[0] == "score":
                continue
            for size, (series, steps) in ((BASE, base), (ROWS, rows), (MANY, many)):
                yield name, size, command, data.samples(what, series, steps), series * data.steps(steps)
            yield name, COLUMNS, command, data.wide(what, 36), SERIES * data.steps(tenth)
    adaptive = ["score", "--detector", "adaptive"]
    for size, (series, steps) in ((BASE, (SERIES, tenth)), (ROWS, (SERIES, STEPS)), (MANY, (10 * SERIES, tenth))):
        yield "score adaptive", size, adaptive, data.samples("ndjson", series, steps), series * data.steps(steps)
    summary = ["report", "summary"]
    for size, (series, steps) in ((BASE, (SERIES, tenth)), (ROWS, (SERIES, STEPS)), (MANY, (10 * SERIES, tenth))):
        scores = data.make(f"growth-{series}-{steps}", data.tool("score"), "--detector", "light",
                           stdin=data.samples("ndjson", series, steps))
        yield "report summary", size, summary, scores, series * data.steps(steps)
    for size, (series, steps) in ((BASE, (SERIES // 10, STEPS)), (ROWS, (SERIES // 10, 10 * STEPS)), (MANY, (SERIES, STEPS))):
        train = ["train", "--jobs", "1", "--detector", "isolation-forest", "--backtest", "0", "--models", data.path("grown")]
        yield "train forests", size, train, data.samples("csv", series, steps), series * data.steps(steps)
    for size, width in ((BASE, 5), (COLUMNS, 50)):
        path, names = data.columns(width)
        train = ["train", "--jobs", "1", "--backtest", "0", "--features", names, "--models", data.path(f"wide-{width}")]
        rows = int(50_000 * data.scale)
        yield "train, columns together", size, train, path, rows
        yield "score, columns together", size, ["score", "--models", data.path(f"wide-{width}")], path, rows


def measure_growth(data, rounds=3):
    """[{tool, {size: microseconds a row}}]"""
    table = {}
    for name, size, command, path, rows in sizes(data):
        seconds = [run([[data.tool(command[0]), *command[1:]]], path)[0] for _ in range(rounds if rows < 1e6 else 1)]
        table.setdefault(name, {})[size] = 1e6 * statistics.median(seconds) / rows
        if os.path.getsize(path) > 2**29:
            path.unlink()  # several such fill a small disk
    return [{"work": name, "microseconds": costs} for name, costs in table.items()]
