"""Copies the trial store into MLflow: once, or with ``--follow`` about once a second until stdin ends.

After the end of stdin, when a stage waits, slow calls are waited for only as long as waiting.py says.
"""

import argparse
import contextlib
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.console import run_stage
from pipeline.tracking import sync
from pipeline.tracking.contents import fingerprint
from pipeline.tracking.failures import in_one_line, quiet, reason
from pipeline.tracking.waiting import LIMIT, SHORT, waiting

INTERVAL = 1.0  # seconds between passes
SHARE = 4  # a pass may take one part in five of the time
LONGEST = 2.0  # seconds between passes at most: where metrics come in quickly, it takes more of the time, and keeps up
NICE = 5  # how much a process steps back behind others
PAUSE = 0.3  # seconds before the last pass is tried again


def follow(ended: threading.Event, copy: Callable[[bool], object] | None = None, interval: float = INTERVAL) -> None:
    """Copy whenever something changed on disk, until ``ended``; then once more."""
    copy, seen = copy or sync.Copying().news, None
    wait = 0.0
    while not ended.wait(wait):
        waiting.restart()
        found, start = fingerprint(), time.monotonic()
        if found != seen and _survives(copy, False):
            seen = found
        took = time.monotonic() - start
        wait = max(interval, min(SHARE * took, LONGEST)) if took < LONGEST else interval
    if not _survives(copy, True):  # the server may have closed a connection just now
        time.sleep(PAUSE)
        copy(True)


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
        limit = LIMIT if waiting.restart() < LIMIT else SHORT
        ended.set()
        while waiting.spent() < limit:
            time.sleep(0.05)
        # Whatever is half written is made up for by the next pass; the lock ends with the process.
        print("it answers slowly or not at all", file=sys.stderr, flush=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
    return ended


def _wait_to_begin() -> None:
    """Until the stage names its experiment; one that ends before has nothing to show."""
    line = sys.stdin.buffer.readline()
    if not line:
        sys.exit(0)
    os.environ["HOLDOUT_EXPERIMENT"] = line.decode().strip()


def _give_way() -> None:
    """Compute only where nobody trains: on two cores, importing MLflow alone takes as long as a small trial."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(NICE)
    with contextlib.suppress(OSError):  # Linux may share cores among sessions first, and this is one of its own
        Path("/proc/self/autogroup").write_text(str(NICE), encoding="ascii")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pipeline.tracking.mirror", description=__doc__)
    parser.add_argument("--follow", action="store_true", help="copy again and again until stdin ends")
    following = parser.parse_args().follow
    quiet()
    if not following:
        with in_one_line():
            sync.copy()
        return
    _give_way()
    try:
        _wait_to_begin()
        follow(_end_of_stdin())
    except Exception as error:
        print(reason(error), file=sys.stderr)  # for the stage, which says it in its own words
        sys.exit(1)


if __name__ == "__main__":
    run_stage(main)
