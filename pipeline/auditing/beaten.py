"""Where the selected network stands among the simple rules, on the validation rows."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.auditing.pairing import Paired, paired
from pipeline.auditing.pitfalls import ALARM, INFO, WARNING, Finding
from pipeline.auditing.rounding import rounded
from pipeline.auditing.rules import CONSTANT, Baseline
from pipeline.feed.rows import Rows
from pipeline.feed.schema import REGRESSION, Schema

Array = np.ndarray
Entry = dict[str, Any]


def losses(answers: Array, y: Array, schema: Schema, spread: Array) -> Array:
    """(rows,) what each answer adds to the metric: 1 for an error (of several labels their share), or a square.

    spread: (targets,) of several targets, by which their errors are divided; else 1.
    """
    found, true = answers.reshape(len(y), -1), y.reshape(len(y), -1)
    if schema.task != REGRESSION:
        return np.asarray((found != true).mean(axis=1))
    return np.asarray((np.square(found - true) / np.square(spread)).mean(axis=1))


def scale_of(train: Rows, schema: Schema) -> Array:
    """(targets,) standard deviations of several real targets, else (1,) of 1."""
    several = schema.task == REGRESSION and schema.outputs > 1
    return np.asarray(train.y, np.float64).std(axis=0) if several else np.ones(1)


def entries(
    tried: Sequence[Baseline], network: Array | None, validation: Rows, schema: Schema, spread: Array
) -> list[Entry]:
    """A line per rule: its score, and the network's less it, on the same rows; ``network``: the answers, or None."""
    y, weights = validation.y, validation.importance
    own = None if network is None else losses(network, y, schema, spread)
    return [_entry(rule, own, validation, schema, spread, weights, y) for rule in tried]


def _entry(
    rule: Baseline, own: Array | None, rows: Rows, schema: Schema, spread: Array, weights: Array | None, y: Array
) -> Entry:
    facts: Entry = {"kind": rule.kind, "name": rule.name, "skipped": rule.skipped, "score": None, "paired": None}
    if rule.answers is None:
        return facts
    found = losses(rule.answers, y, schema, spread)
    facts["score"] = rounded(float(np.average(found, weights=weights)))
    if own is not None:
        counted = schema.task != REGRESSION and y.ndim == 1
        facts["paired"] = _in_json(paired(own, found, counted, rows.groups, weights))
    return facts


def _in_json(found: Paired) -> Entry:
    interval = None if found.interval is None else [rounded(bound) for bound in found.interval]
    p = None if found.p is None else rounded(found.p)
    return {"difference": rounded(found.difference), "p": p, "interval": interval, "sure": found.sure}


def verdicts(lines: Sequence[Entry], score: float, rows: int, schema: Schema) -> list[Finding]:
    """HD14, for each rule that the network is not surely better than, or that is surely better than the network."""
    found = []
    for line in lines:
        pair = line["paired"]
        if pair is None:
            continue
        worse = pair["difference"] >= 0
        if line["kind"] == CONSTANT and (worse or not pair["sure"]):
            grave = ALARM
        elif worse and pair["sure"]:
            grave = WARNING
        elif worse:
            grave = INFO
        else:
            continue
        found.append(Finding("HD14", grave, _said(line, score, rows, schema), (line["name"],), {"score": score}))
    return found


def _said(line: Entry, score: float, rows: int, schema: Schema) -> str:
    own, other = (_shown(value, schema) for value in (score, line["score"]))
    pair = line["paired"]
    sure = " surely" if pair["sure"] else ""
    how = f"is{sure} worse than" if pair["difference"] > 0 else "is not surely better than"
    if pair["difference"] == 0 or (line["kind"] == CONSTANT and pair["difference"] >= 0 and not pair["sure"]):
        how = "is no better than"
    return f"on {rows} validation rows the network ({own}) {how} {line['name']} ({other})"


def _shown(value: float, schema: Schema) -> str:
    return f"{value:.4g}" if schema.task == REGRESSION else f"{100 * value:.2f} % errors"
