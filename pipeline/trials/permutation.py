"""The selected settings trained on shuffled labels: what a network scores where there is nothing to learn."""

from dataclasses import dataclass, replace

import numpy as np
from omegaconf import OmegaConf

from pipeline.configuration.settings import from_config, resolve
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.storage import documents
from pipeline.storage.places import SELECTED
from pipeline.training.validation import validate
from pipeline.trials.trial import open_split

SEED = 559


@dataclass(frozen=True)
class Permuted:
    """metric: by which the score, of shuffled labels, and the selected trial's are measured."""

    metric: str
    selected: float
    shuffled: float


def permuted() -> Permuted:
    """Train as the selected trial was, with the targets of training and validation rows shuffled among the rows.

    Nothing of it is kept: it is no candidate.

    Raises:
        HoldoutError: no trial is selected, or the training diverged.
    """
    summary, stored = (documents.read_json(SELECTED / name) for name in ("summary.json", "settings.json"))
    data = open_split()
    settings = resolve(from_config(OmegaConf.create(stored)), data.card)
    train, validation = shuffled(data.train, data.validation)
    outcome = validate(settings, train, validation, data.card)
    if outcome.score is None:
        raise HoldoutError(f"trained on shuffled labels it {outcome.status}: {outcome.reason}")
    return Permuted(outcome.metric, summary["score"], outcome.score)


def shuffled(train: Rows, validation: Rows) -> tuple[Rows, Rows]:
    """The rows with their targets dealt anew to all of them."""
    order = np.random.default_rng(SEED).permutation(len(train) + len(validation))
    y = np.concatenate([train.y, validation.y])[order]
    return replace(train, y=y[: len(train)]), replace(validation, y=y[len(train) :])
