"""Searches that stop bad trials early: successive halving, Hyperband's brackets of it, and ASHA in batches.

Trials are trained to a first rung, an epoch; the best of them go on to the next, and the others are given up. What is
decided depends on the scores at the rungs alone, read from the store, and among equal ones on the keys.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from pipeline.search.asking import Dropped, Proposal, Told

Rung = int | None  # an epoch; None is the end of the trial, by its own rules


@dataclass(frozen=True)
class Bracket:
    """Trials that compete: at each rung the best of them go on.

    rungs: rising, the last one None; factor: of those that have come to a rung, one in so many goes on.
    """

    rungs: tuple[Rung, ...]
    factor: int

    def at(self, tried: Sequence[Told], place: int) -> list[Told]:
        """Those that have come to a rung, each key once, the best first; those without a score are last."""
        there = {one.key: one for one in tried if one.proposal.until == self.rungs[place]}
        return sorted(there.values(), key=lambda one: (*_worth(one), one.key))

    def best(self, there: Sequence[Told], least: int = 1) -> list[Told]:
        """Those that go on: one in ``factor``, ``least`` at any rate; none without a score."""
        kept = there[: max(len(there) // self.factor, least)]
        return [one for one in kept if _worth(one)[0] == 0]

    def onward(self, one: Told, place: int) -> Proposal:
        """The same trial, to the rung after ``place``."""
        return replace(one.proposal, until=self.rungs[place + 1])

    def dropped(self, there: Sequence[Told], on: Sequence[Told]) -> Iterator[Dropped]:
        """Those of a rung that wait there and don't go on, with the reason; what has ended is given up by nobody."""
        keys = {one.key for one in on}
        for place, one in enumerate(there, 1):
            if one.waits and one.key not in keys:
                assert one.proposal.until is not None
                kept = f"{len(on)} {'goes' if len(on) == 1 else 'go'} on"
                reason = f"{_ordinal(place)} of {len(there)} at {one.proposal.until} epochs, {kept}"
                yield Dropped(one.key, one.proposal.until, reason)


