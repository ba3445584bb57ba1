"""A trainer that DVC started must not outlive it: it would write beside the next run."""

import os
import signal
import threading
import time

import psutil

INTERVAL = 1.0  # seconds between two looks


def end_with_dvc() -> None:
    """End this process soon after the DVC that started it is gone; does nothing outside of DVC."""
    if "DVC_STAGE" in os.environ:
        threading.Thread(target=_watch, args=(_dvc(),), daemon=True).start()


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


def _watch(dvc: psutil.Process | None) -> None:
    while _alive(dvc):
        time.sleep(INTERVAL)
    os.kill(os.getpid(), signal.SIGTERM)
