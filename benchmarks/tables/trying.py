"""One fit in a process of its own: what it costs is told apart from everyone else's, and it can fail alone."""

import multiprocessing
import resource
import signal
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from threadpoolctl import threadpool_limits

from pipeline.trials.processes import end_with_trainer

Facts = dict[str, Any]


def cpu_seconds() -> float:
    """User and system time of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


class Clock:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._cpu, self._wall = cpu_seconds(), time.perf_counter()

    def read(self) -> Facts:
        return {"cpu_seconds": cpu_seconds() - self._cpu, "wall_seconds": time.perf_counter() - self._wall}


def alone(work: Callable[[], Facts]) -> Facts:
    """What ``work`` returns with ``status: finished``; or ``failed`` with the reason, if it raises or is killed."""
    context = multiprocessing.get_context("fork")  # what is imported here needn't be imported again
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_told, args=(work, theirs))
    clock = Clock()
    process.start()
    theirs.close()
    try:
        found: Facts = mine.recv()
    except EOFError:
        found = {"status": "failed", "reason": "", **clock.read()}
    process.join()
    if not found.get("reason") and found["status"] == "failed":
        found["reason"] = f"ended by {_ending(process.exitcode)}"
    return found


def _told(work: Callable[[], Facts], to: Connection) -> None:
    end_with_trainer()
    clock = Clock()
    try:
        with threadpool_limits(limits=1):
            found = {"status": "finished", "reason": "", **work()}
    except Exception as error:
        text = " ".join(f"{type(error).__name__}: {error}".split())
        found = {"status": "failed", "reason": text[:300], **clock.read()}
    to.send(found)
    to.close()


def _ending(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