def _ordinal(place: int) -> str:
    """``1st``, ``12th``, ``23rd``."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(place % 10, "th")
    return f"{place}{'th' if place % 100 in (11, 12, 13) else ending}"


def _worth(one: Told) -> tuple[int, float]:
    return (1, 0.0) if one.score is None or math.isnan(one.score) else (0, one.score)


@dataclass(frozen=True)
class Halving:
    """Successive halving (Jamieson and Talwalkar 2016), one bracket after another in each batch (Li et al. 2018).

    candidates: of each bracket; all are drawn at the start.
    """

    brackets: tuple[Bracket, ...]
    candidates: tuple[tuple[Proposal, ...], ...]

    @property
    def trials(self) -> int:
        return sum(map(len, self.candidates))

    @cached_property
    def trainings(self) -> int:
        """How many times one is trained to a rung, at most."""
        return sum(
            _entries(len(some), len(bracket.rungs), bracket.factor)
            for bracket, some in zip(self.brackets, self.candidates, strict=True)
        )

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        if not tried:
            return [one for some in self.candidates for one in some]
        return [one for bracket, own in self._parts(tried) for one in _onward(bracket, own)]

    def dropped(self, tried: Sequence[Told]) -> Sequence[Dropped]:
        return [
            one
            for bracket, own in self._parts(tried)
            for there in (bracket.at(own, place) for place in range(len(bracket.rungs) - 1))
            for one in bracket.dropped(there, bracket.best(there))
        ]

    def _parts(self, tried: Sequence[Told]) -> Iterator[tuple[Bracket, list[Told]]]:
        """Of each bracket what was tried in it; a key that two of them have is of the first."""
        taken: set[str] = set()
        for bracket, some in zip(self.brackets, self.candidates, strict=True):
            words = {one.words for one in some}
            own = [one for one in tried if one.proposal.words in words and one.key not in taken]
            taken |= {one.key for one in own}
            yield bracket, own


def _onward(bracket: Bracket, tried: Sequence[Told]) -> list[Proposal]:
    """Those that go on from the last rung that any of them has come to."""
    filled = [place for place, rung in enumerate(bracket.rungs) if any(one.proposal.until == rung for one in tried)]
    if not filled or filled[-1] == len(bracket.rungs) - 1:
        return []
    return [bracket.onward(one, filled[-1]) for one in bracket.best(bracket.at(tried, filled[-1]))]


def _entries(trials: int, rungs: int, factor: int) -> int:
    """How many of so many trials come to each rung, summed."""
    counts = [trials]
    for _ in range(rungs - 1):
        counts.append(max(counts[-1] // factor, min(counts[-1], 1)))
    return sum(counts)


@dataclass(frozen=True)
class Asha:
    """Asynchronous successive halving (Li et al. 2020, algorithm 2) with answers in batches of a fixed size.

    A trial goes on as soon as it is among the best of those that have come to its rung so far; only where none is,
    another one is begun. Batches are all that is asynchronous: so it matters not who came back first.
    """

    bracket: Bracket
    candidates: tuple[Proposal, ...]
    batch: int

    @property
    def trials(self) -> int:
        return len(self.candidates)

    @property
    def trainings(self) -> int:
        return _entries(self.trials, len(self.bracket.rungs), self.bracket.factor)

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        asked = {one.proposal.words for one in tried}
        new = [one for one in self.candidates if one.words not in asked]
        on = self._onward(tried, least=0)
        if not new and not on:
            on = self._onward(tried, least=1)  # of fewer than ``factor``, one is trained to its end
        return [*on, *new][: self.batch]

    def _onward(self, tried: Sequence[Told], least: int) -> list[Proposal]:
        """Those that are among the best of their rung and have not gone on, from the highest rung down."""
        found = []
        for place in reversed(range(len(self.bracket.rungs) - 1)):
            above = {one.key for one in self.bracket.at(tried, place + 1)}
            best = self.bracket.best(self.bracket.at(tried, place), least)
            found += [self.bracket.onward(one, place) for one in best if one.key not in above]
        return found

    def dropped(self, tried: Sequence[Told]) -> Sequence[Dropped]:
        """Only at the end: until then each may still come to be among the best."""
        if self.ask(tried):
            return []
        rungs = [self.bracket.at(tried, place) for place in range(len(self.bracket.rungs))]
        return [one for there, above in itertools.pairwise(rungs) for one in self.bracket.dropped(there, above)]


def rungs(least: int, factor: int, most: int) -> tuple[Rung, ...]:
    """The epochs least · factor^k below ``most``, and the end."""
    found: list[Rung] = []
    while least < most:
        found.append(least)
        least *= factor
    return (*found, None)


def shares(trials: int, lengths: Sequence[int], factor: int) -> list[int]:
    """How many of so many trials each bracket begins with, by Hyperband's proportions factor^s / (s + 1).

    Args:
        lengths: s of each, how many rungs come after its first.
    """
    weights = [factor**s / (s + 1) for s in lengths]
    ends = [round(trials * sum(weights[: place + 1]) / sum(weights)) for place in range(len(weights))]
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def halving(candidates: Sequence[Proposal], ladder: tuple[Rung, ...], factor: int, brackets: int) -> Halving:
    """
    Args:
        ladder: the rungs of the first bracket; each other one begins a rung later; brackets: at most.
    """
    made = tuple(Bracket(ladder[first:], factor) for first in range(min(brackets, len(ladder))))
    counts = shares(len(candidates), [len(one.rungs) - 1 for one in made], factor)
    rest, parts = iter(candidates), []
    for bracket, count in zip(made, counts, strict=True):
        parts.append(tuple(replace(one, until=bracket.rungs[0]) for one in itertools.islice(rest, count)))
    return Halving(made, tuple(parts))


def asha(candidates: Sequence[Proposal], ladder: tuple[Rung, ...], factor: int, batch: int) -> Asha:
    """As ``halving``, of one bracket, in batches."""
    return Asha(Bracket(ladder, factor), tuple(replace(one, until=ladder[0]) for one in candidates), batch)
