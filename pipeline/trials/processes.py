"""Who trains a trial, and whether they still do; none may outlive who started it, or it writes beside the next run."""

import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

import psutil

INTERVAL = 1.0  # seconds between two looks
LEFT = "left"  # in run.json: when its process ended its work on the trial, finished or not


def identity() -> dict[str, Any]:
    """This process, as run.json has it: what ``alive`` knows it by."""
    process = psutil.Process()
    return {"host": socket.gethostname(), "pid": process.pid, "process_start": process.create_time()}


def is_this(run: Mapping[str, Any]) -> bool:
    """Whether a run.json is of this process."""
    return (run.get("host"), run.get("pid")) == (socket.gethostname(), os.getpid()) and alive(run)


def alive(run: Mapping[str, Any]) -> bool:
    """Whether the process of a run.json still trains; another host's is taken at its word.

    A process with the same id that started at another time is not it, and one that only waits to be buried is dead.
    """
    if run.get(LEFT):
        return False
    if run.get("host") != socket.gethostname():
        return bool(run.get("host"))
    try:
        process = psutil.Process(int(run["pid"]))
        return abs(process.create_time() - float(run["process_start"])) < 1.0 and _lives(process)
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def end_with_dvc() -> None:
    """End this process soon after the DVC that started it is gone; outside of DVC nothing happens."""
    if "DVC_STAGE" in os.environ:
        dvc = _dvc()
        threading.Thread(target=_end_after, args=(lambda: _wait_for(dvc),), daemon=True).start()


def end_with_trainer() -> None:
    """In a worker that ``multiprocessing`` started: end as soon as the process that did is gone."""
    trainer = multiprocessing.parent_process()
    if trainer is not None:
        threading.Thread(target=_end_after, args=(trainer.join,), daemon=True).start()


def _end_after(wait: Callable[[], object]) -> None:
    wait()
    os.kill(os.getpid(), signal.SIGTERM)


def _dvc() -> psutil.Process | None:
    """The nearest ancestor that is not the shell of our own command line; None if it is gone already."""
    above = psutil.Process().parent()
    while above is not None and "pipeline.stages" in " ".join(above.cmdline()):
        above = above.parent()
    init = above is not None and above.pid == 1 and "dvc" not in " ".join(above.cmdline())
    return None if init else above


def _lives(process: psutil.Process | None) -> bool:
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_for(other: psutil.Process | None) -> None:
    while _lives(other):
        time.sleep(INTERVAL)
