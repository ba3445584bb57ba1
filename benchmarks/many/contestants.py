"""Ours, network by network; and two that draw weights and orders themselves and score the rows that are left out."""

import warnings
from functools import partial
from typing import Any

import numpy as np
from sklearn.model_selection import cross_val_score

from benchmarks.cells import RATE
from benchmarks.many.lots import Lot
from pipeline.feed.rows import Rows
from pipeline.feed.schema import Schema
from pipeline.nn.initializers import allocate
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training.determinism import Streams, one_thread, side_by_side
from pipeline.training.epoch import Epoch
from pipeline.training.examples import Kept
from pipeline.training.hyperparameters import Hyperparameters, changed, resolved
from pipeline.training.training import make_engine
from pipeline.training.validation import validate

Array = np.ndarray


class SideBySide:
    """Each network by itself, its epochs in one thread; the threads let each other run."""

    def __init__(self, lot: Lot) -> None:
        hidden = ("tanh",) * (len(lot.sizes) - 2)
        self._lot, self._architecture = lot, Architecture(lot.sizes, (*hidden, "softmax"), "cross_entropy")
        self._examples = Kept(np.hstack([np.ones((len(lot.x), 1), np.float32), lot.x]))
        self._networks = [self._made() for _ in lot.orders]

    def train(self) -> list[Array]:
        with one_thread():
            found = side_by_side([partial(self._alone, number) for number in range(len(self._networks))])
        return [np.stack(layer) for layer in zip(*found, strict=True)]

    def _made(self) -> tuple[list[Array], Epoch]:
        lot = self._lot
        weights = [allocate(w.shape[2] - 1, w.shape[1], (), w.dtype) for w in lot.weights]
        how = Optimizer(batch_size=lot.batch)
        engine = make_engine(self._architecture, weights, how, Regularizer(), lot.orders.shape[2])
        return weights, Epoch(engine, self._examples, lot.d, Streams(1))

    def _alone(self, number: int) -> list[Array]:
        weights, epoch = self._networks[number]
        for w, start in zip(weights, self._lot.weights, strict=True):
            w[...] = start[number]
        for order in self._lot.orders[number]:
            epoch.run([RATE] * len(weights), order)
        return weights


class Validated:
    """The whole of our own cross-validation: preprocessing by fold, each epoch measured, the final fit on all rows."""

    def __init__(self, lot: Lot) -> None:
        if not lot.settings:
            raise ImportError
        classes = tuple(map(str, range(lot.sizes[-1])))
        schema = Schema("classification", tuple(map(str, range(lot.sizes[0]))), classes)
        own: dict[str, Any] = {
            "network.hidden": lot.sizes[1:-1],
            "network.activation": "tanh",
            "preprocessing.name": "standardize",
        }
        own |= {"optimizer.batch_size": lot.batch, "optimizer.learning_rate": RATE, "stopping.patience": 0}
        own |= {"stopping.epochs": lot.orders.shape[1], **lot.settings}
        rows, part = Rows(lot.x.astype(np.float64), lot.d.argmax(axis=1)), len(lot.x) * 5 // 6
        self._parts = rows.take(np.arange(part)), rows.take(np.arange(part, len(rows)))
        self._settings, self._schema = resolved(changed(Hyperparameters(), own), schema), schema

    def train(self) -> list[Array]:
        validate(self._settings, *self._parts, self._schema)
        return []


class CrossValScore:
    """scikit-learn's cross_val_score on two processes, which it keeps."""

    def __init__(self, lot: Lot) -> None:
        from sklearn.neural_network import MLPClassifier
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        if lot.cross is None:
            raise ImportError
        epochs = lot.orders.shape[1]
        self._lot, self._model = lot, make_pipeline(StandardScaler(), MLPClassifier(
            lot.sizes[1:-1], activation="tanh", solver="sgd", alpha=0.0, batch_size=lot.batch, momentum=0.0,
            learning_rate_init=RATE, max_iter=epochs, n_iter_no_change=epochs + 1,
        ))  # fmt: skip

    def train(self) -> list[Array]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cross_val_score(self._model, self._lot.x, self._lot.d.argmax(axis=1), cv=self._lot.cross, n_jobs=2)
        return []
