"""Jobs by submitit: processes of this machine, or an array of jobs of Slurm."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import submitit

from pipeline.launching import slurm_queue, task
from pipeline.launching.task import Told
from pipeline.storage import atomic
from pipeline.storage.places import HYDRA

FOLDER = HYDRA / "submitit"  # what jobs are given, what they answer and their logs
SHARED = (
    "timeout_min",
    "cpus_per_task",
    "mem_gb",
    "name",
    "stderr_to_stdout",
    "nodes",
    "tasks_per_node",
    "gpus_per_node",
)
OF_EXECUTOR = ("max_num_timeout",)


class SubmititJob:
    """One job that was submitted; well: whether it has ended and told of no error."""

    def __init__(self, job: Any) -> None:
        self._job = job
        self.name, self.folder, self.well = f"job {job.job_id}", Path(job.paths.folder), False

    def ended(self) -> bool:
        return bool(self._job.done())

    def told(self) -> list[Told]:
        """What it told of its trials; raises whatever submitit has for a job that died."""
        found: list[Told] = self._job.results()[0]
        self.well = not any("error" in one for one in found)
        return found

    def cancel(self) -> None:
        self._job.cancel(check=False)


class SubmititJobs:
    """All jobs of a sweep."""

    def __init__(self, orders: Sequence[str], launcher: str, settings: dict[str, Any]) -> None:
        """Submit a job for each order; the settings are those of hydra-submitit-launcher."""
        cluster = launcher.removeprefix("submitit_")
        given = {name: value for name, value in settings.items() if value is not None}
        own = {f"{cluster}_{name}": given.pop(name) for name in OF_EXECUTOR if name in given}
        FOLDER.mkdir(parents=True, exist_ok=True)
        executor = submitit.AutoExecutor(FOLDER.absolute() / "%j", cluster=cluster, **own)
        executor.update_parameters(
            **{name if name in SHARED else f"{cluster}_{name}": value for name, value in given.items()}
        )
        if cluster == "slurm":
            slurm_queue.ask_what_answers()
        jobs = executor.map_array(task.Requeued(), list(orders), [os.getcwd()] * len(orders))
        self.jobs = [SubmititJob(job) for job in jobs]

    def arrived(self) -> list[Told]:
        """Nothing: the disk is shared, or jobs could not be given anything."""
        return []

    def close(self) -> None:
        """Remove their files if all went well; else they stay, for whoever looks into a log."""
        if all(job.well for job in self.jobs):
            for folder in {job.folder for job in self.jobs}:
                atomic.remove(folder)
