"""Fills an empty MLflow database from the store of trials.

The project's own is moved aside first; a server that MLFLOW_TRACKING_URI names is copied into.
"""

import argparse
import time

from pipeline.console import run_stage, say
from pipeline.tracking import database, sync
from pipeline.tracking.address import DATABASE, is_own, place
from pipeline.tracking.failures import in_one_line, quiet

NOUNS = {"evaluate": "evaluation", "select": "selection"}


def rebuild() -> dict[str, int]:
    """Build the database anew; returns how many runs of each stage there are then."""
    return sync.copy(past=True, before=_move_aside if is_own() else lambda: say(f"copying into {place()}"))


def _move_aside() -> None:
    aside = database.move_aside()
    if aside:
        built = f"a new {DATABASE} is built from .trials and experiments"
        say(f"{DATABASE} is now {aside.name}; {built} (restart a UI that is open)")


def in_words(counts: dict[str, int]) -> str:
    """``3 sweeps, 24 trials``: how many runs of each stage."""
    said = [(counts[stage], NOUNS.get(stage, stage)) for stage in sorted(counts)]
    return ", ".join(f"{count} {noun}{'' if count == 1 else 's'}" for count, noun in said) or "no runs"


def main() -> None:
    argparse.ArgumentParser(prog="python -m pipeline.tracking.rebuild", description=__doc__).parse_args()
    quiet()
    start = time.monotonic()
    with in_one_line():
        counts = rebuild()
    say(f"{place()} holds {in_words(counts)} ({time.monotonic() - start:.0f} s)")


if __name__ == "__main__":
    run_stage(main)
