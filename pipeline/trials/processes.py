"""Who trains a trial, and whether they still do; none may outlive who started it, or it writes beside the next run."""

import functools
import os
import signal
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any

import psutil

INTERVAL = 1.0  # seconds between two looks
TRAINER = "HOLDOUT_TRAINER"


def identity() -> dict[str, Any]:
    """This process, as run.json has it: what ``alive`` knows it by."""
    process = psutil.Process()
    return {"host": socket.gethostname(), "pid": process.pid, "process_start": process.create_time()}


def alive(run: Mapping[str, Any]) -> bool:
    """Whether the process of a run.json still trains; another host's is taken at its word.

    A process with the same id that started at another time is not it, and one that only waits to be buried is dead.
    """
    if run.get("host") != socket.gethostname():
        return bool(run)
    try:
        process = psutil.Process(int(run["pid"]))
        return abs(process.create_time() - float(run["process_start"])) < 1.0 and _lives(process)
    except (psutil.Error, KeyError, TypeError, ValueError):
        return False


def end_with_dvc() -> None:
    """End this process soon after the DVC that started it is gone; outside of DVC only its workers are told of it."""
    os.environ[TRAINER] = str(os.getpid())
    if "DVC_STAGE" in os.environ:
        _end_with(_dvc())


@functools.cache
def end_with_trainer() -> None:
    """In a worker: end soon after the trainer that started it is gone. In the trainer itself nothing happens."""
    if a_worker():
        _end_with(_process(int(os.environ[TRAINER])))


def a_worker() -> bool:
    """Whether this process is a worker of a trainer."""
    trainer = os.environ.get(TRAINER, "")
    return trainer.isdigit() and int(trainer) != os.getpid()


def _end_with(other: psutil.Process | None) -> None:
    threading.Thread(target=_watch, args=(other,), daemon=True).start()


def _process(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


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


def _watch(other: psutil.Process | None) -> None:
    while _lives(other):
        time.sleep(INTERVAL)
    os.kill(os.getpid(), signal.SIGTERM)
