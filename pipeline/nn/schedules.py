"""Learning rates: how they fall from epoch to epoch, and how they differ from layer to layer (notes §4).

Stochastic learning keeps bouncing around a minimum unless its rate is reduced; layers learn at the same speed only if
their rates differ.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.arithmetic.exponents import power
from pipeline.limits import named, setting

if TYPE_CHECKING:
    from pipeline.nn.optimizers import Optimizer  # which knows the schemes' names from here

# (epoch from 1, validation scores of the epochs before it, lower is better) -> the factor of η in that epoch.
Rate = Callable[[int, Sequence[float]], float]
TIMED = ("cosine", "cycles")  # whose end is set
FALLING = ("step", "exponential", "inverse_time", "cosine", "cycles", "plateau")
LN_2 = 0.6931471805599453
SCHEDULES: dict[str, Callable[["Schedule"], Rate]] = {}


@dataclass(frozen=True)
class Schedule:
    """A schedule with its constants; each takes those it needs.

    factor: of each drop (step, plateau); every: epochs between drops (step); decay: per epoch (exponential,
    inverse_time); epochs: until the end (cosine, cycles); floor: the least factor; patience: epochs without a better
    score before a drop (plateau); cycles: how many there are (cycles).
    """

    name: str = setting("constant", choices=SCHEDULES)
    factor: float = setting(0.5, above=0, most=1, only={"name": ("step", "plateau")})
    every: int = setting(10, least=1, only={"name": ("step",)})
    decay: float = setting(0.05, least=0, only={"name": ("exponential", "inverse_time")})
    epochs: int = setting(60, least=1, only={"name": TIMED})
    floor: float = setting(0.0, least=0, most=1, only={"name": FALLING})
    patience: int = setting(3, least=1, only={"name": ("plateau",)})
    cycles: int = setting(4, least=1, most=16, only={"name": ("cycles",)})


@named(SCHEDULES)
def constant(schedule: Schedule) -> Rate:
    """1 throughout."""
    return lambda epoch, scores: 1.0


@named(SCHEDULES)
def step(schedule: Schedule) -> Rate:
    """factorⁿ after n · every epochs."""
    return lambda epoch, scores: max(schedule.floor, power(schedule.factor, (epoch - 1) // schedule.every))


@named(SCHEDULES)
def exponential(schedule: Schedule) -> Rate:
    """e^{−decay · t}, with t = epoch − 1."""
    from pipeline.arithmetic.elementwise import exp  # Numba: see training.make_engine

    return lambda epoch, scores: max(schedule.floor, float(exp(-schedule.decay * (epoch - 1))))


@named(SCHEDULES)
def inverse_time(schedule: Schedule) -> Rate:
    """1/(1 + decay · t): Robbins and Monro's 1/t, which lets stochastic learning converge."""
    return lambda epoch, scores: max(schedule.floor, 1 / (1 + schedule.decay * (epoch - 1)))


@named(SCHEDULES)
def cosine(schedule: Schedule) -> Rate:
    """Half a cosine from 1 down to ``floor`` in the last of ``epochs`` (Loshchilov & Hutter 2017)."""

    from pipeline.arithmetic.elementwise import cosine as cosine_of_turns  # Numba: see training.make_engine

    def rate(epoch: int, scores: Sequence[float]) -> float:
        share = min(1.0, (epoch - 1) / max(1, schedule.epochs - 1))
        return schedule.floor + (1 - schedule.floor) * (1 + float(cosine_of_turns(share / 2))) / 2

    return rate


@named(SCHEDULES)
def cycles(schedule: Schedule) -> Rate:
    """Up from the floor to 1 and down again, ``cycles`` times, each taking twice as long as the one before.

    floor + (1 − floor)(1 − cos(2π log₂(1 + (2ᵏ − 1)t)))/2 with t from 0 to 1 over ``epochs`` (Holzmüller et al. 2024):
    a high rate leaves poor minima, each fall settles in one; the longest comes last.
    """

    from pipeline.arithmetic.elementwise import cosine as cosine_of_turns  # Numba: see training.make_engine
    from pipeline.arithmetic.elementwise import log

    def rate(epoch: int, scores: Sequence[float]) -> float:
        share = min(1.0, (epoch - 0.5) / schedule.epochs)  # the middle of the epoch: the first one learns, too
        turns = float(log(1 + (2**schedule.cycles - 1) * share)) / LN_2
        return schedule.floor + (1 - schedule.floor) * (1 - float(cosine_of_turns(turns))) / 2

    return rate


@named(SCHEDULES)
def plateau(schedule: Schedule) -> Rate:
    """A drop whenever ``patience`` epochs in a row brought no better score; counted anew after each."""

    def rate(epoch: int, scores: Sequence[float]) -> float:
        best, waited, drops = math.inf, 0, 0
        for score in scores[: epoch - 1]:
            waited = 0 if score < best else waited + 1
            best = min(best, score)
            if waited == schedule.patience:
                drops, waited = drops + 1, 0
        return max(schedule.floor, power(schedule.factor, drops))

    return rate


def _equal(sizes: Sequence[int]) -> list[float]:
    return [1.0] * (len(sizes) - 1)


def _fan_in(sizes: Sequence[int]) -> list[float]:
    """1/√m_{l−1}: neurons with many inputs learn in smaller steps."""
    return [1 / math.sqrt(before) for before in sizes[:-1]]


RATE_SCHEMES: dict[str, Callable[[Sequence[int]], list[float]]] = {"equal": _equal, "fan_in": _fan_in}


def layer_rates(optimizer: "Optimizer", sizes: Sequence[int]) -> list[float]:
    """η_l of each layer 1 … L: the learning rate, times the scheme's share, times the layer's factor (notes §4).

    Where the inputs have trained scales, η of these comes last.

    Args:
        sizes: (m_0, …, m_L).

    Raises:
        ValueError: there are factors, but not one per layer.
    """
    shares, factors = RATE_SCHEMES[optimizer.layer_rates](sizes), optimizer.rate_factors
    if factors and len(factors) != len(shares):
        raise ValueError(f"found {len(factors)} factors for {len(shares)} layers: expected one per layer, or none")
    layers = [share * factor for share, factor in zip(shares, factors or _equal(sizes), strict=True)]
    scales = [optimizer.input_scale] if optimizer.input_scale else []
    return [optimizer.learning_rate * share for share in [*layers, *scales]]
