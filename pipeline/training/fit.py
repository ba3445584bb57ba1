"""One network: fit the preprocessing, initialize, train, watch the validation rows, keep the best weights."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from pipeline.data.card import Card
from pipeline.data.sampling import SAMPLING
from pipeline.nn.schedules import SCHEDULES
from pipeline.training.build import build, inputs, layer_rates_of, training_feed
from pipeline.training.feed import Feed, feed_for
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.loop import make_engine, run_epochs
from pipeline.training.metrics import SCORES, desired
from pipeline.training.model import Model
from pipeline.training.observer import Observer, Part, Record
from pipeline.training.stopping import Stopping
from pipeline.training.streams import spawn
from pipeline.training.threads import one_thread

Array = np.ndarray
# Called after each epoch with its number and metrics; True ends the training.
OnEpoch = Callable[[int, Record], bool | None]


class Rows(NamedTuple):
    """X: (rows, columns); y: (rows,); importance: (rows,) factors of the examples' share in E, or None."""

    X: Array
    y: Array
    importance: Array | None = None


class Given(NamedTuple):
    """What a caller may hand over instead of leaving it to chance, to repeat a run exactly.

    weights: W_l (m_l, m_{l−1}+1), bias first, copied; order: the indices of an epoch's examples, from its number
    (1, 2, …). To go on from an earlier training: state, its engine's ``snapshot``, and model, whose preprocessing and
    weights are taken.
    """

    weights: Sequence[Array] | None = None
    order: Callable[[int], Array] | None = None
    state: dict[str, Array] | None = None
    model: Model | None = None


NOTHING = Given()


@dataclass
class Outcome:
    """How a trial ended.

    status: ``finished`` or ``diverged``; stopped_by: ``patience``, ``epochs``, ``gradient``, ``rate_of_change``,
    ``time``, ``callback`` or ``divergence``. model and metrics are those of the best epoch; last, record and
    state are the model, the metrics and the engine's state at the end.
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
    last: Model | None = None
    record: Record = field(default_factory=dict)
    state: dict[str, Array] = field(default_factory=dict)


def fit(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows | None,
    card: Card,
    on_epoch: OnEpoch = lambda epoch, record: None,
    given: Given = NOTHING,
) -> Outcome:
    """Train one network and stop it by the validation rows (notes §5, the hold-out method).

    Args:
        validation: None watches the training loss instead.
        on_epoch: called after each epoch with its number and metrics; True ends the training.

    Returns:
        The outcome; its model has the weights of the epoch with the best score.
    """
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        streams = spawn(settings.seed)
        model = _start(settings, train, card, streams["initialization"], given)
        parts = {"train": train} if validation is None else {"train": train, "validation": validation}
        seen = {name: Part(feed_for(model, rows.X), desired(model, rows.y), rows.y) for name, rows in parts.items()}
        observer = Observer(model, seen, settings.penalty, settings.limits.gradient_norm > 0, settings.diagnostics)
        metric = "train/loss" if validation is None else SCORES[card.task]
        watch = _Watch(settings, observer, metric, layer_rates_of(settings, model))
        plan = settings.plan
        engine = make_engine(model.architecture, model.weights, settings.rules, settings.penalty, plan, len(train.y))
        if given.state:
            engine.restore(given.state)
        feed = training_feed(settings, model, train.X, seen["train"].feed, card, streams["augmentation"])
        order = given.order or watch.order(seen["train"].feed, streams)
        epochs = run_epochs(
            engine, feed, seen["train"].d, streams, watch.rates, order, plan.input_dropout, train.importance
        )
        outcome = watch.follow(epochs, model, on_epoch)
        return replace(outcome, last=model, state=engine.snapshot())


def _start(settings: Hyperparameters, train: Rows, card: Card, rng: np.random.Generator, given: Given) -> Model:
    weights = given.weights
    if given.model is not None:
        weights = given.model.weights
    model = build(settings, train.X, train.y, card, rng, weights, train.importance)
    return model if given.model is None else replace(given.model, weights=model.weights)


class _Watch:
    """Follows a training: measures it after each epoch, sets its rates by what was seen, keeps the best, stops it."""

    def __init__(self, settings: Hyperparameters, observer: Observer, metric: str, rates: Sequence[float]) -> None:
        self._observer, self._metric, self._rates, self._sampling = observer, metric, rates, settings.sampling
        self._stopping = Stopping(settings.limits)
        self._factor = SCHEDULES[settings.schedule.name](settings.schedule)
        self._scores: list[float] = []

    def rates(self, epoch: int) -> list[float]:
        """η of each layer in an epoch."""
        factor = self._factor(epoch, self._scores)
        return [factor * rate for rate in self._rates]

    def order(self, feed: Feed, streams: Mapping[str, np.random.Generator]) -> Callable[[int], Array]:
        """The order of the examples in an epoch, by what training made of them so far."""
        stream = streams["batches" if self._sampling == "uniform" else "sampling"]
        draw = SAMPLING[self._sampling](
            np.empty((feed.rows, 0)) if self._sampling != "most_different" else inputs(feed)
        )
        return lambda epoch: draw(epoch, self._observer.losses, stream)

    def follow(self, epochs: Iterator[int], model: Model, on_epoch: OnEpoch) -> Outcome:
        """Train until a rule stops it; the outcome holds the best weights."""
        kept, metrics, stopped_by = model, Record(), None
        for epoch in epochs:
            record = self._observer.observe()
            broken = next((name for name, value in record.items() if not np.isfinite(value)), None)
            if broken:
                reason = f"{broken} is {record[broken]} after epoch {epoch}"
                ended = "diverged", reason, "divergence", epoch, self._stopping.best_epoch, None
                return Outcome(*ended, self._metric, None)
            if self._best_so_far(epoch, record):
                kept, metrics = replace(model, weights=[w.copy(order="K") for w in model.weights]), record
            stopped_by = "callback" if on_epoch(epoch, record) else self._stopping.verdict()
            if stopped_by:
                break
        best = self._stopping
        found = best.best_epoch, best.best_score, self._metric, kept, metrics
        return Outcome("finished", "", str(stopped_by), epoch, *found, record=record)

    def _best_so_far(self, epoch: int, record: Record) -> bool:
        score = record[self._metric]
        self._scores.append(score)
        return self._stopping.observe(epoch, score, record["train/loss"], record.get("train/gradient_norm"))
