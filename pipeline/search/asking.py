"""What a search is: an object that is asked for the next trials, given those of the batches before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pipeline.configuration.composing import Words
from pipeline.search.space import Point


@dataclass(frozen=True)
class Proposal:
    """A trial that a search asks for.

    words: all that it changes; point: the same by the space's labels; until: the epoch after which it waits, if it has
    not ended by then, for the search to ask for more of it; None to train it to its end.
    """

    words: Words
    point: Point
    until: int | None = None


@dataclass(frozen=True)
class Told:
    """What came of a proposal, as the store has it.

    score: smaller is better, None where it has none; waits: it has not ended, but came to the epoch of the proposal.
    """

    proposal: Proposal
    key: str
    status: str
    score: float | None
    waits: bool = False


@dataclass(frozen=True)
class Dropped:
    """A trial that a search has given up: it waits after so many epochs; reason: in words."""

    key: str
    epochs: int
    reason: str


class Search(Protocol):
    """Decides by its settings and by what was tried, and by nothing else: not by times, nor by who came back first."""

    @property
    def trials(self) -> int:
        """How many different ones there are, at most."""

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        """The next batch; none if the search is at its end.

        Args:
            tried: all that was asked for, in the order in which it was.
        """


@runtime_checkable
class EarlyStopping(Search, Protocol):
    """A search that trains a trial part of the way first, and asks for the rest of it only if it is a good one."""

    @property
    def trainings(self) -> int:
        """How many times a trial is trained some of the way, at most."""

    def dropped(self, tried: Sequence[Told]) -> Sequence[Dropped]:
        """All that it has given up; what ``ask`` asks for by the same ``tried`` is not among them."""


@dataclass(frozen=True)
class Grid:
    """The jobs of a sweep that is no search: one batch."""

    jobs: Sequence[Words]

    @property
    def trials(self) -> int:
        return len(self.jobs)

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        return [] if tried else [Proposal(words, {}) for words in self.jobs]


def left(trials: int, tried: Sequence[Told]) -> int:
    """How many of ``trials`` are still to be asked for: what has a key that another has is not counted twice."""
    return trials - len({one.key for one in tried})
