"""Simple rules that a network must beat: always the same answer, a linear model, and boosted trees."""

import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.auditing.usual import usual_answer
from pipeline.feed.inputs import Preprocessing, fit_inputs
from pipeline.feed.preprocessing import pca
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, FLAG, MULTILABEL, REGRESSION, Schema

Array = np.ndarray
CONSTANT, LINEAR, BOOSTING = "constant", "linear", "boosting"
NAMES = {
    CLASSIFICATION: {CONSTANT: "the most frequent class", LINEAR: "logistic regression"},
    MULTILABEL: {CONSTANT: "the most frequent value of each label", LINEAR: "logistic regression"},
    REGRESSION: {CONSTANT: "the mean", LINEAR: "ridge regression"},
}
BOOSTED = "gradient boosting"
EVERY = "python -m pipeline.stages.baselines all"  # a project of one's own has no Makefile
# Training rows × inputs × outputs: what takes longer than some tenths of a second is left to EVERY.
LINEAR_WORK, BOOSTING_WORK = 3e6, 4e5
COMPONENTS = 40  # principal components that a linear model gets in the place of more inputs, where those are too many
THREADS = "OMP_NUM_THREADS"
WIDE = np.dtype(np.float64)


@dataclass(frozen=True)
class Baseline:
    """Answers to the validation rows: class indices (rows,), flags (rows, labels) or values (rows,) or (rows, targets).

    name: for people; skipped: why it was not tried, else empty, and then there are answers.
    """

    kind: str
    name: str
    answers: Array | None = None
    skipped: str = ""


def rules(train: Rows, asked: Array, schema: Schema, all_of_them: bool = False) -> list[Baseline]:
    """The rules, fitted to the training rows, and their answers to the rows ``asked`` (rows, columns)."""
    names = NAMES[schema.task]
    return [
        Baseline(CONSTANT, names[CONSTANT], np.repeat(usual_answer(train, schema), len(asked), axis=0)),
        _linear(train, asked, schema, names[LINEAR], all_of_them),
        _boosting(train, asked, schema, all_of_them),
    ]


def _skipped(kind: str, name: str, work: float, most: float) -> Baseline:
    why = f"{work:,.0f} multiplications per pass, more than {most:,.0f}: `{EVERY}` runs it"
    return Baseline(kind, name, skipped=why)


def _linear(train: Rows, asked: Array, schema: Schema, name: str, every: bool) -> Baseline:
    how = "center" if schema.image_shape else "robust"
    plain = replace(schema, kinds=(), levels=()) if schema.image_shape else schema
    inputs = fit_inputs(Preprocessing(how), train.X, plain)
    work = len(train) * inputs.width * schema.outputs
    long = work > LINEAR_WORK and not every
    if long and (len(train) * COMPONENTS * schema.outputs > LINEAR_WORK or inputs.width <= COMPONENTS):
        return _skipped(LINEAR, name, work, LINEAR_WORK)
    x, z = (inputs.apply(np.asarray(X[:]), WIDE) for X in (train.X, asked))
    if long:
        axes = pca(x, COMPONENTS)
        x, z, name = axes.apply(x, WIDE), axes.apply(z, WIDE), f"{name} on {COMPONENTS} principal components"
    scale = float(x.std()) or 1.0
    return Baseline(LINEAR, name, _fitted(_linear_model(schema), x / scale, train, z / scale, schema))


def _linear_model(schema: Schema) -> Callable[[], Any]:
    from sklearn.linear_model import LogisticRegression, Ridge

    return Ridge if schema.task == REGRESSION else lambda: LogisticRegression(max_iter=300)


def _boosting(train: Rows, asked: Array, schema: Schema, every: bool) -> Baseline:
    work = len(train) * train.X.shape[1] * schema.outputs
    if work > BOOSTING_WORK and not every:
        return _skipped(BOOSTING, BOOSTED, work, BOOSTING_WORK)
    x, z = (np.array(X[:], np.float64) for X in (train.X, asked))
    coded = [kind in (CATEGORY, FLAG) for kind in schema.kinds] or [False] * x.shape[1]
    few = [j for j, levels in enumerate(schema.levels) if coded[j] and len(levels) <= 250]
    for values in (x, z):
        values[:, few] = np.where(values[:, few] < 0, np.nan, values[:, few])  # an unseen level is a missing one
    return Baseline(BOOSTING, BOOSTED, _fitted(_boosting_model(schema, few), x, train, z, schema))


def _boosting_model(schema: Schema, categories: list[int]) -> Callable[[], Any]:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingRegressor if schema.task == REGRESSION else HistGradientBoostingClassifier
    return lambda: kind(random_state=0, early_stopping=False, categorical_features=categories or None)


def _fitted(make: Callable[[], Any], x: Array, train: Rows, z: Array, schema: Schema) -> Array:
    """Answers to the rows z; of several targets or labels by a model for each."""
    with warnings.catch_warnings(), _on_one_core():
        warnings.simplefilter("ignore")  # what has not converged is measured as it is
        columns = [_one(make, x, y, train.importance, z) for y in train.y.reshape(len(train.y), -1).T]
    found = np.stack(columns, axis=1)
    return found[:, 0] if train.y.ndim == 1 else found


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Boosting sums in one order, waits for no other core, and starts no process to ask for their number."""
    before = os.environ.get(THREADS)
    os.environ[THREADS] = "1"
    try:
        with threadpool_limits(1):
            yield
    finally:
        del os.environ[THREADS]
        os.environ |= {} if before is None else {THREADS: before}


def _one(make: Callable[[], Any], x: Array, y: Array, weights: Array | None, z: Array) -> Array:
    if (y == y[0]).all():  # no classifier learns from one class
        return np.full(len(z), y[0])
    return np.asarray(make().fit(x, y, sample_weight=weights).predict(z))
