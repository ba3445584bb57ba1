"""Copies the trial store into MLflow: once, or with ``--follow`` about once a second until stdin ends.

Every pass is idempotent: a pass that finds nothing new writes nothing, and a lost database is rebuilt.
"""

import argparse
import logging
import sys
import threading
import time
import warnings
from collections.abc import Callable
from typing import Any

from pipeline.console import run_stage
from pipeline.tracking import store

INTERVAL = 1.0  # seconds between passes
SHARE = 4  # a pass may take one part in five of the time, however long it is


def copy(final: bool = True) -> None:
    """One pass over everything on disk. ``final``: sweeps without running trials have ended."""
    # mlflow takes seconds to import: it stays out of a pass that has nothing to do.
    from pipeline.tracking import destination, evaluation, leaderboard, runs, selection

    destination.prepare_environment()
    with destination.opened() as to:
        for name, value in leaderboard.missing_tags(to.client.get_experiment(to.experiment_id)).items():
            to.client.set_experiment_tag(to.experiment_id, name, value)
        known = to.runs()
        for experiment, trials in store.read_sweeps().items():
            runs.write_sweep(to, known, experiment, trials, final)
        selection.write_selection(to, known)
        evaluation.write_evaluation(to, known)


def follow(ended: threading.Event, copy: Callable[[bool], None] = copy, interval: float = INTERVAL) -> None:
    """Copy whenever the store has changed, until ``ended``; then copy once more."""
    seen: Any = None
    wait = 0.0
    while not ended.wait(wait):
        found, start = store.fingerprint(), time.monotonic()
        if found != seen and _survives(copy):
            seen = found
        wait = max(interval, SHARE * (time.monotonic() - start))
    copy(True)


def _survives(copy: Callable[[bool], None]) -> bool:
    try:
        copy(False)
    except Exception as error:  # a server that is away now may be back for the last pass, which reports
        logging.getLogger(__name__).debug("pass failed: %s", error)
        return False
    return True


def _end_of_stdin() -> threading.Event:
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.tracking.mirror", description=__doc__)
    parser.add_argument("--follow", action="store_true", help="copy again and again until stdin ends")
    following = parser.parse_args().follow
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")  # advice to MLflow's callers; the last line of stderr is kept for what failed
    if following:
        follow(_end_of_stdin())
    else:
        copy()


if __name__ == "__main__":
    run_stage(main)
