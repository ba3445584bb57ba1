"""What has become of Slurm's jobs where no accounts are kept: submitit asks sacct, and would wait for lost ones.

squeue lists jobs that wait or run, and for some minutes (MinJobAge) those that have ended. One that it lists no more
has ended: it has left its result, or it died.
"""

import subprocess
import time
from collections.abc import Callable

from submitit.slurm.slurm import SlurmInfoWatcher, SlurmJob

PATIENCE = 60.0  # seconds in which a job that was just submitted may not be listed yet
QUEUE = ("squeue", "--me", "--states=all", "--array", "--noheader", "--format=%i|%T")
GONE = "GONE"


class QueueWatcher(SlurmInfoWatcher):  # type: ignore[misc]  # submitit has no types here
    """Submitit's view of its jobs, by squeue."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(delay_s=60)
        self._clock = clock
        self._seen: dict[str, float] = {}

    def register_job(self, job_id: str) -> None:
        super().register_job(job_id)
        self._seen[job_id] = self._clock()

    def update(self) -> None:
        """Ask squeue; where it has no answer, what was known stays."""
        self._num_calls += 1
        self._last_status_check = time.time()
        done = subprocess.run(QUEUE, capture_output=True, text=True, check=False)
        if done.returncode:
            return
        now = self._clock()
        listed = dict(line.strip().split("|") for line in done.stdout.splitlines() if "|" in line)
        for job_id in self._registered - self._finished:
            if job_id in listed:
                self._seen[job_id] = now
                self._info_dict[job_id] = {"State": listed[job_id]}
            elif now - self._seen[job_id] > PATIENCE:
                self._info_dict[job_id] = {"State": GONE}
            if self.is_done(job_id, mode="cache"):
                self._finished.add(job_id)


def ask_what_answers() -> None:
    """Let submitit ask squeue where sacct has no answer."""
    if subprocess.run(["sacct", "--allocations"], capture_output=True, check=False).returncode:
        SlurmJob.watcher = QueueWatcher()
