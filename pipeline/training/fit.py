"""One network: fit the preprocessing, initialize, train, watch the validation rows, keep the best weights."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pipeline.feed.schema import Schema
from pipeline.training.build import build, layer_rates_of, training_feed
from pipeline.training.checkpoints import Checkpoints, NoCheckpoints, restore_arrays
from pipeline.training.feed import feed_for
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.loop import make_engine, run_epochs
from pipeline.training.metrics import SCORES, desired
from pipeline.training.model import Model
from pipeline.training.observer import Observer, Part
from pipeline.training.outcome import OnEpoch, Outcome
from pipeline.training.streams import spawn
from pipeline.training.threads import one_thread
from pipeline.training.watch import Saver, Watch

Array = np.ndarray


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
NO_CHECKPOINTS = NoCheckpoints()


def fit(
    settings: Hyperparameters,
    train: Rows,
    validation: Rows | None,
    schema: Schema,
    on_epoch: OnEpoch = lambda epoch, record: None,
    given: Given = NOTHING,
    checkpoints: Checkpoints = NO_CHECKPOINTS,
) -> Outcome:
    """Train one network and stop it by the validation rows (notes §5, the hold-out method).

    Args:
        validation: None watches the training loss instead.
        on_epoch: called after each epoch with its number and metrics; True ends the training.
        checkpoints: if it has a snapshot of this very training, that is where it goes on, to the same bits.

    Returns:
        The outcome; its model has the weights of the epoch with the best score.
    """
    with one_thread(), np.errstate(over="ignore", invalid="ignore"):
        streams = spawn(settings.seed)
        model = _start(settings, train, schema, streams["initialization"], given)
        snapshot = checkpoints.load()
        if snapshot:
            restore_arrays("W", snapshot.arrays, model.weights)
        parts = {"train": train} if validation is None else {"train": train, "validation": validation}
        seen = {name: Part(feed_for(model, rows.X), desired(model, rows.y), rows.y) for name, rows in parts.items()}
        observer = Observer(model, seen, settings.penalty, settings.limits.gradient_norm > 0, settings.diagnostics)
        metric = "train/loss" if validation is None else SCORES[schema.task]
        watch = Watch(settings, observer, model, metric, layer_rates_of(settings, model))
        plan = settings.plan
        engine = make_engine(model.architecture, model.weights, settings.rules, settings.penalty, plan, len(train.y))
        if given.state:
            engine.restore(given.state)
        saver = Saver(checkpoints, model, engine, streams, watch)
        if snapshot:
            saver.restore(snapshot)
        feed = training_feed(settings, model, train.X, seen["train"].feed, schema, streams["augmentation"])
        order = given.order or watch.order(seen["train"].feed, streams)
        chosen = streams, watch.rates, order, plan.input_dropout, train.importance
        epochs = run_epochs(engine, feed, seen["train"].d, *chosen, done=watch.epoch)
        outcome = watch.follow(epochs, on_epoch, saver.after_epoch)
        return replace(outcome, last=model, state=engine.snapshot())


def _start(settings: Hyperparameters, train: Rows, schema: Schema, rng: np.random.Generator, given: Given) -> Model:
    weights = given.weights
    if given.model is not None:
        weights = given.model.weights
    model = build(settings, train.X, train.y, schema, rng, weights, train.importance)
    return model if given.model is None else replace(given.model, weights=model.weights)
