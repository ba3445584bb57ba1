"""Which examples an epoch shows, and in which order (notes §4, "maximizing information content")."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.arithmetic.totals import mean, row_sums, total
from pipeline.limits import named, setting

Array = np.ndarray
# (epoch from 1, losses (rows,) at the end of the epoch before or None, rng) -> indices of the examples, (rows,).
Order = Callable[[int, Array | None, np.random.Generator], Array]
# (number of rows, what gives their inputs (rows, m_0) to a sampler that asks for them) -> Order.
Sampler = Callable[[int, Callable[[], Array]], Order]
SAMPLING: dict[str, Sampler] = {}
EXACT = 2048  # rows up to which every unused row is a candidate for being the most different
CANDIDATES = 16
REMEMBERED = 64


@dataclass(frozen=True)
class Sampling:
    """In which order, and how often, examples are drawn in an epoch."""

    name: str = setting("uniform", choices=SAMPLING)


@named(SAMPLING)
def uniform(rows: int, inputs: Callable[[], Array]) -> Order:
    """A new random order in every epoch."""
    return lambda epoch, losses, rng: rng.permutation(rows)


@named(SAMPLING)
def largest_error(rows: int, inputs: Callable[[], Array]) -> Order:
    """Examples with a large error come more often: p_i = 1/2 · 1/N + 1/2 · E_i / Σ E.

    The other half keeps every example in play. Each comes as often as N p_i says, rounded up or down by systematic
    resampling (Carpenter et al. 1999), in random order; the first epoch is uniform.
    """

    def order(epoch: int, losses: Array | None, rng: np.random.Generator) -> Array:
        if losses is None or not np.isfinite(losses).all() or not losses.max() > 0:
            return rng.permutation(rows)
        # Over the largest and in float64: their sum can't overflow, nor the running sum drift off by many rows.
        errors = losses / np.float64(losses.max())
        share = 0.5 / rows + 0.5 * errors / total(errors)
        marks = (np.arange(rows) + rng.random()) / rows
        chosen = np.searchsorted(np.cumsum(share), marks).clip(max=rows - 1)
        return rng.permutation(chosen)

    return order


@named(SAMPLING)
def most_different(rows: int, inputs: Callable[[], Array]) -> Order:
    """Every example once, each next one as different as can be from those used before, from a random first one.

    Different means far from the nearest of them (farthest-first traversal, Gonzalez 1985). With more than ``EXACT``
    rows the next one is picked from ``CANDIDATES`` random ones, by the last ``REMEMBERED`` (Mitchell's best candidate).
    """
    x = inputs()
    # What all rows have in common would drown their differences in rounding.
    center = mean(x)
    apart = _distances(x - center, x - center) if len(x) <= EXACT else None

    def order(epoch: int, losses: Array | None, rng: np.random.Generator) -> Array:
        return _best_candidates(x, center, rng) if apart is None else _farthest_first(apart, rng)

    return order


def _distances(some: Array, others: Array) -> Array:
    """Squared distances (some, others) between rows."""
    from pipeline.arithmetic.matrices import product  # Numba: see training.make_engine

    one, other = (row_sums(np.square(rows, dtype=np.float64)) for rows in (some, others))
    found: Array = one[:, None] + other - 2 * product(some, others.T)
    return found


def _farthest_first(apart: Array, rng: np.random.Generator) -> Array:
    """By the squared distances (rows, rows) between all of them."""
    order = np.empty(len(apart), np.int64)
    order[0] = rng.integers(len(apart))
    nearest = np.full(len(apart), np.inf)
    for place in range(1, len(apart)):
        last = order[place - 1]
        np.minimum(nearest, apart[last], out=nearest)
        nearest[last] = -np.inf
        order[place] = nearest.argmax()
    return order


def _best_candidates(x: Array, center: Array, rng: np.random.Generator) -> Array:
    """Candidates are drawn anew for each place, from the rows that are left."""
    left, order = np.arange(len(x)), np.empty(len(x), np.int64)
    center = center.astype(x.dtype)
    for place in range(len(x)):
        last = len(x) - place - 1
        pool = rng.integers(last + 1, size=CANDIDATES)
        used = order[max(0, place - REMEMBERED) : place]
        best = pool[_distances(x[left[pool]] - center, x[used] - center).min(axis=1, initial=np.inf).argmax()]
        order[place] = left[best]
        left[best] = left[last]
    return order
