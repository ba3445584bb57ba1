"""The map of raw columns to inputs as ONNX nodes, step by step as pipeline/feed computes it, in float64."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.feed.cycles import Cycles
from pipeline.feed.expansion import Expansion
from pipeline.feed.gaps import Gaps
from pipeline.feed.inputs import Inputs
from pipeline.feed.levels import UNKNOWN, Levels
from pipeline.feed.preprocessing import Affine
from pipeline.feed.ramps import Ramps
from pipeline.feed.scaling import FINEST, Numbers, Scores
from pipeline.feed.survey import FARTHEST
from pipeline.serving.nodes import Nodes
from pipeline.serving.normal import quantile

Array = np.ndarray


def inputs_of(nodes: Nodes, inputs: Inputs, X: str, dtype: np.dtype) -> str:
    """The inputs (rows, m_0) of the network, of ``dtype``, from raw rows X (rows, features)."""
    if inputs.expansion is None:
        return nodes.cast(affine(nodes, inputs.affine, X), dtype)
    made = affine(nodes, inputs.affine, expanded(nodes, inputs.expansion, X))
    largest = float(np.finfo(dtype).max)
    return nodes.cast(_clip(nodes, made, -largest, largest), dtype)


def affine(nodes: Nodes, step: Affine, x: str) -> str:
    z = nodes.add("Div", nodes.add("Sub", x, nodes.const(step.mean)), nodes.const(step.scale))
    return z if step.axes is None else nodes.add("MatMul", z, nodes.const(step.axes.T))


def expanded(nodes: Nodes, expansion: Expansion, X: str) -> str:
    """(rows, width), float64."""
    steps: list[tuple[Callable[..., str], Any]] = [
        (numbers, expansion.numbers), (scores, expansion.scores), (ramps, expansion.ramps),
        (cycles, expansion.cycles), (levels, expansion.levels), (gaps, expansion.gaps),
    ]  # fmt: skip
    parts = [make(nodes, step, X) for make, step in steps if step.width]
    return parts[0] if len(parts) == 1 else nodes.add("Concat", *parts, axis=1)


def numbers(nodes: Nodes, step: Numbers, X: str) -> str:
    x = _bounded(nodes, _filled(nodes, step.columns, step.fill, X)[0])
    centered = nodes.add("Sub", x, nodes.const(step.center))
    z = _bounded(nodes, nodes.add("Mul", centered, nodes.const(step.rate)))
    bent = nodes.add("Mul", z, nodes.const(step.bend))
    root = nodes.add("Sqrt", nodes.add("Add", nodes.const(1.0), nodes.add("Mul", bent, bent)))
    return nodes.add("Div", z, root)


def scores(nodes: Nodes, step: Scores, X: str) -> str:
    parts = [_score(nodes, step, place, X) for place in range(step.width)]
    shares = parts[0] if len(parts) == 1 else nodes.add("Concat", *parts, axis=1)
    return quantile(nodes, _clip(nodes, shares, FINEST, 1 - FINEST))


def _score(nodes: Nodes, step: Scores, place: int, X: str) -> str:
    """F of one column (rows, 1)."""
    column, knots = step.columns[place : place + 1], step.knots[place]
    x = _bounded(nodes, _filled(nodes, column, step.fill[place : place + 1], X)[0])
    below = _interpolated(nodes, x, knots, step.shares)
    above = _interpolated(nodes, nodes.add("Neg", x), -knots[::-1], -step.shares[::-1])
    return nodes.add("Mul", nodes.add("Sub", below, above), nodes.const(0.5))


def _interpolated(nodes: Nodes, x: str, knots: Array, values: Array) -> str:
    """(rows, 1): linear between the knots, level beyond; at equal knots the last one counts, as numpy.interp has it."""
    with np.errstate(divide="ignore", invalid="ignore"):
        slopes = np.append(np.diff(values) / np.diff(knots), 0.0)
    slopes = np.where(np.isfinite(slopes), slopes, 0.0)
    x = _clip(nodes, x, float(knots[0]), float(knots[-1]))
    reached = nodes.cast(nodes.add("GreaterOrEqual", x, nodes.const(knots[None])), np.int64)
    count = nodes.add("ReduceSum", reached, nodes.const([1], np.int64), keepdims=1)
    place = nodes.add("Sub", count, nodes.const(1, np.int64))
    knot, value, slope = (nodes.add("Gather", nodes.const(table), place) for table in (knots, values, slopes))
    return nodes.add("Add", value, nodes.add("Mul", slope, nodes.add("Sub", x, knot)))


def ramps(nodes: Nodes, step: Ramps, X: str) -> str:
    x = _bounded(nodes, _filled(nodes, step.columns, step.fill, X)[0])
    above = nodes.add("Sub", x, nodes.const(step.low))
    return _clip(nodes, nodes.add("Div", above, nodes.const(step.high - step.low)), 0.0, 1.0)


def cycles(nodes: Nodes, step: Cycles, X: str) -> str:
    x, missing = _filled(nodes, step.columns, np.zeros(step.width), X)
    since = nodes.add("Sub", _bounded(nodes, x), nodes.const(step.origin))
    turns = _bounded(nodes, nodes.add("Div", since, nodes.const(step.period)))
    turns = nodes.add("Sub", turns, nodes.add("Floor", turns))
    angle = nodes.add("Mul", nodes.add("Add", turns, nodes.const(step.phase)), nodes.const(2 * math.pi))
    return nodes.add("Where", missing, nodes.const(step.fill), nodes.add("Sin", angle))


def levels(nodes: Nodes, step: Levels, X: str) -> str:
    sizes = np.diff(step.starts, append=len(step.slots)) - 2
    codes = nodes.take(X, step.columns)
    missing = nodes.add("IsNaN", codes)
    known = nodes.add("Where", missing, nodes.const(-2.0), _codes_in(nodes, codes, sizes))
    places = nodes.cast(nodes.add("Add", known, nodes.const(step.starts + 2.0)), np.int64)
    found = nodes.take(nodes.add("Gather", nodes.const(step.slots), places), step.of)
    own = nodes.cast(nodes.add("Equal", found, nodes.const(step.slot)), np.float64)
    unknown = nodes.add("Equal", found, nodes.const(float(UNKNOWN)))
    return nodes.add("Where", unknown, nodes.const(step.fill), own)


def _codes_in(nodes: Nodes, codes: str, sizes: Array) -> str:
    """Codes, −1 for those that no level has."""
    listed = nodes.add(
        "And",
        nodes.add("GreaterOrEqual", codes, nodes.const(0.0)),
        nodes.add("Less", codes, nodes.const(sizes)),
    )
    return nodes.add("Where", listed, codes, nodes.const(-1.0))


def gaps(nodes: Nodes, step: Gaps, X: str) -> str:
    return nodes.cast(nodes.add("IsNaN", nodes.take(X, step.columns)), np.float64)


def _filled(nodes: Nodes, columns: Array, fill: Array, X: str) -> tuple[str, str]:
    """Columns of X with gaps filled, and where the gaps were."""
    x = nodes.take(X, columns)
    missing = nodes.add("IsNaN", x)
    return nodes.add("Where", missing, nodes.const(fill), x), missing


def _bounded(nodes: Nodes, x: str) -> str:
    return _clip(nodes, x, -FARTHEST, FARTHEST)


def _clip(nodes: Nodes, x: str, low: float, high: float) -> str:
    return nodes.add("Clip", x, nodes.const(low), nodes.const(high))
