"""A trainer that DVC started must not outlive it, nor a worker its trainer: they would write beside the next run."""

import functools
import os
import signal
import threading
import time

import psutil

INTERVAL = 1.0  # seconds between two looks
TRAINER = "HOLDOUT_TRAINER"


def end_with_dvc() -> None:
    """End this process soon after the DVC that started it is gone; outside of DVC only its workers are told of it."""
    os.environ[TRAINER] = str(os.getpid())
    if "DVC_STAGE" in os.environ:
        _end_with(_dvc())


@functools.cache
def end_with_trainer() -> None:
    """In a worker: end soon after the trainer that started it is gone. In the trainer itself nothing happens."""
    trainer = os.environ.get(TRAINER, "")
    if trainer.isdigit() and int(trainer) != os.getpid():
        _end_with(_process(int(trainer)))


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


def _alive(process: psutil.Process | None) -> bool:
    try:
        return process is not None and process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _watch(other: psutil.Process | None) -> None:
    while _alive(other):
        time.sleep(INTERVAL)
    os.kill(os.getpid(), signal.SIGTERM)
