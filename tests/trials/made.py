"""Small trials on made-up rows, for the tests of the rooms that keep them."""

from pathlib import Path
from typing import Any

import numpy as np

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.storage.parts import OpenData
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import run_trial

CARD = Card(
    "classification",
    ("a", "b"),
    ("in", "out"),
    None,
    source="made",
    targets=("y",),
    rows=60,
    hashes={},
)


def data() -> OpenData:
    X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    y = (np.square(X).sum(axis=1) > 0.6).astype(np.int64)
    return OpenData(Rows(X[:40], y[:40], origin=np.arange(40)), Rows(X[40:], y[40:], origin=np.arange(40, 60)), CARD)


def settings(epochs: int = 3, **optimizer: Any) -> Hyperparameters:
    values = {f"optimizer.{name}": value for name, value in optimizer.items()}
    small = {"network.hidden": (4,), "stopping.epochs": epochs}
    made: Hyperparameters = changed(Hyperparameters(), {**small, **values})
    return made


def run_sweep(*rates: float, name: str = "rates") -> None:
    sweep = Sweep(name, f"{rates}")
    for job, rate in enumerate(rates):
        run_trial(settings(learning_rate=rate), data(), announce=lambda key, job=job, rate=rate: sweep.add(
            key, job, [f"optimizer.learning_rate={rate}"]
        ))  # fmt: skip
    sweep.publish()


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
