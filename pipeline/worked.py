"""One example through a small network, worked through once: every number of the notes' §1-3, by pipeline/nn."""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from pipeline.nn.activations import parse
from pipeline.nn.initializers import allocate
from pipeline.nn.losses import SQUARED_ERROR
from pipeline.nn.network import Architecture, Workspace, backward, factors, forward, gradients
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Regularizer

Array = np.ndarray
STEP = 1e-3  # of the differences; they are of fourth order, so their error is near 1e-12
FLOAT = np.dtype(np.float64)


class Problem(NamedTuple):
    """A network, one example for it, and how far an update goes; all float64.

    weights: W_l (m_l, m_{l−1}+1), bias first; x: (m_0,); d: (m_L,); rate: η.
    """

    architecture: Architecture
    weights: list[Array]
    x: Array
    d: Array
    rate: float


class Worked(NamedTuple):
    """What comes of a problem, layers 1 … L in lists.

    below: [1 y_{l−1}], (m_{l−1}+1,); v, y, slope, delta: (m_l,), slope is φ′(v); gradients: ∂E/∂W_l; numeric: the same
    by differences of E; updated: W_l after one step of descent; error, after: E before it and after it.
    """

    below: list[Array]
    v: list[Array]
    y: list[Array]
    slope: list[Array]
    delta: list[Array]
    gradients: list[Array]
    numeric: list[Array]
    updated: list[Array]
    error: float
    after: float


def work(problem: Problem) -> Worked:
    """All numbers of the example, by the NumPy engine."""
    architecture, weights, x, d, rate = problem
    rows, wanted = np.concatenate([[1.0], x])[None], d[None]
    space = Workspace(architecture, 1, FLOAT)
    forward(architecture, weights, rows, space)
    below = [rows, *(padded.copy() for padded in space.padded[:-1])]
    v = [one @ w.T for one, w in zip(below, weights, strict=True)]  # forward may have overwritten its own
    y = [one.copy() for one in space.y]
    backward(architecture, weights, wanted, space)
    updated = [_stored(w) for w in weights]
    Reference(architecture, updated, Optimizer(learning_rate=rate), Regularizer(), 1).train(
        rows, wanted, [rate] * len(weights)
    )
    return Worked(
        below=_first(below),
        v=_first(v),
        y=_first(y),
        slope=_first(_slopes(architecture, v, y)),
        delta=_first(space.delta),
        gradients=gradients(factors(rows, space)),
        numeric=_differences(weights, lambda: _error(architecture, weights, rows, wanted)),
        updated=updated,
        error=_error(architecture, weights, rows, wanted),
        after=_error(architecture, updated, rows, wanted),
    )


def drawn(sizes: Sequence[int], seed: int) -> list[Array]:
    """Weights to follow by hand: tenths from −1 to 1, biases too, for layers of ``sizes`` (m_0, …, m_L)."""
    rng = np.random.default_rng(seed)
    return [rng.integers(-10, 11, (units, before + 1)) / 10 for before, units in itertools.pairwise(sizes)]


def _first(arrays: list[Array]) -> list[Array]:
    """Of arrays (1, …), the only row."""
    return [array[0].copy() for array in arrays]


def _stored(w: Array) -> Array:
    """A copy in the layout that the engine trains."""
    copy = allocate(w.shape[1] - 1, w.shape[0], (), FLOAT)
    copy[...] = w
    return copy


def _slopes(architecture: Architecture, v: list[Array], y: list[Array]) -> list[Array]:
    """φ′(v_l): the way back of an error of 1."""
    found = [np.ones_like(one) for one in v]
    for name, slope, field, signal in zip(architecture.activations, found, v, y, strict=True):
        parse(name).backward(slope, field.copy(), signal)
    return found


def _error(architecture: Architecture, weights: list[Array], rows: Array, d: Array) -> float:
    """E = ½‖d − y_L‖²."""
    space = Workspace(architecture, 1, FLOAT)
    return float(SQUARED_ERROR.values(forward(architecture, weights, rows, space), d)[0])


def _differences(weights: list[Array], value: Callable[[], float]) -> list[Array]:
    """d value / dw for each weight by itself: (8 (f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h."""
    found = [np.empty_like(w) for w in weights]
    for w, slope in zip(weights, found, strict=True):
        for place in np.ndindex(w.shape):
            start, at = w[place], {}
            for steps in (1, -1, 2, -2):
                w[place] = start + steps * STEP
                at[steps] = value()
            w[place] = start
            slope[place] = (8 * (at[1] - at[-1]) - (at[2] - at[-2])) / (12 * STEP)
    return found
