"""Every look at test rows, one line each: written down before the rows are looked at."""

import csv
import datetime
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.tables.kept import Try

COLUMNS = ("date", "commit", "contestants", "splits")


def note(path: Path, tries: Sequence[Try], sweep: str) -> None:
    """Add a line for these tries, if there are any; sweep: what ours is, in words."""
    if not tries:
        return
    counts = Counter(one.contestant for one in tries)
    who = "; ".join(f"{name}{f' ({sweep})' if name == 'Holdout' else ''} × {count}" for name, count in counts.items())
    splits = ", ".join(map(str, sorted({one.split for one in tries})))
    new = not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", newline="", encoding="utf-8") as stream:
        rows = [list(COLUMNS)] if new else []
        csv.writer(stream, lineterminator="\n").writerows([*rows, [_now(), commit(), who, splits]])


def _now() -> str:
    return datetime.datetime.now().isoformat(" ", "minutes")


def commit() -> str:
    """The checkout's commit, with + where files differ from it."""
    here = Path(__file__).parent
    found = [
        subprocess.run(["git", *words], cwd=here, capture_output=True, text=True).stdout.strip()
        for words in (
            ["rev-parse", "--short", "HEAD"],
            ["status", "--porcelain", "--untracked-files=no", ":/pipeline", ":/conf"],
        )
    ]
    return f"{found[0] or 'unknown'}{'+' if found[1] else ''}"


def table(path: Path) -> str:
    """The log as Markdown."""
    with path.open(newline="", encoding="utf-8") as stream:
        head, *rows = list(csv.reader(stream))
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *rows))
