#!/usr/bin/env python3
"""Log templates on programs nobody has labelled: the formats are taken from source code, so the truth is known.

  python3 scripts/measure/log_formats.py --bin BUILD [--no-errors] DIR...

DIR: source code in Go (log.Infof("lost %s after %d tries", name, n), …) and Python (log.info("…", …), f-strings).
Calls of one module are a program; each with 25 formats and more writes 2,000 messages, three times. What stands in a
format's place is made up by its conversion and the name of the argument: a path for "path", an address for "addr", a
duration for "elapsed", one of a few words for "state", a name in one of six styles for what says nothing. Formats that
print an error's text are left out with --no-errors: whether each error is a template of its own is a matter of taste.
Told is the grouping accuracy of each program, of aiops-features templates.
"""
import argparse
import ast
import collections
import json
import os
import random
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from templates import accuracy, ids  # noqa: E402

CONVERSION = re.compile(r"%%|%(?:\(\w+\))?[-+# 0-9.]*[a-zA-Z]")
GO = re.compile(r"\b[\w.()]*(?:[lL]og|klog|Logger\(\)|V\(\d+\))[\w.()]*\.(?:Infof|Warningf|Errorf|Warnf|Debugf|Printf|Fatalf|Noticef)"
                r'\("((?:[^"\\]|\\.)*)"((?:[^()\n]|\((?:[^()]|\([^()]*\))*\))*)\)')
LEVELS = ("info", "warning", "warn", "error", "debug", "critical", "exception")
WORDS = """alpha cart checkout payment catalog frontend search ledger inventory users default tracker gateway scheduler mailer
worker report audit backup archive primary replica production kafka redis postgres mysql envoy""".split()
NAMES = "alice bob carol dave erin frank grace heidi ivan judy mallory olivia peggy rupert sybil trent victor".split()
STATES = "Running Pending Failed Succeeded Unknown Ready Connecting Idle active open closed up down alive leader follower".split()
METHODS = "GET PUT POST DELETE HEAD LIST WATCH".split()
TYPES = "Pod Service Node Secret Job int string float64 bool list dict str KeyError *v1.Pod http.Request".split()
ERRORS = ["connection refused", "context deadline exceeded", "EOF", "permission denied", "i/o timeout", "broken pipe",
          "open {path}: no such file or directory", "dial tcp {address}: connect: connection refused", "not found",
          "invalid argument", "{word} not found", "rpc error: code = Unavailable desc = transport is closing"]


def split(arguments):
    """Of a call in Go: at the commas outside brackets."""
    found, depth, text = [], 0, ""
    for c in arguments:
        depth += (c in "([{") - (c in ")]}")
        if c == "," and depth == 0:
            found.append(text.strip())
            text = ""
        else:
            text += c
    return [one for one in [*found, text.strip()] if one]


def go_formats(text):
    for match in GO.finditer(text):
        yield match[1].replace('\\"', '"').replace("\\t", "\t").replace("\\n", "\n"), split(match[2])


def python_formats(text):
    for node in ast.walk(ast.parse(text)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS and node.args
                and "log" in ast.unparse(node.func.value).lower()):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value, [ast.unparse(argument) for argument in node.args[1:]]
        elif isinstance(first, ast.JoinedStr):
            parts = [(str(part.value).replace("%", "%%"), None) if isinstance(part, ast.Constant) else
                     ("%r" if part.conversion == ord("r") else "%s", ast.unparse(part.value)) for part in first.values]
            yield "".join(part for part, _ in parts), [argument for _, argument in parts if argument]


def programs(folders):
    """{module: {format: [(conversion, argument)]}}"""
    found = collections.defaultdict(dict)
    for folder in folders:
        for root, _, files in os.walk(folder):
            for name in files:
                read = {".go": go_formats, ".py": python_formats}.get(os.path.splitext(name)[1])
                if not read or name.endswith("_test.go") or "/test" in root:
                    continue
                module = "/".join(re.sub(r"@[^/]*", "", os.path.relpath(root, folder)).split("/")[:3])
                with open(os.path.join(root, name), errors="replace") as file:
                    try:
                        formats = list(read(file.read()))
                    except (SyntaxError, ValueError, RecursionError):
                        continue
                for text, arguments in formats:
                    places = [one for one in CONVERSION.findall(text) if one != "%%"]
                    words = re.findall(r"[A-Za-z]{2,}", CONVERSION.sub(" ", text))
                    if len(places) == len(arguments) and words and "\n" not in text.strip():
                        found[module][text.strip()] = list(zip(places, arguments))
    return {module: formats for module, formats in found.items() if len(formats) >= 25}


def path(draw):
    folders = [draw.choice(["var", "lib", "usr", "data", "tmp", "home", "opt", "etc", *WORDS]) for _ in range(draw.randint(1, 4))]
    return "/" + "/".join(folders) + draw.choice(["", "", "." + draw.choice(["log", "txt", "json", "yaml", "db", "gz"])])


def address(draw):
    return ".".join(str(draw.randint(1, 254)) for _ in range(4)) + f":{draw.randint(1000, 65000)}"


def style(draw):
    """What writes names in one of six ways."""
    one, two = (lambda draw: draw.choice(WORDS)), draw.randrange(6)
    return lambda draw: [one(draw), f"{one(draw)}-{draw.randint(0, 20)}", f"{one(draw)}-{one(draw)}", f"{one(draw)}_{one(draw)}",
                         one(draw).capitalize() + one(draw).capitalize(), f"{one(draw)}.{one(draw)}"][two]


