"""What is measured: pieces of work, who does them, and what is claimed of the outcome."""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Contender:
    """A way to do a piece of work: commands in a pipe. Measured are the CPU seconds of all, user and system. One that
    stands in several works is measured in the first."""
    name: str
    commands: list
    stdin: Path = None
    figure: str = ""     # measured from within instead: this figure of the JSON that is printed
    wall: bool = False   # the time that passes instead, on all processors
    times: float = 1     # what was measured is this part of the whole
    repeat: int = 1      # runs a round; what is measured is one
    rounds: int = 0      # 0: as many as the others
    seconds: list = field(default_factory=list)
    megabytes: float = 0

    def median(self):
        return statistics.median(self.seconds)


@dataclass
class Work:
    """Contenders, ours first, and the claims that are checked of them."""
    name: str
    contenders: list
    claims: list

    def contender(self, name):
        return next(one for one in self.contenders if one.name == name)

    def rows(self):
        """A row of the table for each claim."""
        return [{"work": self.name, "ours": self.contenders[0].name, **claim.row(self)} for claim in self.claims]


@dataclass
class Faster:
    """The peer takes so many times ours, at least."""
    peer: str
    least: float = None

    def row(self, work):
        own, peer = work.contenders[0].median(), work.contender(self.peer).median()
        return {"own": own, "peer": self.peer, "peer_own": peer, **judged(peer / own, "×", least=self.least)}


@dataclass
class Within:
    """Ours takes so many times the peer's, at most: a floor, or a heavier form of the same work."""
    peer: str
    most: float = None

    def row(self, work):
        own, peer = work.contenders[0].median(), work.contender(self.peer).median()
        return {"own": own, "peer": self.peer, "peer_own": peer, **judged(own / peer, "× its time", most=self.most)}


@dataclass
class Rate:
    """Items a second. With `start`, another contender that does the first of the items alone: those behind them."""
    items: int
    unit: str
    least: float = None
    start: str = ""

    def row(self, work):
        own = work.contenders[0].median()
        base = work.contender(self.start).median() if self.start else 0
        row = judged(self.items / max(own - base, 1e-9), self.unit, least=self.least)
        return {"own": own, "peer": "", "peer_own": None, **row}


@dataclass
class Seconds:
    most: float

    def row(self, work):
        own = work.contenders[0].median()
        return {"own": own, "peer": "", "peer_own": None, **judged(own, "s", most=self.most)}


@dataclass
class Size:
    """Of a file that ours writes."""
    path: Path
    most: float  # MB

    def row(self, work):
        return {"own": None, "peer": "", "peer_own": None, **judged(self.path.stat().st_size / 1e6, "MB", most=self.most)}


@dataclass
class Memory:
    """What ours takes at its peak, beyond what another takes, in bytes for each of `items`, less what is their state."""
    beyond: str
    items: int
    unit: str
    most: float = None
    state: int = 0

    def weighs(self, work):
        return work.contenders[0], work.contender(self.beyond)

    def row(self, work):
        extra = max(0, work.contenders[0].megabytes - work.contender(self.beyond).megabytes) * 2**20
        return {"own": None, "peer": "", "peer_own": None, **judged(max(0, extra / self.items - self.state), self.unit, most=self.most)}


@dataclass
class Flat:
    """Ours takes so many times the peer's memory, at most: the peer does the same with fewer rows."""
    peer: str
    most: float = 1.1

    def weighs(self, work):
        return work.contenders[0], work.contender(self.peer)

    def row(self, work):
        own, peer = work.contenders[0].megabytes, work.contender(self.peer).megabytes
        return {"own": own, "own_unit": "MB", "peer": self.peer, "peer_own": peer,
                **judged(own / peer, "× its memory", most=self.most)}


def judged(figure, unit, least=None, most=None):
    met = None
    if least is not None:
        met = figure >= least
    elif most is not None:
        met = figure <= most
    return {"figure": figure, "unit": unit, "least": least, "most": most, "met": met}


def run(commands, stdin=None, outputs=False):
    """Runs the commands as a pipe; returns their CPU seconds and the output."""
    source = open(stdin, "rb") if stdin else subprocess.DEVNULL
    processes = []
    for i, command in enumerate(commands):
        last = i == len(commands) - 1
        target = subprocess.PIPE if not last or outputs else subprocess.DEVNULL
        processes.append(subprocess.Popen([str(word) for word in command], stdin=source, stdout=target,
                                          stderr=subprocess.DEVNULL))
        if source != subprocess.DEVNULL:
            source.close()
        source = processes[-1].stdout
    output = processes[-1].stdout.read() if outputs else b""
    seconds = 0
    for process, command in zip(processes, commands):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"bench: {' '.join(map(str, command))} failed with status {process.returncode}")
        seconds += usage.ru_utime + usage.ru_stime
    return seconds, output


def peak_megabytes(contender):
    """Of its only command. By time(1): a process that Python starts itself begins with Python's own peak."""
    with tempfile.NamedTemporaryFile("r", encoding="ascii") as said:
        run([["/usr/bin/time", "-f", "%M", "-o", said.name, *contender.commands[0]]], contender.stdin)
        return int(said.read().split()[-1]) / 1024


def start_seconds(command, repeat):
    """CPU seconds of a command with nothing to do, started in the cheapest way: the mean of many."""
    words = [str(word) for word in command]
    quiet = [(os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)]
    total = 0
    for _ in range(repeat):
        pid = os.posix_spawnp(words[0], words, os.environ, file_actions=quiet)
        usage = os.wait4(pid, 0)[2]
        total += usage.ru_utime + usage.ru_stime
    return total / repeat


def measure(contender, printed):
    """printed: what commands have printed in this round, so that several figures are taken from one run."""
    command = str(contender.commands)
    if contender.figure and command in printed:
        contender.seconds.append(json.loads(printed[command])[contender.figure] * contender.times)
        return
    if contender.repeat > 1:
        contender.seconds.append(start_seconds(contender.commands[0], contender.repeat))
        return
    pinned = os.sched_getaffinity(0)
    if contender.wall:
        os.sched_setaffinity(0, range(os.cpu_count()))
    begin = time.monotonic()
    seconds, output = run(contender.commands, contender.stdin, bool(contender.figure))
    if contender.wall:
        seconds = time.monotonic() - begin
        os.sched_setaffinity(0, pinned)
    if contender.figure:
        printed[command] = output
        seconds = json.loads(output)[contender.figure]
    contender.seconds.append(seconds * contender.times)


def measure_works(works, rounds):
    """In turn, round after round, so that whatever else the machine does strikes all alike."""
    for work in works:
        for claim in work.claims:
            for contender in claim.weighs(work) if isinstance(claim, (Memory, Flat)) else ():
                contender.megabytes = contender.megabytes or peak_megabytes(contender)
        if all(isinstance(claim, Flat) for claim in work.claims):
            print(f"bench: {work.name}", file=sys.stderr)
            continue
        new = [one for one in work.contenders if not one.seconds]
        for turn in range(rounds):
            print(f"\rbench: {work.name}: round {turn + 1} of {rounds} ", end="", file=sys.stderr)
            printed = {}
            for contender in new:
                if turn < (contender.rounds or rounds):
                    measure(contender, printed)
        print(file=sys.stderr)
