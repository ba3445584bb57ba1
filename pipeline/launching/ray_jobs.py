"""Jobs by Ray, on this machine or a cluster; trials of hosts that don't share this disk come home by a mailbox.

What runs on other hosts is sent along: the project itself is imported there only by the process that trains.
"""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.launching import task
from pipeline.launching.task import Told

KNOWS_TOKEN = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}
TOKEN = Path.home() / ".ray" / "auth_token"
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # Ray's own way to listen on 127.0.0.1 only


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

    def __init__(self, ray: Any, reference: Any, number: int) -> None:
        self._ray, self._reference = ray, reference
        self.name = f"Ray task {number}"

    def ended(self) -> bool:
        return bool(self._ray.wait([self._reference], timeout=0)[0])

    def told(self) -> list[Told]:
        """What it told of its trials; raises whatever Ray has for a task that died."""
        found: list[Told] = self._ray.get(self._reference)
        return found

    def cancel(self) -> None:
        self._ray.cancel(self._reference, force=False)


class RayJobs:
    """All jobs of a sweep."""

    def __init__(self, orders: Sequence[str], launcher: str, settings: dict[str, Any]) -> None:
        self._ray = _started(settings.get("init") or {})
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        remote = self._ray.remote
        here = NodeAffinitySchedulingStrategy(self._ray.get_runtime_context().get_node_id(), soft=False)
        self._mailbox = remote(num_cpus=0, scheduling_strategy=here)(Mailbox).remote()
        run = remote(**(settings.get("remote") or {"num_cpus": 1}))(_run)
        references = [run.remote(task.run, order, os.getcwd(), self._mailbox) for order in orders]
        self.jobs = [RayJob(self._ray, reference, number) for number, reference in enumerate(references)]

    def arrived(self) -> list[Told]:
        """What workers have sent since the last time."""
        found: list[Told] = self._ray.get(self._mailbox.empty.remote())
        return found

    def close(self) -> None:
        self._ray.shutdown()


def _started(init: dict[str, Any]) -> Any:
    """Ray, connected; one of this machine alone listens on no other address, and asks for a token of its own."""
    if init.get("address") is None and "RAY_ADDRESS" not in os.environ:
        os.environ |= LOOPBACK  # read when Ray is imported
        if not (KNOWS_TOKEN & os.environ.keys() or TOKEN.exists()):
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)  # else Ray writes one where train may not write
    import ray

    ray.cloudpickle.register_pickle_by_value(task)
    if not ray.is_initialized():
        ray.init(**init)
    return ray


def _run(run: Any, order: str, folder: str, mailbox: Any) -> list[Told]:
    import ray

    def bring(told: Told) -> None:
        if "parcel" in told:
            ray.get(mailbox.put.remote(dict(told)))
            del told["parcel"]

    found: list[Told] = run(order, folder, bring)
    return found
