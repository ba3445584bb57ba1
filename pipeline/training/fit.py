"""One trial: fit the preprocessing, initialize, train, watch the validation rows, keep the best weights."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from pipeline.data.card import CLASSIFICATION, Card
from pipeline.data.preprocessing import PREPROCESSING
from pipeline.data.targets import fit_scale
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import OPTIMIZERS
from pipeline.nn.regularizers import Penalty
from pipeline.training.loop import Plan, run_epochs
from pipeline.training.metrics import SCORES, desired, measure
from pipeline.training.model import Model
from pipeline.training.stopping import EarlyStopping
from pipeline.training.streams import spawn
from pipeline.training.threads import one_thread

Array = np.ndarray
Record = dict[str, float]


class Rows(NamedTuple):
    """X: (rows, m_0); y: (rows,)."""

    X: Array
    y: Array


@dataclass(frozen=True)
class Hyperparameters:
    """All that a trial may vary, as plain values (notes §5 call these the hyperparameters)."""

    hidden: tuple[int, ...]
    activations: tuple[str, ...]
    output: str
    loss: str
    dtype: str
    initializer: str
    preprocessing: str
    optimizer: str
    plan: Plan
    momentum: float
    penalty: Penalty
    epochs: int
    patience: int
    seed: int


@dataclass
class Outcome:
    """How a trial ended.

    status: ``finished`` or ``diverged``; stopped_by: ``patience``, ``epochs`` or ``divergence``.
    model and metrics are those of the best epoch.
    """

    status: str
    reason: str
    stopped_by: str
    epochs: int
    best_epoch: int
    score: float | None
    metric: str
    model: Model | None
    metrics: Record = field(default_factory=dict)


def build(settings: Hyperparameters, train: Rows, card: Card, rng: np.random.Generator) -> Model:
    """A model with fresh weights, its preprocessing fitted on the training rows only."""
    classification = card.task == CLASSIFICATION
    sizes = (train.X.shape[1], *settings.hidden, len(card.classes) if classification else 1)
    architecture = Architecture(sizes, (*settings.activations, settings.output), settings.loss)
    return Model(
        architecture,
        initialize(sizes, settings.initializer, rng, np.dtype(settings.dtype)),
        PREPROCESSING[settings.preprocessing](train.X),
        None if classification else fit_scale(train.y),
        card.classes,
        card.features,
    )


def _observer(model: Model, parts: dict[str, Rows], encoded: dict[str, tuple[Array, Array]]) -> Callable[[], Record]:
    """A function that measures every part: {"train/loss": …, "validation/error": …}."""

    def observe() -> Record:
        return {
            f"{name}/{metric}": value
            for name, rows in parts.items()
            for metric, value in measure(model, *encoded[name], rows.y).items()
        }

    return observe


def fit(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows,
    card: Card,
    on_epoch: Callable[[int, Record], None] = lambda epoch, record: None,
) -> Outcome:
    """Train one network by the hold-out method (notes §5).

    Args:
        on_epoch: called after each epoch with its number and metrics.

    Returns:
        The outcome; its model has the weights of the epoch with the best validation score.
    """
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        streams = spawn(settings.seed)
        model = build(settings, train, card, streams["initialization"])
        parts = {"train": train, "validation": validation}
        encoded = {name: (model.prepare(rows.X), desired(model, rows.y)) for name, rows in parts.items()}
        optimizer = OPTIMIZERS[settings.optimizer](settings.penalty, settings.momentum)
        steps = run_epochs(model.architecture, model.weights, optimizer, settings.plan, *encoded["train"], streams)
        rule = EarlyStopping(settings.epochs, settings.patience)
        return _watch(steps, model, _observer(model, parts, encoded), rule, SCORES[card.task], on_epoch)


def _watch(
    steps: Iterator[int],
    model: Model,
    observe: Callable[[], Record],
    rule: EarlyStopping,
    metric: str,
    on_epoch: Callable[[int, Record], None],
) -> Outcome:
    kept, metrics = model, Record()
    for epoch in steps:
        record = observe()
        broken = [name for name, value in record.items() if not np.isfinite(value)]
        if broken:
            reason = f"{broken[0]} is {record[broken[0]]} after epoch {epoch}"
            return Outcome("diverged", reason, "divergence", epoch, rule.best_epoch, None, metric, None)
        on_epoch(epoch, record)
        if rule.observe(epoch, record[metric]):
            kept, metrics = replace(model, weights=[w.copy(order="K") for w in model.weights]), record
        stopped_by = rule.verdict(epoch)
        if stopped_by:
            break
    return Outcome("finished", "", str(stopped_by), epoch, rule.best_epoch, rule.best_score, metric, kept, metrics)
