"""The model that a training starts from: preprocessing and targets fitted to its rows, fresh weights or given ones."""

import itertools
from collections.abc import Sequence

import numpy as np

from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.preprocessing import Affine
from pipeline.feed.rows import Rows
from pipeline.feed.schema import REGRESSION, Schema
from pipeline.feed.targets import fit_range, fit_scale
from pipeline.nn.activations import parse
from pipeline.nn.initializers import Initializer, allocate, initialize
from pipeline.nn.network import Architecture
from pipeline.training.hyperparameters import Network
from pipeline.training.model import Model

Array = np.ndarray


def initial_model(
    network: Network,
    initializer: Initializer,
    preprocessing: Preprocessing,
    train: Rows,
    schema: Schema,
    sources: Sequence[np.random.Generator],
    given: Sequence[Array] | None = None,
) -> Model:
    """A model with fresh weights, or the ``given`` ones; its preprocessing is fitted on these training rows only.

    The preprocessing counts a row of importance 2 as the row twice.

    Args:
        sources: of the fresh weights, one for each network.

    Raises:
        ValueError: the given weights are not of the network's shapes.
    """
    inputs = fit_inputs(preprocessing, train.X, schema, train.importance)
    sizes = (inputs.width, *network.hidden, schema.outputs)
    architecture = Architecture(sizes, (*network.activations, network.output), network.loss)
    weights = _drawn(sizes, initializer, sources, np.dtype(network.dtype))
    if given is not None:
        _take(weights, given)
    values = network.target_values
    targets = _scale(train, network.output, values) if schema.task == REGRESSION else None
    spread = fit_scale(train.y, train.importance).scale if targets and schema.outputs > 1 else None
    return Model(architecture, weights, inputs, targets, schema, values, spread)


def _drawn(
    sizes: tuple[int, ...], how: Initializer, sources: Sequence[np.random.Generator], dtype: np.dtype
) -> list[Array]:
    """Fresh weights W_l (m_l, m_{l−1}+1); with several sources (networks, m_l, m_{l−1}+1)."""
    networks = [initialize(sizes, how.name, rng, dtype, sigma=how.sigma) for rng in sources]
    if len(networks) == 1:
        return networks[0]
    pairs = itertools.pairwise(sizes)
    weights = [allocate(before, units, (len(networks),), dtype) for before, units in pairs]
    for w, own in zip(weights, zip(*networks, strict=True), strict=True):
        w[...] = own
    return weights


def _scale(train: Rows, output: str, values: tuple[float, float]) -> Affine:
    """Each real target to mean 0 and variance 1, or into the range of bounded outputs."""
    return fit_range(train.y, values) if np.isfinite(parse(output).high) else fit_scale(train.y, train.importance)


def _take(weights: Sequence[Array], given: Sequence[Array]) -> None:
    expected, found = [w.shape for w in weights], [np.shape(w) for w in given]
    if expected != found:
        raise ValueError(f"the given weights have the shapes {found}, expected {expected}")
    for w, values in zip(weights, given, strict=True):
        w[...] = values
