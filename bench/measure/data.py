"""The data that is measured on, made when it is asked for: the same bytes on every machine."""
import random
import subprocess
from pathlib import Path

SERIES, STEPS, MATRIX_ROWS = 1000, 2000, 1_000_000

MESSAGES = [f"{part} {rest}" for part in ("request {id} of 10.0.0.{at}:8080 for /cart/{n}",
                                          "Block blk_{n} stored as bytes in memory (size {n} KB)",
                                          "worker-{at} finished task {n}.0 in stage {at}", "session {id} of user u{n} from 10.1.{at}.7")
            for rest in ("completed in {n} ms", "was refused: no such file or directory", "timed out after {n} ms, retrying",
                         "is waiting for lock=0x{id} held by pid={n}", "failed with status={at} in module.function", "queued")]


class Data:
    """Files by name in a folder. scale: 1, or less for a rehearsal with that share of the rows."""

    def __init__(self, build, folder, scale):
        self.build, self.folder, self.scale = build, folder, scale
        folder.mkdir(parents=True, exist_ok=True)

    def drop(self):
        """Removes what only one group of works needs."""
        for path in self.folder.iterdir():
            if path.is_file() and path not in (self.samples(), self.samples("csv")):
                path.unlink()

    def tool(self, name):
        return self.build / f"aiops-{name}"

    def steps(self, steps):
        return max(2, int(steps * self.scale))

    def path(self, name):
        return self.folder / name

    def make(self, name, *command, stdin=None):
        """The file of that name, with what the command prints."""
        path = self.folder / name
        if not path.exists():
            part = self.folder / (name + ".part")
            with open(part, "wb") as out, open(stdin or "/dev/null", "rb") as source:
                subprocess.run([str(word) for word in command], stdin=source, stdout=out, stderr=subprocess.DEVNULL, check=True)
            part.rename(path)
        return path

    def generated(self, what, *counts):
        name = "-".join([what, *map(str, counts)])
        return self.make(name, self.build / "bench" / "bench-generate", what, *counts)

    def samples(self, what="ndjson", series=SERIES, steps=STEPS):
        """ndjson, csv, shuffled-ndjson or shuffled-csv."""
        return self.generated(what, series, self.steps(steps))

    def matrix(self):
        return self.generated("matrix", int(MATRIX_ROWS * self.scale))

    def access_log(self, lines=2_000_000):
        return self.generated("access", int(lines * self.scale))

    def messages(self, lines=1_000_000):
        """Log records of 24 kinds of messages with numbers, addresses, ids and paths in them."""
        path, draw = self.path(f"messages-{lines}.ndjson"), random.Random(1)
        if not path.exists():
            with open(path, "w", encoding="utf-8") as out:
                for line in range(int(lines * self.scale)):
                    values = {"n": draw.randrange(10_000), "id": f"{draw.getrandbits(64):016x}", "at": draw.randrange(256)}
                    out.write(f'{{"timestamp":{1_795_000_000 + line // 100},"service":"s{line % 7}","severity_text":"INFO",'
                              f'"message":"{MESSAGES[draw.randrange(24)].format(**values)}"}}\n')
        return path

    def features(self):
        return self.make("features.ndjson", self.tool("features"), stdin=self.samples())

    def labels(self):
        self.faulty()
        return self.path("labels.ndjson")

    def faulty(self):
        return self.make("faulty.ndjson", self.tool("inject"), "--count", "200", "--labels", self.path("labels.ndjson"),
                         self.samples())

    def scores(self):
        return self.make("scores.ndjson", self.tool("score"), "--detector", "light", self.faulty())

    def chart_scores(self):
        """1,000 series of a week of minutes."""
        return self.make("charts.csv", self.tool("score"), "--detector", "light", self.samples("csv", SERIES, 10_080))

    def forests(self, name="models", samples=None):
        """A folder with a forest for each series."""
        folder = self.path(name)
        if not folder.exists():
            with open(samples or self.samples("csv"), "rb") as source:
                subprocess.run([self.tool("train"), "--detector", "isolation-forest", "--backtest", "0", "--models", folder],
                               stdin=source, stderr=subprocess.DEVNULL, check=True)
        return folder

    def wide(self, what, columns):
        """A tenth of the samples, each with so many columns of numbers more."""
        rows = self.samples(what, SERIES, STEPS // 10)
        path = self.folder / f"wide-{columns}-{rows.name}"
        if path.exists():
            return path
        names = [f"extra_{i}" for i in range(columns)]
        cells = [f"{i * 37 % 1000}.{i % 10}" for i in range(columns)]
        tail = "," + ",".join(cells)
        head = "," + ",".join(names)
        if what == "ndjson":
            tail = "," + ",".join(f'"{name}":{cell}' for name, cell in zip(names, cells)) + "}"
        with open(rows, encoding="utf-8") as source, open(path, "w", encoding="utf-8") as out:
            if what == "csv":
                out.write(source.readline().rstrip("\n") + head + "\n")
            for line in source:
                out.write((line.rstrip("\n") if what == "csv" else line.rstrip("}\n")) + tail + "\n")
        return path

    def columns(self, width):
        """Rows of numbers for one model of so many columns together; and the names of the columns."""
        rows, path = int(50_000 * self.scale), self.folder / f"columns-{width}.csv"
        names = [f"c{i}" for i in range(width)]
        if not path.exists():
            random = 1
            with open(path, "w", encoding="utf-8") as out:
                out.write("timestamp,service," + ",".join(names) + "\n")
                for row in range(rows):
                    cells = []
                    for _ in range(width):
                        random = random * 6364136223846793005 + 1442695040888963407 & 0xFFFFFFFFFFFFFFFF
                        cells.append(str((random >> 40) % 10_000))
                    out.write(f"{1_795_000_000 + 15 * row},all," + ",".join(cells) + "\n")
        return path, ",".join(names)
