"""python -m pipeline.launching: trains the trials of the order on its standard input, and tells of each as it ends.

One line of JSON each on standard output: first ``{"host": …, "confinement": …}``, then ``{"key": …, "summary": …}`` of
each trial; ``{"error": …}`` of what ended one or all of them. Where the disk is not that of who ordered it, they bring
the trials too; see sending.py. It ends when its standard input does.
"""

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
from pipeline.launching.sending import lay_out, parcel_of, sent_on_their_way
from pipeline.sealing.confine import held
from pipeline.trials.multiruns import trained_here
from pipeline.trials.trial import open_split

TOLD_OF = tuple(filter(None, (getattr(signal, name, None) for name in ("SIGUSR1", "SIGUSR2"))))


def main() -> None:
    for number in TOLD_OF:  # Slurm's, before a job's end, to all its processes; the job's own hears it
        signal.signal(number, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what else is printed goes to the job's log

    talking = threading.Lock()

    def tell(**what: Any) -> None:
        with talking:
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
    if order.is_home():
        _each(order, tell, lambda key, status: {})
        return
    lay_out(order.unfinished)
    seconds = max((job.seconds for _, job in order.jobs), default=0.0)
    with sent_on_their_way([key for key, _ in order.jobs], tell, seconds):
        _each(order, tell, parcel_of)


def _each(order: Order, tell: Callable[..., None], brought: Callable[[str, str], dict[str, str]]) -> None:
    keys = {job.number: key for key, job in order.jobs}
    group = [job for _, job in order.jobs]
    if not group:  # all had ended when this job took over
        return
    for job, found in trained_here(group, order.workers, order.sweep, lambda job, epoch: None, lambda: False):
        if isinstance(found, str):
            tell(error=found)
        else:
            key = keys[job.number]
            tell(key=key, summary=found, **brought(key, found["status"]))


if __name__ == "__main__":
    main()
