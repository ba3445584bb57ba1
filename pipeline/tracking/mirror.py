"""Copies the trial store into MLflow: once, or with ``--follow`` about once a second until stdin ends.

Every pass is idempotent: a pass that finds nothing new writes nothing, and one that was cut short is made up for by
the next. After the end of stdin, when a stage waits, slow calls are waited for only as long as patience.py says.
"""

import argparse
import collections
import contextlib
import logging
import os
import re
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from pipeline.console import run_stage
from pipeline.errors import HoldoutError
from pipeline.tracking import shown, store
from pipeline.tracking.patience import LIMIT, SHORT, patience
from pipeline.tracking.process import place

INTERVAL = 1.0  # seconds between passes
SHARE = 4  # a pass may take one part in five of the time, however long it is
PAUSE = 0.3  # seconds before the last pass is tried again
# What an error says somewhere in its text, and all that a person needs of it.
TELLING = re.compile(
    r"Connection refused|Connection reset|timed out|Name or service not known|database is locked"
    r"|too many \d+ error responses"
)


def copy(final: bool = True, past: bool = False, before: Callable[[], object] = lambda: None) -> dict[str, int]:
    """One pass over everything on disk; returns how many runs of each stage there are.

    Args:
        final: sweeps without running trials have ended; else that of this stage may go on.
        past: also the trials of earlier sweeps that are still in the store.
        before: called when no other mirror of this folder writes.
    """
    # mlflow takes seconds to import: it stays out of a pass that has nothing to do.
    from pipeline.tracking import destination, evaluation, leaderboard, memory, runs, selection

    destination.prepare_environment()
    with destination.opened(before) as to:
        for name, value in leaderboard.missing_tags(to.client.get_experiment(to.experiment_id)).items():
            to.client.set_experiment_tag(to.experiment_id, name, value)
        known, sweeps = to.runs(), store.read_sweeps()
        found = shown.state(sweeps)
        shown.forget()
        try:
            for experiment, trials in sweeps.items():
                ended = final or experiment != os.environ.get("HOLDOUT_EXPERIMENT")
                runs.write_sweep(to, known, experiment, trials, ended)
            runs.close_left(to, known, sweeps)
            for experiment in sweeps if past else ():
                runs.write_past(to, known, experiment)
            selection.write_selection(to, known)
            evaluation.write_evaluation(to, known)
        finally:
            memory.remember(known)
        if final and to.own and _settled(to.runs(), sweeps):
            shown.remember(found)
        return dict(collections.Counter(key[0] for key, run in known.items() if not destination.deleted(run)))


def _settled(runs: dict[tuple[str, ...], Any], sweeps: dict[str, Any]) -> bool:
    """Whether nothing is left that can change without a change on disk: a process that ends, a sweep restored."""
    there = {key: run for key, run in runs.items() if run.info.lifecycle_stage == "active"}
    parents = all(("sweep", name, "") in there for name, trials in sweeps.items() if trials)
    return parents and not any(run.info.status == "RUNNING" for run in there.values())


def follow(
    ended: threading.Event,
    copy: Callable[[bool], object] = copy,
    interval: float = INTERVAL,
    news: Callable[[bool], bool] = shown.news,
) -> None:
    """Copy whenever the store has news, until ``ended``; then copy once more if there are any."""
    seen: Any = None
    wait = 0.0
    while not ended.wait(wait):
        patience.restart()
        found, start = store.fingerprint(), time.monotonic()
        if found != seen and (not _any(news, False) or _survives(copy, False)):
            seen = found
        wait = max(interval, SHARE * (time.monotonic() - start))
    if _any(news, True) and not _survives(copy, True):  # the server may have closed a connection just now
        time.sleep(PAUSE)
        copy(True)


def _any(news: Callable[[bool], bool], final: bool) -> bool:
    """True also if it can't be told: files come and go while stages write; the pass looks for itself."""
    try:
        return news(final)
    except Exception as error:
        logging.getLogger(__name__).debug("no telling: %s", error)
        return True


def _survives(copy: Callable[[bool], object], final: bool) -> bool:
    try:
        copy(final)
    except Exception as error:  # a server that is away now may be back for the last pass, which reports
        logging.getLogger(__name__).debug("pass failed: %s", error)
        return False
    return True


def _end_of_stdin() -> threading.Event:
    ended = threading.Event()

    def wait() -> None:
        sys.stdin.buffer.read()
        limit = LIMIT if patience.restart() < LIMIT else SHORT
        ended.set()
        while patience.spent() < limit:
            time.sleep(0.05)
        # Whatever is half written is made up for by the next pass; the lock ends with the process.
        print("it answers slowly or not at all", file=sys.stderr, flush=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    return ended


def reason(error: Exception) -> str:
    """Why a pass failed, in a few words."""
    text = " ".join(str(error).split())
    known = TELLING.search(text)
    return known[0].lower() if known else f"{type(error).__name__}: {text[:200]}"


@contextlib.contextmanager
def in_one_line() -> Iterator[None]:
    """What goes wrong with MLflow becomes an error of one line."""
    try:
        yield
    except HoldoutError:
        raise
    except Exception as error:
        raise HoldoutError(f"MLflow at {place()}: {reason(error)}; nothing is lost: run this again later") from error


def quiet() -> None:
    """No advice to MLflow's callers on the terminal."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.tracking.mirror", description=__doc__)
    parser.add_argument("--follow", action="store_true", help="copy again and again until stdin ends")
    following = parser.parse_args().follow
    quiet()
    if not following:
        with in_one_line():
            copy()
        return
    try:
        follow(_end_of_stdin())
    except Exception as error:
        print(reason(error), file=sys.stderr)  # for the stage, which says it in its own words
        sys.exit(1)


if __name__ == "__main__":
    run_stage(main)
