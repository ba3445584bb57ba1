"""One training as it stands: the network, the engine that trains it, its rates and its sources of chance."""

import functools
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pipeline.feed.rows import Rows
from pipeline.feed.sampling import SAMPLING
from pipeline.feed.schema import Schema
from pipeline.feed.weighting import weighed
from pipeline.nn.activations import NotCompiled, uncompiled
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Regularizer
from pipeline.nn.schedules import SCHEDULES, layer_rates
from pipeline.training.determinism import Streams, generator_states, restore_generators, spawn
from pipeline.training.epoch import Epoch, Trainer
from pipeline.training.examples import Examples, distorted, inputs, show
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.initial import initial_model
from pipeline.training.model import Model
from pipeline.training.snapshots import Snapshot, numbered, restore_arrays

Array = np.ndarray


class Given(NamedTuple):
    """What a caller may hand over instead of leaving it to chance, to repeat a run exactly.

    weights: W_l (m_l, m_{l−1}+1), bias first, copied; order: the indices of an epoch's examples, from its number
    (1, 2, …). To go on from an earlier training: state, its engine's ``snapshot``; model, whose preprocessing and
    weights are taken; epochs, how many were trained before, and scores, theirs: schedules and orders go on from there.
    """

    weights: Sequence[Array] | None = None
    order: Callable[[int], Array] | None = None
    state: dict[str, Array] | None = None
    model: Model | None = None
    epochs: int = 0
    scores: Sequence[float] = ()


NOTHING = Given()


class Training:
    """Trains one network, an epoch at a time.

    Attributes:
        model: changed in place; shown: the rows it is trained on, never distorted; importance: (rows,) what each of
            them counts for in E, None for all the same; done: epochs trained so far, but for the given ones.
    """

    def __init__(self, settings: Hyperparameters, train: Rows, schema: Schema, given: Given = NOTHING) -> None:
        self.done, self._streams = 0, spawn(settings.seed)
        self._epochs, self._scores = given.epochs, list(given.scores)
        train, weights = weighed(train, settings.weighting, schema.classes)
        fitted = replace(train, importance=weights)
        self.model = _model(settings, fitted, schema, self._streams["initialization"], given)
        self.importance = None if weights is None else weights.astype(self.model.weights[0].dtype)
        self.shown = show(self.model, train)
        architecture, optimizer, regularizer = self.model.architecture, settings.optimizer, settings.regularizer
        engine = settings.network.engine
        self._engine = make_engine(architecture, self.model.weights, optimizer, regularizer, len(train), engine)
        if given.state:
            self._engine.restore(given.state)
        how, rng = settings.augmentation, self._streams["augmentation"]
        examples = distorted(self.shown.examples, self.model, train.X, schema, how, rng)
        dropped = regularizer.input_dropout
        self._epoch = Epoch(self._engine, examples, self.shown.d, self._streams, dropped, self.importance)
        self._rates = layer_rates(
            optimizer.learning_rate, architecture.sizes, optimizer.layer_rates, optimizer.rate_factors
        )
        self._factor = SCHEDULES[settings.schedule.name](settings.schedule)
        self._order = _order(settings.sampling.name, self.shown.examples, self._streams, given)

    def epoch(self, scores: Sequence[float], losses: Array | None) -> None:
        """Train for one more epoch.

        Args:
            scores: of the epochs so far, which a schedule may follow; losses: (rows,) of the examples after the last
                one, which a sampling may follow, or None before the first.
        """
        self.done += 1
        number = self._epochs + self.done
        factor = self._factor(number, [*self._scores, *scores])
        self._epoch.run([factor * rate for rate in self._rates], self._order(number, losses))

    def state(self) -> dict[str, Array]:
        """The engine's moments, as ``Given`` takes them."""
        return self._engine.snapshot()

    def save(self) -> Snapshot:
        """All that the next epoch depends on."""
        arrays = numbered("W", self.model.weights)
        arrays |= {f"engine_{name}": array for name, array in self.state().items()}
        return Snapshot({"epoch": self.done, "streams": generator_states(self._streams)}, arrays)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from what ``save`` gave.

        Raises:
            ValueError: it is of another network.
        """
        restore_arrays("W", snapshot.arrays, self.model.weights)
        arrays = snapshot.arrays.items()
        self._engine.restore({name.removeprefix("engine_"): a for name, a in arrays if name.startswith("engine_")})
        restore_generators(self._streams, snapshot.facts["streams"])
        self.done = snapshot.facts["epoch"]


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


def _model(settings: Hyperparameters, train: Rows, schema: Schema, rng: np.random.Generator, given: Given) -> Model:
    how = settings.network, settings.initializer, settings.preprocessing
    if given.model is None:
        return initial_model(*how, train, schema, rng, given.weights)
    return replace(given.model, weights=[w.copy(order="K") for w in given.model.weights])


def _order(sampling: str, examples: Examples, streams: Streams, given: Given) -> Callable[[int, Array | None], Array]:
    """The order of an epoch's examples, (epoch, losses) → (n,): the given one, or as the sampling draws it."""
    if given.order is not None:
        order = given.order
        return lambda epoch, losses: order(epoch)
    draw = SAMPLING[sampling](examples.rows, lambda: inputs(examples))
    stream = streams["batches" if sampling == "uniform" else "sampling"]
    return lambda epoch, losses: draw(epoch, losses, stream)
