"""Searches that learn nothing from scores: points drawn at random, or by a Sobol' sequence, which leaves fewer gaps."""

import itertools
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.configuration.composing import Words
from pipeline.errors import HoldoutError
from pipeline.search.asking import Proposal, Told, left
from pipeline.search.dimensions import MOST, Discrete
from pipeline.search.space import SearchSpace

IDLE = 1000  # draws one after the other that are known: a small space has no more
# Endless rows of the unit cube of so many dimensions, by a seed; how many are taken changes none of them.
Units = Callable[[int, int], Iterator[np.ndarray]]


@dataclass(frozen=True)
class Drawn:
    """All trials in one batch, for none depends on another's score."""

    space: SearchSpace
    trials: int
    seed: int
    units: Units

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        known = {one.proposal.words for one in tried}
        return fresh(self.space, self.units(len(self.space.varied), self.seed), known, left(self.trials, tried))


def fresh(space: SearchSpace, rows: Iterator[np.ndarray], known: Collection[Words], count: int) -> list[Proposal]:
    """The first ``count`` points of the rows whose words are not known; fewer where the space has no more."""
    found: dict[Words, Proposal] = {}
    idle = 0
    while len(found) < count and idle < IDLE:
        point = space.at(next(rows))
        words = space.words(point)
        idle = idle + 1 if words in known or words in found else 0
        if not idle:
            found[words] = Proposal(words, point)
    return list(found.values())


def all_of(space: SearchSpace) -> list[Proposal]:
    """Every point of a space, as a grid has them, in the order of its words.

    Raises:
        HoldoutError: there are endlessly many.
    """
    texts = []
    for one in space.varied:
        if not isinstance(one.values, Discrete):
            raise HoldoutError(
                f"hydra.sweeper.draw=grid: {one.name} is an interval: name its values, or draw at random"
            )
        texts.append(one.values.texts)
    if (count := math.prod(map(len, texts))) > MOST:
        raise HoldoutError(f"hydra.sweeper.draw=grid has {count:,} points, allowed are {MOST:,}: draw at random")
    points = (dict(zip((one.label for one in space.varied), some, strict=True)) for some in itertools.product(*texts))
    given = (space.point(lambda one, point=point: point[one.label]) for point in points)  # type: ignore[misc]
    return list({space.words(point): Proposal(space.words(point), point) for point in given}.values())


def at_random(dimensions: int, seed: int) -> Iterator[np.ndarray]:
    """Rows that are independent of one another and uniform."""
    rng = np.random.default_rng(seed)
    while True:
        yield rng.random(dimensions)


def sobol(dimensions: int, seed: int) -> Iterator[np.ndarray]:
    """Rows of a Sobol' sequence, scrambled (Matoušek 1998) by the seed; any 2^k first ones are spread evenly."""
    from scipy.stats import qmc

    sequence = qmc.Sobol(dimensions, scramble=True, rng=seed)
    for power in itertools.count():  # 1, 1, 2, 4, …: SciPy warns where the total is no power of 2
        yield from sequence.random(2 ** max(power - 1, 0))
