"""python -m pipeline.launching: trains the trials of the order on its standard input, and tells of each as it ends.

One line of JSON each on standard output: first ``{"host": …, "confinement": …}``, then ``{"key": …, "summary": …}`` of
each trial, with its ``parcel`` where the disk is not that of who ordered it; ``{"error": …}`` of what ended one or all
of them. It ends when its standard input does.
"""

import base64
import json
import os
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.launching.order import Order, order_from
from pipeline.sealing.confine import held
from pipeline.trials.multiruns import trained_here
from pipeline.trials.parcels import packed
from pipeline.trials.trial import open_split

NO_PAUSES = (
    "a search that stops trials early (halving, hyperband, asha) needs a disk that all hosts share, where paused "
    "trials stay; random, sobol, tpe and cmaes need none"
)
TOLD_OF = tuple(filter(None, (getattr(signal, name, None) for name in ("SIGUSR1", "SIGUSR2"))))


def main() -> None:
    for number in TOLD_OF:  # Slurm's, before a job's end, to all its processes; the job's own hears it
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what else is printed goes to the job's log

    def tell(**what: Any) -> None:
        answers.write(json.dumps(what) + "\n")

    text = sys.stdin.readline()
    done = threading.Event()
    threading.Thread(target=_end_with_job, args=(done,), daemon=True).start()
    confinement = held()
    tell(host=socket.gethostname(), confinement=confinement.kind if confinement else "off")
    try:
        _train(order_from(text, open_split()), tell)
    except (HoldoutError, OSError, KeyboardInterrupt) as error:
        tell(error=f"{socket.gethostname()}: {error or 'interrupted'}")
    except Exception as error:
        traceback.print_exc()
        tell(error=f"{socket.gethostname()}: {type(error).__name__}: {error}")
    done.set()


def _end_with_job(done: threading.Event) -> None:
    """End this process when the job has ended; not when the job has heard all, and waits for it to end."""
    while os.read(0, 1):
        pass
    if not done.is_set():
        os.kill(os.getpid(), signal.SIGTERM)


def _train(order: Order, tell: Callable[..., None]) -> None:
    keys = {job.number: key for key, job in order.jobs}
    group = [job for _, job in order.jobs]
    if any(job.until for job in group) and not order.is_home():
        raise HoldoutError(NO_PAUSES)
    for job, found in trained_here(group, order.workers, order.sweep, lambda job, epoch: None, lambda: False):
        if isinstance(found, str):
            tell(error=found)
        else:
            key = keys[job.number]
            tell(key=key, summary=found, **({} if order.is_home() else {"parcel": _parcel(key)}))


def _parcel(key: str) -> str:
    return base64.b64encode(packed(key)).decode()


if __name__ == "__main__":
    main()
