"""Jobs by Ray, on this machine or a cluster; trials of hosts that don't share this disk come home by a mailbox.

What runs on other hosts is sent along: the project itself is imported there only by the process that trains.
"""

import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.launching import task
from pipeline.launching.task import Told

KNOWS_TOKEN = {"RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"}
TOKEN = Path.home() / ".ray" / "auth_token"
ENDED, ON_ITS_WAY, FAILED = "parcel", "unfinished", "failed"  # of sending.py and folder.py, not imported by tasks
LOOPBACK = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # Ray's own way to listen on 127.0.0.1 only


class Mailbox:
    """What workers send and the trainer fetches; and how far they had come, for who takes over from one that died."""

    def __init__(self) -> None:
        self._letters: list[Told] = []
        self._ended: set[str] = set()
        self._begun: dict[str, str] = {}

    def put(self, letter: Told) -> None:
        self._letters.append(letter)
        if ON_ITS_WAY in letter:
            self._begun[letter["key"]] = letter[ON_ITS_WAY]
        elif letter["summary"]["status"] != FAILED:  # which is trained again wherever it is asked for
            self._ended.add(letter["key"])
            self._begun.pop(letter["key"], None)

    def empty(self) -> list[Told]:
        letters, self._letters = self._letters, []
        return letters

    def what_is_left(self, order: str) -> str:
        """The order, without the trials that have ended, and with the latest that was sent of the others."""
        given = json.loads(order)
        given["jobs"] = [pair for pair in given["jobs"] if pair[0] not in self._ended]
        given["unfinished"] |= {key: self._begun[key] for key, _ in given["jobs"] if key in self._begun}
        return json.dumps(given)


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
        if brought := {ENDED, ON_ITS_WAY} & told.keys():
            ray.get(mailbox.put.remote(dict(told)))
            for name in brought:
                del told[name]

    left = ray.get(mailbox.what_is_left.remote(order))  # a task that was begun elsewhere may have told of some
    found: list[Told] = run(left, folder, bring)
    return found
