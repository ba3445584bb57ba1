"""One training as it stands: its networks, the engines that train them, their rates and sources of chance."""

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pipeline.feed.rows import Rows
from pipeline.feed.sampling import SAMPLING
from pipeline.feed.schema import Schema
from pipeline.feed.targets import smoothed
from pipeline.feed.weighting import weighed
from pipeline.nn.activations import NotCompiled, uncompiled
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import SCHEDULES, layer_rates
from pipeline.training.averaging import Averaged
from pipeline.training.determinism import Streams, generator_states, restore_generators, seeds, side_by_side
from pipeline.training.epoch import Epoch, Trainer
from pipeline.training.examples import Examples, Shown, distorted, inputs, show
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.initial import initial_model
from pipeline.training.model import Model
from pipeline.training.readout import members
from pipeline.training.snapshots import Snapshot, numbered, restore_arrays

Array = np.ndarray


class Given(NamedTuple):
    """What a caller may hand over instead of leaving it to chance, to repeat a run exactly.

    weights: W_l (m_l, m_{l−1}+1), bias first, of several networks with a leading axis, copied; order: the indices of
    an epoch's examples, from its number (1, 2, …). To go on from an earlier training: its state; model, whose
    preprocessing and weights are taken; epochs, how many were trained before, and scores, theirs: schedules and orders
    go on from there.
    """

    weights: Sequence[Array] | None = None
    order: Callable[[int], Array] | None = None
    state: dict[str, Array] | None = None
    model: Model | None = None
    epochs: int = 0
    scores: Sequence[float] = ()


NOTHING = Given()


