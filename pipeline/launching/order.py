"""What a job is given: a group of trials as plain text, which another host can train without Hydra or conf/."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from pipeline.configuration.settings import from_config, resolve
from pipeline.errors import HoldoutError
from pipeline.launching.sending import on_its_way
from pipeline.storage.parts import OpenData
from pipeline.storage.places import HYDRA
from pipeline.trials.jobs import Job
from pipeline.trials.keys import noted, trial_key
from pipeline.trials.sweeps import Sweep


@dataclasses.dataclass(frozen=True)
class Order:
    """Trials to be trained by one job.

    Attributes:
        jobs: with their keys; workers: how many of them at the same time.
        origin: what beside the settings decides a trial's result, as ``noted`` has it.
        unfinished: parcels of those that can go on where they are, for a disk that hasn't got them; see sending.py.
    """

    experiment: str
    identity: str
    jobs: tuple[tuple[str, Job], ...]
    workers: int
    origin: dict[str, str]
    unfinished: dict[str, str] = dataclasses.field(default_factory=dict)

    def to_text(self) -> str:
        """One line of JSON."""
        return json.dumps(dataclasses.asdict(self))

    def is_home(self) -> bool:
        """Whether the disk here is that of who ordered it: the mark of its sweep is on it."""
        return mark(self.identity).exists()

    @property
    def sweep(self) -> Sweep:
        return Sweep(self.experiment, self.identity)


def mark(identity: str) -> Path:
    """A file that tells the jobs of a sweep, while it goes on, that they see its disk."""
    return HYDRA / "marks" / Path(identity).name


def order_of(group: Sequence[Job], sweep: Sweep, data: OpenData, workers: int, travels: bool = False) -> Order:
    """The order to train these jobs on these data; travels: to hosts that may not see this disk."""
    pairs = tuple((trial_key(job.settings, data), job) for job in group)
    begun = {key: text for key, _ in pairs if (text := on_its_way(key))} if travels else {}
    return Order(sweep.experiment, sweep.identity, pairs, workers, noted(data), begun)


def order_from(text: str, data: OpenData) -> Order:
    """The order that ``to_text`` has written, on the data here.

    Raises:
        HoldoutError: a trial would be another one here: data, code or libraries are not those of who ordered it.
    """
    given: dict[str, Any] = json.loads(text)
    here = noted(data)
    asked = given["origin"]
    if other := sorted(name for name in here.keys() | asked.keys() if here.get(name) != asked.get(name)):
        raise HoldoutError(f"here trials would be others, for {', '.join(other)} differ: bring the project up to date")
    given["jobs"] = tuple((key, _job(values, key, data)) for key, values in given["jobs"])
    return Order(**given)


def _job(values: dict[str, Any], key: str, data: OpenData) -> Job:
    settings = resolve(from_config(OmegaConf.create(values["settings"])), data.card)
    if (found := trial_key(settings, data)) != key:
        raise HoldoutError(f"trial {key} would be {found} here: bring the project up to date")
    return Job(**{**values, "words": tuple(values["words"]), "settings": settings})
