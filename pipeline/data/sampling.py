"""Which examples an epoch shows, and in which order (notes §4, "maximizing information content")."""

from collections.abc import Callable

import numpy as np

Array = np.ndarray
# (epoch from 1, losses (rows,) at the end of the epoch before or None, rng) -> indices of the examples, (rows,).
Order = Callable[[int, Array | None, np.random.Generator], Array]
EXACT = 1024  # rows up to which every unused row is a candidate for being the most different
CANDIDATES = 16
REMEMBERED = 64


def uniform(x: Array) -> Order:
    """A new random order in every epoch."""
    rows = len(x)
    return lambda epoch, losses, rng: rng.permutation(rows)


def largest_error(x: Array) -> Order:
    """Examples with a large error come more often: p_i = 1/2 · 1/N + 1/2 · E_i / Σ E.

    The other half keeps every example in play. Each comes as often as N p_i says, rounded up or down by systematic
    resampling (Carpenter et al. 1999), in random order; the first epoch is uniform.
    """
    rows = len(x)

    def order(epoch: int, losses: Array | None, rng: np.random.Generator) -> Array:
        if losses is None or not np.isfinite(losses).all() or not losses.sum() > 0:
            return rng.permutation(rows)
        share = 0.5 / rows + 0.5 * losses / losses.sum()
        marks = (np.arange(rows) + rng.random()) / rows
        chosen = np.searchsorted(np.cumsum(share), marks).clip(max=rows - 1)
        return rng.permutation(chosen)

    return order


def most_different(x: Array) -> Order:
    """Every example once, each next one as different as can be from those used before, from a random first one.

    Different means far from the nearest of them (farthest-first traversal, Gonzalez 1985). With more than ``EXACT``
    rows the next one is picked from ``CANDIDATES`` random ones, by the last ``REMEMBERED`` (Mitchell's best candidate).
    """
    squares = np.einsum("ij,ij->i", x, x)

    def order(epoch: int, losses: Array | None, rng: np.random.Generator) -> Array:
        return _farthest_first(x, squares, rng) if len(x) <= EXACT else _best_candidates(x, squares, rng)

    return order


def _distances(x: Array, squares: Array, some: Array, others: Array) -> Array:
    """Squared distances (some, others) between rows of x."""
    return squares[some, None] + squares[None, others] - 2 * (x[some] @ x[others].T)


def _farthest_first(x: Array, squares: Array, rng: np.random.Generator) -> Array:
    rows = len(x)
    everyone, order = np.arange(rows), np.empty(rows, np.int64)
    order[0] = rng.integers(rows)
    nearest = np.full(rows, np.inf)
    for place in range(1, rows):
        last = order[place - 1 : place]
        np.minimum(nearest, _distances(x, squares, last, everyone)[0], out=nearest)
        nearest[last] = -np.inf
        order[place] = nearest.argmax()
    return order


def _best_candidates(x: Array, squares: Array, rng: np.random.Generator) -> Array:
    """Candidates that were not picked go back to the end of the queue, so that every row comes up once."""
    queue, order = list(rng.permutation(len(x))), [0] * len(x)
    order[0] = queue.pop()
    for place in range(1, len(x)):
        pool = np.array(queue[-CANDIDATES:])
        used = np.array(order[max(0, place - REMEMBERED) : place])
        best = int(_distances(x, squares, pool, used).min(axis=1).argmax())
        # The row at the end of the queue takes the place of the one that leaves.
        order[place] = queue[best - len(pool)]
        queue[best - len(pool)] = queue[-1]
        queue.pop()
    return np.array(order)


SAMPLING: dict[str, Callable[[Array], Order]] = {
    make.__name__: make for make in (uniform, largest_error, most_different)
}
