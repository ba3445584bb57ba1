"""Fills an empty MLflow database from the store of trials.

The project's own is moved aside first; a server that MLFLOW_TRACKING_URI names is copied into.
"""

import argparse
import contextlib
import sqlite3
import time
from pathlib import Path

from pipeline.console import run_stage, say
from pipeline.tracking import mirror
from pipeline.tracking.process import DATABASE, own_uri, place, tracking_uri

ASIDE = "before-rebuild"
NOUNS = {"evaluate": "evaluation", "select": "selection"}


def rebuild() -> dict[str, int]:
    """Build the database anew; returns how many runs of each stage there are then."""
    own = tracking_uri() == own_uri()
    return mirror.copy(past=True, before=_move_aside if own else lambda: say(f"copying into {place()}"))


def _move_aside() -> None:
    """Give the old database another name, with the files beside it; an earlier one that is aside stays."""
    from pipeline.tracking.destination import beside

    old = Path(DATABASE)
    if not old.exists():
        return
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a damaged one is moved as it is
    new = _free(old.with_name(f"{DATABASE}.{ASIDE}"))
    # The database last: a new one must never find an old one's log beside it.
    for source, target in reversed(list(zip(beside(old), beside(new), strict=True))):
        if source.exists():
            source.rename(target)
    say(f"{old} is now {new.name}; a new {old} is built from .trials and experiments (restart a UI that is open)")


def _free(path: Path) -> Path:
    number = 1
    found = path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found


def in_words(counts: dict[str, int]) -> str:
    """``3 sweeps, 24 trials``: how many runs of each stage."""
    said = [(counts[stage], NOUNS.get(stage, stage)) for stage in sorted(counts)]
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in said) or "no runs"


def main() -> None:
    argparse.ArgumentParser(prog="python -m pipeline.tracking.rebuild", description=__doc__).parse_args()
    mirror.quiet()
    start = time.monotonic()
    with mirror.in_one_line():
        counts = rebuild()
    say(f"{place()} holds {in_words(counts)} ({time.monotonic() - start:.0f} s)")


if __name__ == "__main__":
    run_stage(main)
