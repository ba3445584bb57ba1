"""What a training starts from: the model with fresh weights, its learning rates, and the rows it is fed."""

from collections.abc import Sequence

import numpy as np

from pipeline.feed.augmentation import augment
from pipeline.feed.preprocessing import PREPROCESSING, Affine
from pipeline.feed.schema import CLASSIFICATION, Schema
from pipeline.feed.targets import fit_range, fit_scale, guarded
from pipeline.nn.activations import parse
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.schedules import layer_rates
from pipeline.training.feed import Feed, OnTheFly
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.training.model import Model

Array = np.ndarray


def build(
    settings: Hyperparameters,
    X: Array,
    y: Array,
    schema: Schema,
    rng: np.random.Generator,
    given: Sequence[Array] | None = None,
    importance: Array | None = None,
) -> Model:
    """A model with fresh weights, or the ``given`` ones; its preprocessing is fitted on these training rows only.

    Args:
        X: (rows, columns); y: (rows,) class indices or real targets.
        importance: (rows,) weights of the examples, which the preprocessing counts as repeated rows.

    Raises:
        ValueError: the given weights are not of the network's shapes.
    """
    inputs = PREPROCESSING[settings.preprocessing](X, settings.components, importance)
    outputs = len(schema.classes) if schema.task == CLASSIFICATION else 1
    sizes = (inputs.width, *settings.hidden, outputs)
    architecture = Architecture(sizes, (*settings.activations, settings.output), settings.loss)
    weights = initialize(sizes, settings.initializer, rng, np.dtype(settings.dtype), sigma=settings.sigma)
    if given is not None:
        _take(weights, given)
    values = target_values(settings)
    targets = None if schema.task == CLASSIFICATION else _scale(y, settings.output, values, importance)
    return Model(architecture, weights, inputs, targets, schema.classes, schema.features, values)


def target_values(settings: Hyperparameters) -> tuple[float, float]:
    """The outputs that stand for "no" and "yes": a guard interval inside the asymptotes, if there are two (notes §4).

    A cross-entropy's targets are probabilities, 0 and 1; so are those of outputs without asymptotes.
    """
    unit = parse(settings.output)
    if settings.loss != "squared_error" or not np.isfinite([unit.low, unit.high]).all() or unit.family == "softmax":
        return (0.0, 1.0)
    return guarded(unit.low, unit.high, unit.guard if settings.guard is None else settings.guard)


def _scale(y: Array, output: str, values: tuple[float, float], importance: Array | None) -> Affine:
    """Real targets to mean 0 and variance 1, or into the range of bounded outputs."""
    return fit_range(y, values) if np.isfinite(parse(output).high) else fit_scale(y, importance)


def _take(weights: Sequence[Array], given: Sequence[Array]) -> None:
    expected, found = [w.shape for w in weights], [np.shape(w) for w in given]
    if expected != found:
        raise ValueError(f"the given weights have the shapes {found}, expected {expected}")
    for w, values in zip(weights, given, strict=True):
        w[...] = values


def layer_rates_of(settings: Hyperparameters, model: Model) -> list[float]:
    """η of each layer before any schedule (notes §4)."""
    return layer_rates(
        settings.plan.learning_rate, model.architecture.sizes, settings.layer_rates, settings.rate_factors
    )


def training_feed(
    settings: Hyperparameters, model: Model, X: Array, plain: Feed, schema: Schema, rng: np.random.Generator
) -> Feed:
    """The rows to train on: ``plain``, or distorted anew in every epoch (notes §6)."""
    how = settings.augmentation
    if not how.active:
        return plain
    spread = _spread(X)
    return OnTheFly(model, X, lambda raw: augment(raw, schema.image_shape, how, rng, spread))


def _spread(X: Array) -> float:
    """Standard deviation over all values, by way of the columns', so that a memory map is not copied."""
    columns = PREPROCESSING["standardize"](X, 0.0)
    means = columns.mean
    variances = np.array([np.square(X[:, i] - mean, dtype=np.float64).mean() for i, mean in enumerate(means)])
    return float(np.sqrt(variances.mean() + means.var()))


def inputs(feed: Feed, chunk: int = 8192) -> Array:
    """All prepared rows (rows, m_0), without the 1-column; a view where they are kept."""
    if hasattr(feed, "x"):
        return np.asarray(feed.x)[:, 1:]
    return np.concatenate([feed.part(slice(at, at + chunk))[:, 1:] for at in range(0, feed.rows, chunk)])
