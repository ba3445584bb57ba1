"""What a job of Slurm or Ray does: it starts the process that trains the job's trials, and hears what came of each.

It imports nothing of the project: the process that it starts is confined before that does.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

Told = dict[str, Any]  # of one trial; see __main__.py
PROGRAM = "pipeline.launching"


def run(order: str, folder: str, bring: Callable[[Told], None] | None = None) -> list[Told]:
    """Train the trials of an order in the project's folder; returns what the process told, in its order.

    Only the death of the job itself raises anything: what else goes wrong is told.

    Args:
        order: as ``Order.to_text`` has it; bring: called with each that it tells, as it does.
    """
    told: list[Told] = []
    command = [sys.executable, "-m", PROGRAM]
    try:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    except OSError as error:
        return [{"error": f"{folder}: {error.strerror}: the project has to be there on each host"}]
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order + "\n")
            process.stdin.flush()  # and it stays open: the process ends when this one is gone
            for line in process.stdout:
                told.append(json.loads(line))
                if bring is not None:
                    bring(told[-1])
        except BrokenPipeError:
            pass
        finally:
            process.stdin.close()
    if process.returncode and not any("error" in one for one in told):
        told.append({"error": f"the process that trained them ended with status {process.returncode}"})
    return told


class Requeued:
    """``run`` for submitit: a job whose time is over, or that makes room for another, is queued again as it was.

    What it has finished is in the store then, and the trial that it was at goes on from its checkpoint.
    """

    def __call__(self, order: str, folder: str) -> list[Told]:
        return run(order, folder)

    def checkpoint(self, order: str, folder: str) -> Any:
        from submitit.helpers import DelayedSubmission

        # Slurm ends all of a job that is queued again: also the `scontrol` that asks for it, unless that ignores it.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        return DelayedSubmission(self, order, folder)
