"""What is trained: lots of small networks of one shape, each from weights and by orders of rows of its own."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from sklearn.datasets import load_iris, make_classification
from sklearn.model_selection import LeaveOneOut, RepeatedStratifiedKFold

from benchmarks.cells import make_cell

Array = np.ndarray


class Lot(NamedTuple):
    """Networks of one shape. x: (rows, m_0), d: (rows, m_L); weights: W_l (networks, m_l, m_{l−1}+1), all float32.

    orders: (networks, epochs, n) the rows of each epoch. cross: scikit-learn's splitter, and settings of ours that
    deal alike; empty where nothing is left out.
    """

    name: str
    sizes: tuple[int, ...]
    batch: int
    x: Array
    d: Array
    weights: list[Array]
    orders: Array
    cross: Any = None
    settings: Mapping[str, Any] = {}


def make_lot(name: str, hidden: tuple[int, ...], batch: int, epochs: int, x: Array, y: Array, held: list[Array],
             cross: Any = None, settings: Mapping[str, Any] | None = None) -> Lot:  # fmt: skip
    """A network for each of ``held``, the rows that it leaves out; they are equally many, or the rest is cut to be."""
    rng, sizes = np.random.default_rng(559), (x.shape[1], *hidden, int(y.max()) + 1)
    kept = [np.setdiff1d(np.arange(len(x)), rows) for rows in held]
    least = min(map(len, kept))
    orders = np.array([[rng.permutation(rows)[:least] for _ in range(epochs)] for rows in kept])
    starts = [make_cell(sizes, 1, rows=1).weights for _ in held]
    weights = [np.stack(layer) for layer in zip(*starts, strict=True)]
    x = ((x - x.mean(axis=0)) / x.std(axis=0)).astype(np.float32)
    return Lot(name, sizes, batch, x, np.eye(sizes[-1], dtype=np.float32)[y], weights, orders, cross, settings or {})


def lots() -> list[Lot]:
    X, y = load_iris(return_X_y=True)
    one_out = {"validation.name": "leave_one_out"}
    found = [make_lot("leave-one-out on iris, 150 of 4-10-3", (10,), 10, 10, X, y, [np.array([i]) for i in range(150)],
                      LeaveOneOut(), one_out)]  # fmt: skip
    X, y = make_classification(5000, 20, n_informative=10, n_classes=3, random_state=0)
    deal = RepeatedStratifiedKFold(n_splits=5, n_repeats=5, random_state=0)
    folds = {"validation.name": "k_fold", "validation.folds": 5, "validation.repeats": 5}
    name = "5 folds × 5 seeds, 5,000 rows, 25 of 20-64-32-3"
    found.append(make_lot(name, (64, 32), 32, 4, X, y, [held for _, held in deal.split(X, y)], deal, folds))
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((500, 64)), rng.integers(0, 10, 500)
    for count in (8, 64):
        for batch in (1, 10, 100):
            name = f"{count} of 64-32-10, batch {batch}"
            found.append(make_lot(name, (32,), batch, 2 if count == 8 else 1, x, y, [np.arange(0)] * count))
    return found
