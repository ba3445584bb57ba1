"""What evaluate says of the test rows: scores, their interval and what it rests on, and no row by itself."""

from typing import Any

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.auditing.usual import usual_answer
from pipeline.data.card import Card
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CLASSIFICATION, REGRESSION
from pipeline.feed.targets import columns
from pipeline.reporting import evidence, intervals
from pipeline.reporting.calibration import calibration
from pipeline.reporting.evidence import Evidence
from pipeline.training import metrics
from pipeline.training.breakdown import counted, per_row, taken_apart
from pipeline.training.model import Model

Array = np.ndarray


def measure(model: Model, test: Rows, train: Rows, card: Card) -> tuple[dict[str, Any], Array]:
    """Metrics on the test rows, by their weights, with the interval of the main one; and the counts of ``counted``.

    Of the training rows only the targets are read: for what always answering the same would score.
    """
    weights, z = test.importance, model.readout(test.X)
    found, main = model.decode(z), metrics.main_metric(card)
    measured = metrics.measure(model, z, metrics.desired(model, test.y), test.y, weights)
    known = _evidence(per_row(model, found, test.y), test, card)
    answer = usual_answer(train, card)
    always = np.broadcast_to(answer, test.y.shape)
    facts = {
        **{"n": len(test), "metric": f"test/{main}", "constant": _mean(per_row(model, always, test.y), weights)},
        **({} if weights is None else {"effective_rows": evidence.effective_rows(weights)}),
        **{"evidence": known.facts(), "interval": intervals.interval(known), "constant_answer": _said(answer[0], card)},
        **{"calibration": calibration(model, z, test.y), **model.decided_by},
        **taken_apart(card, found, test.y, weights),
    }
    return {f"test/{name}": value for name, value in measured.items()} | facts, counted(card, found, test.y)


def _said(answer: Array, card: Card) -> list[str]:
    """The constant answer in words: a class, the labels that it gives, or a number for each target."""
    if card.task == CLASSIFICATION:
        return [card.classes[int(answer)]]
    if card.task == REGRESSION:
        return [f"{value:.6g}" for value in columns(answer[None])[0]] if answer.ndim else [f"{float(answer):.6g}"]
    return [name for name, flag in zip(card.classes, answer, strict=True) if flag]


def _evidence(each: Array, test: Rows, card: Card) -> Evidence:
    """By what each row adds to the score, (rows,)."""
    if card.task == REGRESSION:
        return evidence.of_mean(each, test.importance, test.groups)
    labels = 1 if card.task == CLASSIFICATION else card.outputs
    return evidence.of_share(each, test.importance, test.groups, labels)


def _mean(values: Array, weights: Array | None) -> float:
    return float(mean(values, weights))
