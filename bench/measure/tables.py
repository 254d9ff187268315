"""The results as tables of Markdown."""
import sys

SIZES = ["base", "rows × 10", "series × 10", "columns × 10"]
# Of the table for the first page: work that begins so, unit of the claim, and its peer where there are several.
SHORT = [("features, NDJSON", "× its time", "cat"), ("features, NDJSON", "×", "Miller, delta and ewma"),
         ("features, NDJSON", "×", "pandas"), ("features | score", "× its time", ""), ("score, adaptive", "samples/s", ""),
         ("score, light", "samples/s", ""), ("forest: score", "×", "scikit-learn"), ("forest: fit", "×", "scikit-learn"),
         ("request features", "×", "GoAccess"), ("report evaluate", "×", "Miller, stats1"), ("report html", "s", "")]


def amount(value, unit="s"):
    if value is None:
        return ""
    if unit == "MB":
        return f"{value:.1f} MB"
    return f"{value:.2f} s" if value >= 0.1 else f"{value * 1000:.2f} ms"


def number(value):
    if value >= 1e6:
        return f"{value / 1e6:.2f} M"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def bound(row):
    """'at least 25 ×', 'at most 5 × its time': a target says in which direction it is one."""
    if row["least"] is not None:
        return f"≥ {number(row['least'])} {row['unit']}"
    return f"≤ {number(row['most'])} {row['unit']}" if row["most"] is not None else ""


def line(row):
    unit = row.get("own_unit", "s")
    met = {None: "", True: "yes", False: "**no**"}[row["met"]]
    work, peer = (text.replace("|", "\\|") for text in (row["work"], row["peer"]))
    return (f"| {work} | {amount(row['own'], unit)} | {peer} | {amount(row['peer_own'], unit)} "
            f"| {row.get('text') or number(row['figure']) + ' ' + row['unit']} | {bound(row)} | {met} |")


HEAD = ["| work | aiops | peer | peer's | figure | target | met |", "|---|--:|---|--:|--:|--:|---|"]


def tables(results):
    lines = []
    if results["works"]:
        lines += HEAD + [line(row) for row in results["works"]]
    if results["growth"]:
        lines += ["", "| microseconds a row | " + " | ".join(SIZES) + " |", "|---|" + "--:|" * len(SIZES)]
        for row in results["growth"]:
            costs = [f"{row['microseconds'][size]:.3g}" if size in row["microseconds"] else "" for size in SIZES]
            lines.append(f"| {row['work']} | " + " | ".join(costs) + " |")
    if results["parts"]:
        lines += ["", "| part | ns each |", "|---|--:|"]
    for name, part in results["parts"].items():
        more = "".join(f", {number(value)} bytes of state" for key, value in part.items() if key == "bytes")
        lines.append(f"| {name} | {part['ns']:,.3g}{more} |" if part["ns"] < 1e5 else f"| {name} | {part['ns']:,.0f}{more} |")
    return "\n".join(lines).lstrip("\n")


def short_table(results):
    lines = HEAD[:]
    for work, unit, peer in SHORT:
        row = next((row for row in results["works"]
                    if row["work"].startswith(work) and row["unit"] == unit and peer in ("", row["peer"])), None)
        if row:
            lines.append(line(row))
    return "\n".join(lines)


def headline(results):
    missing = f" Left out, for it was not there: {', '.join(results['missing'])}." if results["missing"] else ""
    return f"{results['date']}, {results['machine']}, {results['rows']:,} rows, {results['rounds']} rounds.{missing}"


def write_between_marks(path, results):
    """All tables between the marks of figures, or the short one between those of short figures."""
    page = path.read_text()
    for name, text in (("figures", tables(results)), ("short figures", short_table(results))):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        if begin in page and end in page:
            head, rest = page.split(begin, 1)
            path.write_text(f"{head}{begin}{headline(results)}\n\n{text}\n{end}{rest.split(end, 1)[1]}")
            return
    sys.exit(f"bench: {path} has no <!-- figures --> … <!-- end of figures -->")
