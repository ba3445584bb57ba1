"""What comes around: dates by year, week and day, numbers by waves of many lengths (periodic embedding)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from pipeline.arithmetic.totals import mean
from pipeline.feed.schema import Schema
from pipeline.feed.survey import Survey, bounded

Array = np.ndarray
DAY = 86400.0
# Seconds, and how many waves describe what happens within: three tell all seven days of a week apart.
CALENDAR = {"year": (365.2425 * DAY, 2), "week": (7 * DAY, 3), "day": (DAY, 2)}
STILL = 1e-3  # a cycle of which training rows show less is no input: a day of the year is about 1.5e-4
MONDAY = 4 * DAY  # 1970 began on a Thursday


class Cycles(NamedTuple):
    """x ↦ sin 2π((x − origin) / period + phase); a gap gives ``fill``. All (n,), one per input.

    columns: numbers of the raw columns; phase: 0 for a sine, 1/4 for a cosine.
    """

    columns: Array
    origin: Array
    period: Array
    phase: Array
    fill: Array

    @property
    def width(self) -> int:
        """Number of inputs."""
        return len(self.columns)

    def apply(self, X: Array, out: Array) -> None:
        """Write the inputs of raw rows X (rows, features) into ``out`` (rows, width)."""
        from pipeline.arithmetic.elementwise import sine  # Numba: see training.make_engine

        x = X[:, self.columns]
        gaps = np.isnan(x)
        turns = bounded((bounded(np.where(gaps, 0.0, x)) - self.origin) / self.period)
        turns -= np.floor(turns)
        out[...] = np.where(gaps, self.fill, sine(turns + self.phase))

    def names(self, schema: Schema) -> list[str]:
        """A name for each input: ``when week sin``, of the second wave ``when week cos 2``."""
        return [
            f"{schema.features[column]} {_called(period)} {'cos' if phase else 'sin'}"
            for column, period, phase in zip(self.columns, self.period, self.phase, strict=True)
        ]

    def faults(self, schema: Schema) -> dict[str, bool]:
        """By field, whether its values can't be."""
        return {"period": not bool((self.period > 0).all()), "fill": bool((np.abs(self.fill) > 1).any())}


def _called(period: float) -> str:
    for name, (length, waves) in CALENDAR.items():
        for wave in range(1, waves + 1):
            if period == length / wave:
                return name if wave == 1 else f"{name}/{wave}"
    return f"wave {period:.3g}"


def fit_calendar(found: Survey, columns: list[int]) -> Cycles:
    """Of each date the cycles in which training rows differ; a gap gives their average."""
    made = []
    for j in columns:
        moments, counts = _known(found, j)
        for length, waves in CALENDAR.values():
            if len(moments) and _spread_over(moments, counts, length) > STILL:
                made += [
                    (j, MONDAY, length / wave, phase, _average(moments, counts, length / wave, phase))
                    for wave in range(1, waves + 1)
                    for phase in (0.0, 0.25)
                ]
    return _made(made)


def fit_waves(columns: Array, centers: Array, rates: Array, waves: int) -> Cycles:
    """Of each number ``waves`` sines and cosines, the longest 8 wide where the middle half of the rows is 1 wide.

    Each next wave is half as long; a gap counts as the center. columns, centers, rates: (n,), as of robust scaling.
    """
    lengths = 8 / np.where(rates > 0, rates, np.nan)  # a constant has no waves
    made = [
        (column, center, length / 2**wave, phase, float(phase > 0))
        for column, center, length in zip(columns, centers, lengths, strict=True)
        for wave in range(waves if np.isfinite(length) else 0)
        for phase in (0.0, 0.25)
    ]
    return _made(made)


def _made(inputs: Sequence[tuple[float, ...]]) -> Cycles:
    columns, *rest = np.array(inputs, np.float64).reshape(-1, 5).T.copy()
    return Cycles(columns.astype(np.int64), *rest)


def _known(found: Survey, column: int) -> tuple[Array, Array]:
    """The values of a column that are no gaps, and how often each counts."""
    values = found.sample[:, column]
    known = ~np.isnan(values) & (found.counts > 0)
    return values[known], found.counts[known]


def _spread_over(moments: Array, counts: Array, length: float) -> float:
    """1 less the length of the mean direction: 0 when all fall at one place of the cycle."""
    down, across = (_average(moments, counts, length, phase) for phase in (0.0, 0.25))
    return 1 - float(np.sqrt(down * down + across * across))


def _average(moments: Array, counts: Array, length: float, phase: float) -> float:
    from pipeline.arithmetic.elementwise import sine  # Numba: see training.make_engine

    turns = (moments - MONDAY) / length % 1
    return float(np.clip(mean(sine(turns + phase), counts), -1, 1))
