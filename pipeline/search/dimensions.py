"""What one setting of a search may be: one of some words, or a number between two, each written short and exact."""

import itertools
import math
from dataclasses import dataclass

from hydra.core.override_parser.types import ChoiceSweep, IntervalSweep, Override, RangeSweep
from hydra.errors import HydraException

from pipeline.errors import HoldoutError

DIGITS = 4  # of a number that is drawn: equal words are one trial, and nobody needs a rate of 0.012345678
MOST = 10_000  # words of one setting
LOG = "log"


@dataclass(frozen=True)
class Discrete:
    """One of ``texts``; ordered: they are numbers in their order, as of ``range(1,9)``."""

    texts: tuple[str, ...]
    ordered: bool = False

    def at(self, unit: float) -> str:
        """The text at a place of the unit interval, each as likely as the others."""
        return self.texts[min(int(unit * len(self.texts)), len(self.texts) - 1)]


@dataclass(frozen=True)
class Interval:
    """A number from ``low`` to ``high``, both among them; log: drawn by its logarithm; whole: a whole one."""

    low: float
    high: float
    log: bool = False
    whole: bool = False

    def at(self, unit: float) -> str:
        """The number at a place of the unit interval, as text."""
        half = 0.5 if self.whole else 0.0  # so that the ends are as likely as the others
        low, high = self.low - half, self.high + half
        if not self.log:
            return self.text(low + unit * (high - low))
        return self.text(math.exp(math.log(low) + unit * (math.log(high) - math.log(low))))

    def text(self, value: float) -> str:
        """A number as it is written: DIGITS digits that count, or all of an end's, and never beyond an end."""
        if self.whole:
            return str(int(min(max(round(value), self.low), self.high)))
        shortened = float(f"{value:.{DIGITS}g}")
        return repr(shortened if self.low <= shortened <= self.high else min(max(value, self.low), self.high))


def dimension_of(one: Override) -> Discrete | Interval | None:
    """What a setting's words let it be; None where that is one value.

    Raises:
        HoldoutError: words that no search can draw from.
    """
    value = one.value()
    if isinstance(value, IntervalSweep):
        return _interval(one, value)
    if not isinstance(value, ChoiceSweep | RangeSweep):
        return None
    if getattr(value, "shuffle", False):
        raise _refused(one, "a search draws by its own seed: leave shuffle out")
    if value.tags:
        raise _refused(one, f"only interval(…) can have the tag {LOG}: for whole numbers tag(log,int(interval(8,256)))")
    try:
        texts = tuple(dict.fromkeys(itertools.islice(one.sweep_string_iterator(), MOST + 1)))
    except (HydraException, ArithmeticError, ValueError) as error:
        raise _refused(one, str(error)) from None
    if not 0 < len(texts) <= MOST:
        raise _refused(one, f"from 1 to {MOST:,} values are allowed, or int(interval(…)) for whole numbers")
    return Discrete(texts, ordered=isinstance(value, RangeSweep))


def _interval(one: Override, value: IntervalSweep) -> Interval:
    low, high = value.start, value.end
    assert low is not None
    assert high is not None
    if others := value.tags - {LOG}:
        raise _refused(one, f"the tag {sorted(map(str, others))[0]} is unknown, allowed: {LOG}")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise _refused(one, "an interval goes from a number to a greater one")
    if LOG in value.tags and low <= 0:
        raise _refused(one, "with log, an interval begins above 0")
    return Interval(low, high, LOG in value.tags, isinstance(low, int))


def _refused(one: Override, why: str) -> HoldoutError:
    return HoldoutError(f"{one.input_line}: {why}")