def some_of(choices, most):
    def make(draw):
        chosen = draw.sample(choices, draw.randint(1, most))
        return lambda draw: draw.choice(chosen)
    return make


def whole(draw):
    below = draw.choice([3, 10, 1000, 10**6, 10**9])
    return lambda draw: str(draw.randrange(below))


def values(draw):
    item, (before, between, behind) = style(draw), draw.choice([("[", " ", "]"), ("[", ", ", "]"), ("", ", ", ""), ("['", "', '", "']")])
    return lambda draw: before + between.join(item(draw) for _ in range(draw.randint(1, 4))) + behind


def error(draw):
    chosen = draw.sample(ERRORS, draw.choice([1, 1, 1, 2, 2, 3]))
    return lambda draw: draw.choice(chosen).format(path=path(draw), address=address(draw), word=draw.choice(WORDS))


# What the end of an argument's name means; the first that fits.
MEANINGS = [
    ("type|class|__name__|kind", some_of(TYPES, 5)),
    ("^e$|^ex$|^exc$|err|exception", error),
    ("addr|host|peer|remote|endpoint|broker|netloc", lambda draw: draw.choice([address, style(draw)])),
    ("url|uri|link", lambda draw: lambda draw: f"https://{draw.choice(WORDS)}.example.com{path(draw)}"),
    ("path|file|dir|fname|root|src|dst|mount", lambda draw: path),
    ("count|len|num|size|offset|port|index|pid|code|bytes|term|^[nijk]$", whole),
    ("duration|elapsed|timeout|interval|delay|since|took", lambda draw: lambda draw: draw.choice(["{}ms", "{}s", "2m{}s"]).format(draw.randint(1, 59))),
    ("time|date|deadline", lambda draw: lambda draw: f"2026-01-{draw.randint(1, 31):02d} {draw.randint(0, 23):02d}:00:00 +0000 UTC"),
    ("status|state|phase|mode|reason", some_of(STATES, 5)),
    ("method|action|verb", some_of(METHODS, 5)),
    ("ids|names|list|args|keys|join|topics|partitions|nodes|missing", values),
    ("id|uuid|hash|token|nonce", lambda draw: lambda draw: f"{draw.getrandbits(64):x}"),
    ("user|client|owner|login", lambda draw: lambda draw: draw.choice(NAMES)),
    ("json|config|request|response|body", lambda draw: lambda draw: json.dumps({"id": draw.randrange(99), "name": draw.choice(WORDS)})),
    ("", style)]


def source(conversion, argument, draw):
    """What makes the values of one place."""
    kind = conversion[-1]
    if kind in "dixXuo":
        return whole(draw)
    if kind in "eEfFgG":
        return lambda draw: f"{draw.random() * 100:.3f}"
    if kind == "t":
        return lambda draw: draw.choice(["true", "false"])
    name = "type" if kind == "T" else (re.split(r"[.\[\]]", re.sub(r"\(.*\)$", "", argument))[-1] or argument).lower()
    return next(make for pattern, make in MEANINGS if re.search(pattern, name))(draw)


def fill(text, sources, draw):
    places = iter(sources)

    def value(match):
        if match[0] == "%%":
            return "%"
        made = next(places)(draw)
        return {"q": f'"{made}"', "r": f"'{made}'"}.get(match[0][-1], made)
    return CONVERSION.sub(value, text)


def messages(name, formats, seed, errors, count=2000, most=80):
    """[(format, message)], some formats often, most seldom."""
    draw, chosen, words = random.Random(f"{name} {seed}"), [], set()
    order = sorted(formats.items())
    draw.shuffle(order)
    for text, places in order:
        key = " ".join(re.findall("[A-Za-z]+", CONVERSION.sub(" ", text)))
        sources = [source(*place, draw) for place in places]
        prints_error = any(re.search("err|exc|^e$", argument.lower()) for _, argument in places)
        if len(key) >= 6 and key not in words and (errors or not prints_error):  # told apart by their words
            words.add(key)
            chosen.append((text, sources))
    chosen = chosen[:most]
    weights = [1 / (i + 1) ** 0.8 for i in range(len(chosen))]
    return [(text, fill(text, sources, draw).replace("\n", " ")) for text, sources in draw.choices(chosen, weights, k=count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release")
    parser.add_argument("--no-errors", action="store_true")
    parser.add_argument("folders", nargs="+", metavar="DIR")
    options = parser.parse_args()
    means = []
    for name, formats in sorted(programs(options.folders).items()):
        figures = []
        for seed in (1, 2, 3):
            written = messages(name, formats, seed, not options.no_errors)
            records = "".join(json.dumps({"message": message}) + "\n" for _, message in written).encode()
            figures.append(accuracy([text for text, _ in written], ids(options.bin, [], records)))
        means.append(sum(figures) / len(figures))
        print(f"{name:45} {len(formats):5} formats {means[-1]:.4f} (least {min(figures):.3f})", flush=True)
    if not means:
        sys.exit("log_formats.py: no module with 25 formats and more in these folders; expected source code in Go or Python")
    print(f"mean of {len(means)} programs {sum(means) / len(means):.4f}")


if __name__ == "__main__":
    main()
