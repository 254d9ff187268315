"""What became slower since an earlier run."""
SLOWER_COUNT, SLOWER_TIME = 0.01, 0.15  # instructions are the same from run to run, times are not


def changes(base, new):
    """(what, unit, before, after, change, slower): instructions where both runs counted them, and times of works."""
    for name, after in new["instructions"].items():
        before = base.get("instructions", {}).get(name)
        if before:
            yield name, "instructions", before, after, after / before - 1, after / before - 1 > SLOWER_COUNT
    earlier = {(row["work"], row["ours"]): row for row in base.get("works", []) if row["own"] and "own_unit" not in row}
    seen = set()
    for row in new["works"]:
        key = (row["work"], row["ours"])
        if key in earlier and row["own"] and "own_unit" not in row and key not in seen:
            seen.add(key)
            before, after = earlier[key]["own"], row["own"]
            yield row["work"], "seconds", before, after, after / before - 1, after / before - 1 > SLOWER_TIME


def comparison(base, new):
    """(text, whether something became slower)"""
    rows = sorted(changes(base, new), key=lambda row: (row[1], -row[4]))
    if not rows:
        return "nothing to compare: the two runs have no work in common", False
    lines = ["| work | unit | before | now | change | |", "|---|---|--:|--:|--:|---|"]
    for what, unit, before, after, change, slower in rows:
        form = "{:,.0f}" if unit == "instructions" else "{:.4f}"
        lines.append(f"| {what} | {unit} | {form.format(before)} | {form.format(after)} | {change:+.1%} | {'**slower**' if slower else ''} |")
    return "\n".join(lines), any(row[5] for row in rows)
