"""A made-up row that a model can answer, to show callers what one looks like: no row of the data."""

import datetime
from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.data.dates import ISO
from pipeline.feed.schema import DATE, NUMBER
from pipeline.training.model import Model

DIGITS = 4  # of a number


def typical(model: Model) -> dict[str, Any]:
    """A value by the name of each column: a number in the middle, the first level, a date in the middle as text."""
    schema, middles = model.schema, _middles(model)
    kinds = schema.kinds or (NUMBER,) * len(schema.features)
    levels = schema.levels or ((),) * len(schema.features)
    columns = enumerate(zip(schema.features, kinds, levels, strict=True))
    return {name: _value(kind, known, middles.get(j, 0.0)) for j, (name, kind, known) in columns}


def _middles(model: Model) -> Mapping[int, float]:
    """What gaps are filled with (the median of training rows), or the mean, by the number of the raw column."""
    expansion = model.inputs.expansion
    if expansion is None:
        return dict(enumerate(model.inputs.affine.mean))
    steps = (expansion.numbers, expansion.scores)
    return {int(j): float(value) for step in steps for j, value in zip(step.columns, step.fill, strict=True)}


def _value(kind: str, known: tuple[str, ...], middle: float) -> Any:
    if kind == DATE:
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=round(middle))
        return moment.isoformat() if known in ((), (ISO,)) else moment.strftime(known[0])
    return known[0] if known else float(np.format_float_positional(middle, DIGITS, fractional=False))
