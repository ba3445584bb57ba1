"""What is searched: a small network on few rows of a data set, split anew for each seed."""

import itertools
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from benchmarks.tables import dealt
from pipeline.configuration.composing import Words
from pipeline.configuration.params import DataParams
from pipeline.configuration.settings import resolve
from pipeline.data.card import Card
from pipeline.feed.parting import deal
from pipeline.feed.rows import Rows
from pipeline.stages.prepare import card_of, load
from pipeline.storage.prepared import preparing
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.training.symptoms import Symptom
from pipeline.training.validation import validate

EPOCHS = 10  # of a trial
RATIO = (3.0, 3.0, 1.0)  # as many rows to score by as to train on, so that scores are apart
ROWS = (200, 700)  # of these two, at most: for minutes


@dataclass(frozen=True)
class Task:
    """A data set's open parts under one split."""

    name: str
    train: Rows
    validation: Rows
    card: Card

    def trained(self, words: Words) -> tuple[str, list[float]]:
        """Status of a trial that is trained to its end, and its best validation score after each epoch."""
        values = {name: yaml.safe_load(text) for name, text in (word.split("=", 1) for word in words)}
        values["network.hidden"] = tuple(values["network.hidden"])
        settings = changed(Hyperparameters(), {**values, "stopping.epochs": EPOCHS, "stopping.patience": 0})
        records: list[Mapping[str, float]] = []
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Symptom)
            outcome = validate(
                resolve(settings, self.card),
                self.train,
                self.validation,
                self.card,
                lambda epoch, record: records.append(dict(record)),
            )
        scores = [record[outcome.metric] for record in records] if outcome.status == "finished" else []
        return outcome.status, list(itertools.accumulate(scores, min))


def task_of(name: str, seed: int, folder: Path | None) -> Task:
    """A bundled data set, or a table of the folder, split by the seed."""
    with tempfile.TemporaryDirectory() as place:
        if folder is not None:
            rows, card = dealt.prepared(next(one for one in dealt.tables(folder) if one.name == name), Path(place))
        else:
            params = DataParams(name)
            with preparing(Path(place) / name) as made:
                data = load(params, made)
            rows, card = data.rows, card_of(data, params)
        rng, parts = np.random.default_rng(seed), deal(rows, card, RATIO, seed, stratify=True)[:2]
        train, validation = (
            rows.take(np.sort(rng.permutation(part)[:most])) for part, most in zip(parts, ROWS, strict=True)
        )
        return Task(name, train, validation, card)
