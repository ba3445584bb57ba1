"""Learning rates: how they fall from epoch to epoch, and how they differ from layer to layer (notes §4).

Stochastic learning keeps bouncing around a minimum unless its rate is reduced; layers learn at the same speed only if
their rates differ.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.limits import named, setting

# (epoch from 1, validation scores of the epochs before it, lower is better) -> the factor of η in that epoch.
Rate = Callable[[int, Sequence[float]], float]
SCHEDULES: dict[str, Callable[["Schedule"], Rate]] = {}


@dataclass(frozen=True)
class Schedule:
    """A schedule with its constants; each takes those it needs.

    factor: of each drop (step, plateau); every: epochs between drops (step); decay: per epoch (exponential,
    inverse_time); epochs: until the end (cosine); floor: the least factor; patience: epochs without a better score
    before a drop (plateau).
    """

    name: str = setting("constant", choices=SCHEDULES)
    factor: float = setting(0.5, above=0, most=1)
    every: int = setting(10, least=1)
    decay: float = setting(0.05, least=0)
    epochs: int = setting(60, least=1)
    floor: float = setting(0.0, least=0, most=1)
    patience: int = setting(3, least=1)


@named(SCHEDULES)
def constant(schedule: Schedule) -> Rate:
    """1 throughout."""
    return lambda epoch, scores: 1.0


@named(SCHEDULES)
def step(schedule: Schedule) -> Rate:
    """factorⁿ after n · every epochs."""
    return lambda epoch, scores: max(schedule.floor, schedule.factor ** ((epoch - 1) // schedule.every))


@named(SCHEDULES)
def exponential(schedule: Schedule) -> Rate:
    """e^{−decay · t}, with t = epoch − 1."""
    return lambda epoch, scores: max(schedule.floor, math.exp(-schedule.decay * (epoch - 1)))


@named(SCHEDULES)
def inverse_time(schedule: Schedule) -> Rate:
    """1/(1 + decay · t): Robbins and Monro's 1/t, which lets stochastic learning converge."""
    return lambda epoch, scores: max(schedule.floor, 1 / (1 + schedule.decay * (epoch - 1)))


@named(SCHEDULES)
def cosine(schedule: Schedule) -> Rate:
    """Half a cosine from 1 down to ``floor`` in the last of ``epochs`` (Loshchilov & Hutter 2017)."""

    def rate(epoch: int, scores: Sequence[float]) -> float:
        share = min(1.0, (epoch - 1) / max(1, schedule.epochs - 1))
        return schedule.floor + (1 - schedule.floor) * (1 + math.cos(math.pi * share)) / 2

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
        return max(schedule.floor, schedule.factor**drops)

    return rate


def _equal(sizes: Sequence[int]) -> list[float]:
    return [1.0] * (len(sizes) - 1)


def _fan_in(sizes: Sequence[int]) -> list[float]:
    """1/√m_{l−1}: neurons with many inputs learn in smaller steps."""
    return [before**-0.5 for before in sizes[:-1]]


RATE_SCHEMES: dict[str, Callable[[Sequence[int]], list[float]]] = {"equal": _equal, "fan_in": _fan_in}


def layer_rates(learning_rate: float, sizes: Sequence[int], scheme: str, factors: Sequence[float]) -> list[float]:
    """η_l of each layer 1 … L: the learning rate, times the scheme's share, times the layer's factor (notes §4).

    Args:
        sizes: (m_0, …, m_L).
        scheme: ``equal``, or ``fan_in`` for η/√m_{l−1}.
        factors: one per layer, or none for 1 everywhere.

    Raises:
        ValueError: there are factors, but not one per layer.
    """
    shares = RATE_SCHEMES[scheme](sizes)
    if factors and len(factors) != len(shares):
        raise ValueError(f"found {len(factors)} factors for {len(shares)} layers: expected one per layer, or none")
    return [learning_rate * share * factor for share, factor in zip(shares, factors or _equal(sizes), strict=True)]
