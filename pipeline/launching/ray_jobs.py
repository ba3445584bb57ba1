"""Jobs by Ray, on this machine or a cluster; trials of hosts that don't share this disk come home by a mailbox.

What runs on other hosts is sent along: the project itself is imported there only by the process that trains.
"""

import os
from collections.abc import Sequence
from typing import Any

import ray
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from pipeline.launching import task
from pipeline.launching.task import Told


class Mailbox:
    """What workers send and the trainer fetches."""

    def __init__(self) -> None:
        self._letters: list[Told] = []

    def put(self, letter: Told) -> None:
        self._letters.append(letter)

    def empty(self) -> list[Told]:
        letters, self._letters = self._letters, []
        return letters


class RayJob:
    """One task that was submitted."""

    def __init__(self, reference: Any, number: int) -> None:
        self._reference = reference
        self.name = f"Ray task {number}"

    def ended(self) -> bool:
        return bool(ray.wait([self._reference], timeout=0)[0])

    def told(self) -> list[Told]:
        """What it told of its trials; raises whatever Ray has for a task that died."""
        found: list[Told] = ray.get(self._reference)
        return found

    def cancel(self) -> None:
        ray.cancel(self._reference, force=False)


class RayJobs:
    """All jobs of a sweep."""

    def __init__(self, orders: Sequence[str], launcher: str, settings: dict[str, Any]) -> None:
        ray.cloudpickle.register_pickle_by_value(task)
        if not ray.is_initialized():
            ray.init(**settings.get("init", {}))
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
        made: Any = ray.remote(num_cpus=0, scheduling_strategy=here)(Mailbox)
        run: Any = ray.remote(**(settings.get("remote") or {"num_cpus": 1}))(_run)
        self._mailbox = made.remote()
        self.jobs = [
            RayJob(run.remote(task.run, order, os.getcwd(), self._mailbox), number)
            for number, order in enumerate(orders)
        ]

    def arrived(self) -> list[Told]:
        """What workers have sent since the last time."""
        found: list[Told] = ray.get(self._mailbox.empty.remote())
        return found

    def close(self) -> None:
        ray.shutdown()


def _run(run: Any, order: str, folder: str, mailbox: Any) -> list[Told]:
    import ray

    def bring(told: Told) -> None:
        if "parcel" in told:
            ray.get(mailbox.put.remote(dict(told)))
            del told["parcel"]

    found: list[Told] = run(order, folder, bring)
    return found
