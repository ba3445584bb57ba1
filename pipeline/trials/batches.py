"""The jobs of command lines, batch by batch, as their searches ask for them; a grid is one batch."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path

from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig

from pipeline.configuration.composing import Composer, Line, Words
from pipeline.configuration.launchers import Launcher
from pipeline.search.asking import EarlyStopping, Proposal, Search, Told
from pipeline.search.named import search_of
from pipeline.trials.folder import PAUSED, PRUNED
from pipeline.trials.jobs import Job, Summary, job_of
from pipeline.trials.pruning import Cut

Lines = Sequence[tuple[str, Sequence[str]]]
FRUITLESS = 3  # batches in a row that bring no trial that was not there: the space has no more


@dataclasses.dataclass
class _Asking:
    """A command line, and what its search has asked for so far; grid: see ``Trial``.

    trials: the numbers of those that it has asked for, in their order; asked: each as often as it was asked for, with
    its number; numbers: of a search that asks for more of a trial, by the words of that; ended: what came of each, by
    number and epoch; known, fruitless: see ``_asked``; dropped: the keys of all that it has given up.
    """

    grid: str
    line: Line
    search: Search
    trials: dict[int, Words] = dataclasses.field(default_factory=dict)
    numbers: dict[Words, int] = dataclasses.field(default_factory=dict)
    asked: list[tuple[int, Proposal]] = dataclasses.field(default_factory=list)
    ended: dict[tuple[int, int | None], tuple[Job, Summary]] = dataclasses.field(default_factory=dict)
    known: set[tuple[str, int | None]] = dataclasses.field(default_factory=set)
    fruitless: int = 0
    dropped: set[str] = dataclasses.field(default_factory=set)

    def tried(self) -> list[Told]:
        """What came of all that has ended, in the order in which it was asked for."""
        there = [(proposal, self.ended.get((number, proposal.until))) for number, proposal in self.asked]
        return [
            Told(proposal, found["key"], found["status"], found["score"], found["status"] == PAUSED)
            for proposal, (_, found) in ((proposal, pair) for proposal, pair in there if pair)
        ]

    @property
    def complete(self) -> bool:
        """Whether all of it has ended; if not, Ctrl-C has ended the sweep, and what is there decides nothing."""
        return all((number, proposal.until) in self.ended for number, proposal in self.asked)

    def number_of(self, words: Words, new: int) -> int:
        """That of a trial which is asked for once more, or else ``new``."""
        return self.numbers.setdefault(words, new) if isinstance(self.search, EarlyStopping) else new


class Batches:
    """What command lines ask for, each given with the name of its grid; job numbers go on from line to line.

    Attributes:
        launcher: who trains them.

    Raises:
        HoldoutError: a mistake in one of the lines.
    """

    def __init__(self, conf: Path, lines: Lines, experiment: str) -> None:
        self.launcher = Launcher()
        self._composer = Composer(conf)
        self._lines: list[_Asking] = []
        for name, words in lines:
            options = get_args_parser().parse_args(list(words))
            line = self._composer.line(options.overrides, options.multirun)
            self.launcher = line.launcher  # of all lines the same: it stands on the command line or in conf/config.yaml
            self._lines.append(_Asking(name if name != experiment else "", line, search_of(line)))

    @property
    def trials(self) -> int:
        """How many there are in all, at most."""
        return sum(one.search.trials for one in self._lines)

    @property
    def trainings(self) -> int:
        """How many times one of them is trained, some of the way or all of it, at most."""
        searches = [one.search for one in self._lines]
        return sum(one.trainings if isinstance(one, EarlyStopping) else one.trials for one in searches)

    def fewer(self) -> tuple[int, int] | None:
        """How many different trials the searches came to, and how many they were to come to, if that is more."""
        searches = [one for one in self._lines if one.line.searches]
        found = sum(len({summary["key"] for _, summary in one.ended.values()}) for one in searches)
        wanted = sum(one.search.trials for one in searches)
        return (found, wanted) if found < wanted else None

    def ask(self) -> list[Job]:
        """The next jobs of all lines, composed and checked; none at the end."""
        try:
            return [job for one in self._lines for job in self._asked(one)]
        finally:
            HydraConfig.instance().cfg = None

    def tell(self, job: Job, summary: Summary) -> None:
        """What came of a job."""
        one = next(one for one in self._lines if job.number in one.trials)
        one.ended[job.number, job.until] = job, summary

    def dropped(self) -> list[tuple[Job, Summary, Cut]]:
        """What the searches have given up since they were last asked this: the job, and its summary as pruned.

        A trial that another line has trained to its end is given up by none.
        """
        ended = {found["key"] for one in self._lines for _, found in one.ended.values() if found["status"] != PAUSED}
        return [found for one in self._lines for found in _dropped(one) if found[1]["key"] not in ended]

    def _asked(self, one: _Asking) -> list[Job]:
        tried = one.tried()
        known = {(trial.key, trial.proposal.until) for trial in tried}
        one.fruitless = one.fruitless + 1 if tried and known == one.known else 0
        one.known = known
        if one.fruitless == FRUITLESS or not one.complete:
            return []
        first = len(one.asked)
        for proposal in one.search.ask(tried):
            number = one.number_of(proposal.words, sum(len(other.trials) for other in self._lines))
            one.trials.setdefault(number, proposal.words)
            one.asked.append((number, proposal))
        one.line = dataclasses.replace(one.line, jobs=list(one.trials.values()))
        places = {number: place for place, number in enumerate(one.trials)}
        return [self._job(one, number, places[number], proposal) for number, proposal in one.asked[first:]]

    def _job(self, one: _Asking, number: int, place: int, proposal: Proposal) -> Job:
        config = self._composer.job(one.line, place)
        return dataclasses.replace(job_of(config, proposal.words, number, one.grid), until=proposal.until)


def _dropped(one: _Asking) -> Iterator[tuple[Job, Summary, Cut]]:
    if not isinstance(one.search, EarlyStopping) or not one.complete:
        return
    summaries = {(found["key"], until): (job, found) for (_, until), (job, found) in one.ended.items()}
    for drop in one.search.dropped(one.tried()):
        if drop.key not in one.dropped:
            job, found = summaries[drop.key, drop.epochs]
            cut = Cut(drop.epochs, found["metric"], drop.reason)
            one.dropped.add(drop.key)
            yield job, {**found, "status": PRUNED, "reason": drop.reason, "reused": False}, cut