class Training:
    """Trains one network, or several side by side, an epoch at a time.

    Attributes:
        model: changed in place, what is measured and kept; trained: its weights as training goes on with them, which
            are the model's own unless these are averaged; shown: the rows it is trained on, never distorted;
            importance: (rows,) what each of them counts for in E, None for all the same; done: epochs trained so far,
            but for the given ones.
    """

    def __init__(self, settings: Hyperparameters, train: Rows, schema: Schema, given: Given = NOTHING) -> None:
        self.done, sources = 0, [Streams(seed) for seed in seeds(settings.seed, settings.ensemble.members)]
        self._epochs, self._scores = given.epochs, list(given.scores)
        train, weights = weighed(train, settings.weighting, schema.classes)
        fitted = replace(train, importance=weights)
        self.model = _model(settings, fitted, schema, sources, given)
        self.importance = None if weights is None else weights.astype(self.model.weights[0].dtype)
        self.shown, self._rows = show(self.model, train), train
        smooth = smoothed(self.shown.d, settings.network.smoothing, choices(self.model.architecture))
        taught = self.shown._replace(d=smooth)
        self._averaged = Averaged(settings.averaging, self.model.weights)
        self.trained = self._averaged.trained
        self._members = [
            _Member(settings, self.model, own, taught, self.importance, streams, train.X, given)
            for own, streams in zip(members(self.trained), sources, strict=True)
        ]
        if given.state:
            self._go_on(given.state)
        self._rates = layer_rates(settings.optimizer, self.model.architecture.sizes)
        self._factor = SCHEDULES[settings.schedule.name](settings.schedule)

    def epoch(self, scores: Sequence[float], losses: Array | None) -> None:
        """Train each network for one more epoch.

        Args:
            scores: of the epochs so far, which a schedule may follow; losses: (networks, rows) of the examples after
                the last one, which a sampling may follow, or None before the first.
        """
        self.done += 1
        epoch = self._epochs + self.done
        factor = self._factor(epoch, [*self._scores, *scores])
        rates = [factor * rate for rate in self._rates]
        known = [None] * len(self._members) if losses is None else list(losses)
        calls = [functools.partial(one.epoch, rates, epoch, own) for one, own in zip(self._members, known, strict=True)]
        side_by_side(calls)
        self._averaged.update()

    def measured(self, count: int) -> tuple[Shown, Array | None]:
        """``count`` of the rows it is trained on, evenly taken from all, and what they count for in E; 0 for all."""
        total = self.shown.examples.rows
        if not 0 < count < total:
            return self.shown, self.importance
        some = np.arange(count) * total // count
        return show(self.model, self._rows.take(some)), None if self.importance is None else self.importance[some]

    def state(self) -> dict[str, Array]:
        """All but the model that a later training depends on, as ``Given`` takes it."""
        moments = {
            f"network{number}_{name}": array
            for number, member in enumerate(self._members, 1)
            for name, array in member.engine.snapshot().items()
        }
        return moments | self._averaged.save()

    def save(self) -> Snapshot:
        """All that the next epoch depends on."""
        streams = [generator_states(member.streams) for member in self._members]
        return Snapshot({"epoch": self.done, "streams": streams}, numbered("W", self.model.weights) | self.state())

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from what ``save`` gave.

        Raises:
            ValueError: it is of another network.
        """
        restore_arrays("W", snapshot.arrays, self.model.weights)
        self._go_on(snapshot.arrays)
        for member, states in zip(self._members, snapshot.facts["streams"], strict=True):
            restore_generators(member.streams, states)
        self.done = snapshot.facts["epoch"]

    def _go_on(self, state: Mapping[str, Array]) -> None:
        self._averaged.restore(state)
        for number, member in enumerate(self._members, 1):
            own = f"network{number}_"
            moments = {name.removeprefix(own): array for name, array in state.items() if name.startswith(own)}
            member.engine.restore(moments)


class _Member:
    """One network of a training: the engine that trains it, on what rows, and its sources of chance."""

    def __init__(
        self,
        settings: Hyperparameters,
        model: Model,
        weights: list[Array],
        taught: Shown,
        importance: Array | None,
        streams: Streams,
        X: Array,
        given: Given,
    ) -> None:
        self.streams, regularizer, count = streams, settings.regularizer, taught.examples.rows
        kind = settings.network.engine
        self.engine = make_engine(model.architecture, weights, settings.optimizer, regularizer, count, kind)
        examples = distorted(taught.examples, model, X, model.schema, settings.augmentation, streams)
        size = model.architecture.parameters
        self._epoch = Epoch(self.engine, examples, taught.d, streams, regularizer.input_dropout, importance, size)
        self._order = _order(settings.sampling.name, taught.examples, streams, given)

    def epoch(self, rates: Sequence[float], number: int, losses: Array | None) -> None:
        """Train for the epoch of that number, with η of each layer; losses: (rows,) of this network."""
        self._epoch.run(rates, self._order(number, losses))


def choices(architecture: Architecture) -> int:
    """How many values an output chooses among: all outputs under softmax, else yes and no."""
    return architecture.sizes[-1] if architecture.activations[-1] == "softmax" else 2


def make_engine(
    architecture: Architecture,
    weights: Sequence[Array],
    optimizer: Optimizer,
    regularizer: Regularizer,
    rows: int,
    engine: str = "compiled",
) -> Trainer:
    """The engine for ``rows`` examples, ``compiled`` or ``numpy``; it trains ``weights`` in place.

    An activation that is not compiled takes the NumPy engine, with a note.
    """
    batch = min(optimizer.batch_size or rows, rows)
    lacking = uncompiled(architecture.activations) if engine == "compiled" else []
    for family in lacking:
        _note(family)
    if engine == "numpy" or lacking:
        return Reference(architecture, weights, optimizer, regularizer, batch)
    from pipeline.nn.compiled.engine import Engine  # here, for Numba takes long to load and reused trials need none

    return Engine(architecture, weights, optimizer, regularizer, batch)


@functools.cache
def _note(family: str) -> None:
    """Say once in a process that an activation makes training slower."""
    text = f"activation {family} is not in the compiled engine: it trains by the NumPy engine, slower"
    warnings.warn(text, NotCompiled, stacklevel=3)


def _model(settings: Hyperparameters, train: Rows, schema: Schema, sources: Sequence[Streams], given: Given) -> Model:
    if given.model is None:
        how = settings.network, settings.initializer, settings.preprocessing
        return initial_model(*how, train, schema, [own["initialization"] for own in sources], given.weights)
    return replace(given.model, weights=[w.copy(order="K") for w in given.model.weights])


def _order(sampling: str, examples: Examples, streams: Streams, given: Given) -> Callable[[int, Array | None], Array]:
    """The order of an epoch's examples, (epoch, losses) → (n,): the given one, or as the sampling draws it."""
    if given.order is not None:
        order = given.order
        return lambda epoch, losses: order(epoch)
    draw = SAMPLING[sampling](examples.rows, lambda: inputs(examples))
    stream = streams["batches" if sampling == "uniform" else "sampling"]
    return lambda epoch, losses: draw(epoch, losses, stream)
