"""The validation rows that the selected model gets most wrong. Test rows are never shown."""

from dataclasses import dataclass

import numpy as np

from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, DATE, MULTILABEL
from pipeline.feed.targets import columns
from pipeline.training.breakdown import per_row
from pipeline.training.determinism import one_thread
from pipeline.training.model import Model

Array = np.ndarray
SHOWN = 8
ATTRIBUTES = 12  # columns of a row


@dataclass(frozen=True, eq=False)
class WrongRow:
    """One row in words.

    origin: its number in data/prepared, from 0; true, found: what it is, and was taken for; said: how sure the network
    was of that, empty where it has no probabilities; values: its columns as text; X: (columns,) the row, for a picture.
    """

    origin: int
    true: str
    found: str
    said: str
    values: tuple[tuple[str, str], ...]
    X: Array


def most_wrong(model: Model, rows: Rows, card: Card) -> list[WrongRow]:
    """At most SHOWN of the rows that count as wrong, the worst first; of equal ones, the first."""
    with one_thread():  # the same bits whatever the number of cores
        z = model.readout(rows.X)
        found = model.decode(z)
        outputs = np.asarray(model.outputs(z), np.float64)
    worst = np.argsort(-_wrongness(model, outputs, found, rows.y), kind="stable")
    wrong = np.flatnonzero(per_row(model, found, rows.y) > 0)
    kept = worst[np.isin(worst, wrong)][:SHOWN]
    return [_shown(int(i), model, rows, card, found, outputs) for i in kept]


def _wrongness(model: Model, outputs: Array, found: Array, y: Array) -> Array:
    """(rows,): how much more the network was for what it said than for what is true; of numbers, the squared error."""
    if model.schema.task == CLASSIFICATION:
        rows = np.arange(len(y))
        return np.asarray(outputs[rows, found] - outputs[rows, y])
    if model.schema.task == MULTILABEL:
        return np.asarray(np.abs(outputs - np.where(y > 0, *model.values[::-1])).sum(axis=1))
    return per_row(model, found, y)


def _shown(i: int, model: Model, rows: Rows, card: Card, found: Array, outputs: Array) -> WrongRow:
    origin = i if rows.origin is None else int(rows.origin[i])
    sure = card.task == CLASSIFICATION and model.architecture.loss == "cross_entropy"
    said = f"{100 * outputs[i, found[i]]:.1f} %" if sure else ""
    x = np.asarray(rows.X[i])
    return WrongRow(origin, _words(rows.y[i], card), _words(found[i], card), said, _values(x, card), x)


def _words(value: Array, card: Card) -> str:
    if card.task == CLASSIFICATION:
        return card.classes[int(value)]
    if card.task == MULTILABEL:
        return ", ".join(name for name, flag in zip(card.classes, value, strict=True) if flag) or "none"
    return ", ".join(f"{number:.4g}" for number in columns(np.asarray(value)[None])[0])


def _values(x: Array, card: Card) -> tuple[tuple[str, str], ...]:
    """The first columns of a table's row, as the source has them; none of an image."""
    if card.image_shape:
        return ()
    return tuple((name, _text(x[i], i, card)) for i, name in enumerate(card.features[:ATTRIBUTES]))


def _text(value: float, i: int, card: Card) -> str:
    if np.isnan(value):
        return "missing"
    if card.kinds and card.levels[i]:
        return card.levels[i][int(value)] if value >= 0 else "not listed"
    if card.kinds and card.kinds[i] == DATE:
        return str(np.datetime64(int(value), "s")).replace("T00:00:00", "")
    return f"{value:.4g}"
