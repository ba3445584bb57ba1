"""An engine for tests, whose jobs are done in this process and end when the test says so."""

import base64
from collections.abc import Callable, Sequence
from typing import Any

from pipeline.launching.order import order_from
from pipeline.trials.jobs import train
from pipeline.trials.parcels import packed
from tests.trials.made import data

Told = dict[str, Any]


class MadeJob:
    """Does its order when it is asked whether it has ended."""

    def __init__(self, number: int, order: str) -> None:
        self.name, self._order, self._number = f"job {number}", order, number
        self.cancelled = False
        self._told: list[Told] | Exception | None = None

    def ended(self) -> bool:
        if self._told is None and not MadeJobs.endless:
            try:
                self._told = MadeJobs.does(self._number, self._order)
            except RuntimeError as error:
                self._told = error
        return self._told is not None

    def told(self) -> list[Told]:
        if isinstance(self._told, Exception):
            raise self._told
        return self._told or []

    def cancel(self) -> None:
        self.cancelled = True


class MadeJobs:
    """does: what each job does with its order; letters: what has come from other disks."""

    does: Callable[[int, str], list[Told]] = staticmethod(lambda number, order: trained(order))
    letters: list[Told] = []  # noqa: RUF012
    endless = False
    latest: "MadeJobs"

    def __init__(self, orders: Sequence[str], launcher: str, settings: dict[str, Any]) -> None:
        if settings.get("partition") == "none":
            raise RuntimeError("sbatch: error: invalid partition specified: none\nsbatch: error: Batch job failed")
        self.jobs = [MadeJob(number, order) for number, order in enumerate(orders)]
        MadeJobs.latest, self.closed = self, False

    def arrived(self) -> list[Told]:
        found, MadeJobs.letters = MadeJobs.letters, []
        return found

    def close(self) -> None:
        self.closed = True


def trained(text: str) -> list[Told]:
    """What a job tells that has trained all."""
    order = order_from(text, data())
    return [{"key": key, "summary": train(job, order.sweep, lambda epoch: None)} for key, job in order.jobs]


def parcel(key: str) -> str:
    return base64.b64encode(packed(key)).decode()
