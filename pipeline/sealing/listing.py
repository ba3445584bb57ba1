"""The openings as a table for people: when, which model, which rows, what it scored, what was new in that."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pipeline.readable import score_text
from pipeline.sealing.fingerprints import Fingerprint
from pipeline.sealing.openings import Entry
from pipeline.sealing.standing import judge

if TYPE_CHECKING:
    from rich.table import Table


def table_of(entries: list[Entry], prints: Mapping[str, Fingerprint]) -> "Table":
    """All openings, oldest first."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("opened", "model", "rows of", "score", "what was new", "commit"):
        least = len(name) if name == "what was new" else None  # else long names of files leave it two letters
        folds = name in ("model", "rows of", "what was new")
        table.add_column(name, no_wrap=not folds, min_width=least, justify="right" if name == "score" else "left")
    for entry, new in zip(entries, news(entries, prints), strict=True):
        table.add_row(*map(escape, (*_cells(entry), new, _commit(entry))))
    return table


def _cells(entry: Entry) -> list[str]:
    named = {"experiment", "key"} <= entry.keys()
    model = f"{entry['experiment']}/{entry['key'][:8]}" if named else f"weights {entry['model_sha256'][:8]}"
    rows = f"{entry.get('source', 'test set')} {entry['test_sha256'][:6]} ({entry.get('n', '?')})"
    metric = f"{entry['metric'].removeprefix('test/')} " if "metric" in entry else ""
    score = f"{metric}{score_text(metric.strip(), entry['score'])}" if "score" in entry else "–"
    return [entry.get("time", "–")[:16].replace("T", " "), model, rows, score]


def _commit(entry: Entry) -> str:
    name, _, changed = str(entry.get("commit") or "–").partition("-")
    return name[:8] + ("+" if changed else "")


def news(entries: list[Entry], prints: Mapping[str, Fingerprint]) -> list[str]:
    """What each opening has shown that those before it had not."""
    return [_new(entry, entries[:number], prints) for number, entry in enumerate(entries)]


def _new(entry: Entry, earlier: list[Entry], prints: Mapping[str, Fingerprint]) -> str:
    test, rows = entry["test_sha256"], entry.get("n", 0)
    before, after = (judge(entry, test, rows, known, prints) for known in (earlier, [*earlier, entry]))
    if before.recorded:
        return "scored again" if after.looks == before.looks else "another score"
    if before.models > 1:
        return f"model {before.models} on these rows"
    if before.seen:
        return f"{before.seen:,} of {rows:,} rows seen before"
    return "first look"
