"""Small trials on made-up rows, for the tests of the rooms that keep them."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.configuration.settings import Settings
from pipeline.data.card import Card
from pipeline.storage.parts import OpenData, Part
from pipeline.trials.sweeps import Sweep
from pipeline.trials.trial import run_trial

CARD = Card(
    "classification",
    ("a", "b"),
    ("in", "out"),
    None,
    source="made",
    target="y",
    rows=60,
    hashes={},
)


def data() -> OpenData:
    X = np.random.default_rng(0).uniform(-1, 1, (60, 2))
    y = (np.square(X).sum(axis=1) > 0.6).astype(np.int64)
    return OpenData(Part(X[:40], y[:40], np.arange(40)), Part(X[40:], y[40:], np.arange(40, 60)), CARD)


def settings(**optimizer: Any) -> Settings:
    made = Settings()
    made.network.hidden, made.stopping.epochs = [4], 3
    made.optimizer = dataclasses.replace(made.optimizer, **optimizer)
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
