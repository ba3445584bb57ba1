"""Ours: the trials of an experiment of conf/, each trained as the train stage does, the best by validation scored."""

import dataclasses
import hashlib
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from hydra import compose, initialize_config_dir
from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

import pipeline.configuration.composing  # noqa: F401  it tells Hydra of the launcher
from benchmarks.tables.dealt import Ours
from benchmarks.tables.measures import measured, of_validation
from benchmarks.tables.trying import Clock, Facts
from pipeline.configuration.settings import from_config, resolve
from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.sealing.certificate import order
from pipeline.storage.documents import as_json
from pipeline.training.fit import Outcome
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.training.model import Model
from pipeline.training.validation import validate
from pipeline.trials.jobs import OF_THE_SWEEP
from pipeline.trials.keys import engine_hash

Array = np.ndarray
CONF = Path(__file__).resolve().parents[2] / "conf"
WARM = 256  # rows of an epoch that is not counted, in which Numba compiles what it has not compiled yet
PACKAGES = ("numpy", "numba", "scipy")


@dataclasses.dataclass(frozen=True)
class Sweep:
    """An experiment's name, and words that change it, such as ``network.hidden=[64]`` or ``seed=1,2,3``."""

    experiment: str
    words: tuple[str, ...] = ()

    def jobs(self) -> list[list[str]]:
        """The overrides of each job, as Hydra's sweeper makes them."""
        path = CONF / f"experiment/{self.experiment}.yaml"
        params = (yaml.safe_load(path.read_text(encoding="utf-8")).get("hydra") or {}).get("sweeper", {}).get("params")
        words = [*(f"{name}={value}" for name, value in (params or {}).items()), *self.words]
        parsed = OverridesParser.create().parse_overrides(words)
        return [[f"experiment={self.experiment}", *job] for job in BasicSweeper.split_arguments(parsed, None)[0]]

    def settings(self) -> list[Hyperparameters]:
        """The settings of each job, not resolved."""
        return list(_composed(self))


@cache
def _composed(sweep: Sweep) -> tuple[Hyperparameters, ...]:
    found = []
    with initialize_config_dir(str(CONF), version_base="1.3"):
        for job in sweep.jobs():
            config = compose("config", job)
            values = OmegaConf.create({name: config[name] for name in config if name not in OF_THE_SWEEP})
            found.append(from_config(values, job))
    return tuple(found)


@cache
def identity(sweep: Sweep) -> Facts:
    """What decides ours, beside the rows: settings, the engine's code, and the packages under it."""
    settings = [dataclasses.asdict(one) for one in sweep.settings()]
    return {"settings": settings, "engine": engine_hash(), "packages": {name: version(name) for name in PACKAGES}}


def tried(sweep: Sweep, rows: Ours) -> Facts:
    """Train all jobs, choose by the project's rule, measure; costs are those of all jobs."""
    settings = [resolve(one, rows.card) for one in sweep.settings()]
    for one in settings:
        warm(one, rows)
    clock = Clock()
    outcomes = [validate(one, rows.train, rows.validation, rows.card) for one in settings]
    costs = clock.read()
    chosen = _chosen(settings, outcomes)
    model = outcomes[chosen].model
    assert model is not None
    words = " ".join(sweep.jobs()[chosen][1:]) or "defaults"
    facts: Facts = {**costs, "chosen": f"{words}: epoch {outcomes[chosen].best_epoch} of {outcomes[chosen].epochs}"}
    facts["trials"] = [_score(outcome) for outcome in outcomes]
    facts |= of_validation(of_part(model, rows.validation, rows.card))
    return facts if rows.test is None else {**facts, **of_part(model, rows.test, rows.card)}


def warm(settings: Hyperparameters, rows: Ours) -> None:
    """Let Numba compile what these settings need."""
    few = np.arange(min(WARM, len(rows.train)))
    validate(changed(settings, {"stopping.epochs": 1}), rows.train.take(few), rows.validation, rows.card)


def _score(outcome: Outcome) -> float | None:
    return outcome.score if outcome.status == "finished" else None


def _chosen(settings: Sequence[Hyperparameters], outcomes: Sequence[Outcome]) -> int:
    """The number of the job that the select stage would choose."""
    found = []
    for number, (one, outcome) in enumerate(zip(settings, outcomes, strict=True)):
        if outcome.status == "finished" and outcome.model is not None:
            stored = as_json(dataclasses.asdict(one)).encode()
            facts = {"score": outcome.score, "parameters": outcome.model.parameters}
            found.append((order({**facts, "settings_sha256": hashlib.sha256(stored).hexdigest()}), number))
    if not found:
        raise ValueError("; ".join(dict.fromkeys(outcome.reason for outcome in outcomes)))
    return min(found)[1]


def of_part(model: Model, rows: Rows, card: Card) -> dict[str, float]:
    """Error and log loss, or RMSE, of the model on these rows."""
    if not card.classes:
        return measured(rows.y.reshape(len(rows), -1)[:, 0], model.predict(rows.X).reshape(len(rows), -1)[:, 0], False)
    outputs: Any = model.scores(rows.X)
    return measured(rows.y.astype(np.int64), outputs, True, model.decode(outputs))
