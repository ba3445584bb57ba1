"""Every look at test rows: a line for each try, written down before it is made."""

import csv
import datetime
import subprocess
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

from benchmarks.tables.kept import Try

COLUMNS = ("time", "commit", "contestant", "ours", "table", "split")


def note(path: Path, one: Try, ours: str) -> None:
    """Add a line; ours: what our own contestant is, in words, empty for others."""
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    now = datetime.datetime.now().isoformat(" ", "minutes")
    with path.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerows([COLUMNS] if new else [])
        writer.writerow([now, commit(), one.contestant, ours, one.table, one.split])


@cache
def commit() -> str:
    """The checkout's commit, with + where the engine or its settings differ from it."""
    words = (
        ["rev-parse", "--short", "HEAD"],
        ["status", "--porcelain", "--untracked-files=no", ":/pipeline", ":/conf"],
    )
    head, changed = (
        subprocess.run(["git", *some], cwd=Path(__file__).parent, capture_output=True, text=True).stdout.strip()
        for some in words
    )
    return f"{head or 'unknown'}{'+' if changed else ''}"


def table(path: Path) -> str:
    """The log as Markdown, with one line for each day, commit and setting of ours."""
    grouped: dict[tuple[str, str, str], list[dict[str, str]]] = defaultdict(list)
    if path.exists():
        with path.open(newline="", encoding="utf-8") as stream:
            for row in csv.DictReader(stream):
                grouped[row["time"][:10], row["commit"], row["ours"]].append(row)
    lines = ["| date | commit | who, how many tries | splits | ours |", "|---|---|---|---|---|"]
    for (date, at, ours), rows in grouped.items():
        who = ", ".join(f"{name} {count}" for name, count in Counter(row["contestant"] for row in rows).items())
        splits = ", ".join(sorted({row["split"] for row in rows}))
        lines.append(f"| {date} | {at} | {who} | {splits} | {ours} |")
    return "\n".join(lines)
