"""CMA-ES with categories (CatCMA with margin, Hamano et al. 2025), by the library cmaes, from its start for each batch.

A batch is a generation. All that was tried is told again, generation by generation, so that nothing but the seed and
the trials decides, and no state is kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipeline.search.asking import Proposal, Told, left
from pipeline.search.dimensions import Discrete
from pipeline.search.space import Dimension, Point, SearchSpace

if TYPE_CHECKING:
    from cmaes import CatCMAwM

IDLE = 100  # generations with nothing new: it has settled, or the space has no more


@dataclass(frozen=True)
class Evolution:
    """Intervals are drawn in the unit cube, ordered words by their places there, choices with a probability each.

    A setting that is not given at a point has no effect on it. What diverged or failed ranks behind all others; equal
    scores rank in the order of asking. What is drawn again counts with the score that it had.

    batch: trials of a generation.
    """

    space: SearchSpace
    trials: int
    batch: int
    seed: int

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        scores = {one.proposal.words: one.score for one in tried}
        strategy = self._strategy()
        for _ in range(len(tried) + IDLE):
            drawn = [strategy.ask() for _ in range(self.batch)]
            points = [self._point(one) for one in drawn]
            every = [self.space.words(point) for point in points]
            new = {words: point for words, point in zip(every, points, strict=True) if words not in scores}
            if new:
                return [Proposal(words, point) for words, point in new.items()][: left(self.trials, tried)]
            strategy.tell(list(zip(drawn, ranks([scores[words] for words in every]), strict=True)))
        return []

    @cached_property
    def _kinds(self) -> tuple[list[Dimension], list[Dimension], list[Dimension]]:
        """What is an interval, what has ordered words, and what has other ones."""
        kinds: tuple[list[Dimension], list[Dimension], list[Dimension]] = ([], [], [])
        for one in self.space.varied:
            several = isinstance(one.values, Discrete)
            ordered = isinstance(one.values, Discrete) and one.values.ordered and len(one.values.texts) > 2
            kinds[several + (several and not ordered)].append(one)
        return kinds

    def _strategy(self) -> "CatCMAwM":
        from cmaes import CatCMAwM

        intervals, ordered, others = self._kinds
        return CatCMAwM(
            x_space=[[0.0, 1.0]] * len(intervals) or None,
            z_space=[list(np.linspace(0, 1, _count(one))) for one in ordered] or None,
            c_space=[_count(one) for one in others] or None,
            population_size=self.batch,
            seed=self.seed,
        )

    def _point(self, drawn: "CatCMAwM.Solution") -> Point:
        intervals, ordered, others = self._kinds
        texts: dict[str, str] = {}
        for one, unit in zip(intervals, drawn.x if intervals else (), strict=True):
            texts[one.label] = one.values.at(float(unit))
        for one, unit in zip(ordered, drawn.z if ordered else (), strict=True):
            texts[one.label] = _texts(one)[round(unit * (_count(one) - 1))]
        for one, chosen in zip(others, drawn.c if others else (), strict=True):
            texts[one.label] = _texts(one)[int(np.argmax(chosen))]
        return self.space.point(lambda one: texts[one.label])


def ranks(scores: Sequence[float | None]) -> list[float]:
    """The place of each score, the smallest first; equal ones in their order, those without one behind all others."""
    values = [np.inf if score is None else score for score in scores]
    order = sorted(range(len(values)), key=values.__getitem__)
    return [float(order.index(place)) for place in range(len(values))]


def _texts(dimension: Dimension) -> tuple[str, ...]:
    assert isinstance(dimension.values, Discrete)
    return dimension.values.texts


def _count(dimension: Dimension) -> int:
    return len(_texts(dimension))
