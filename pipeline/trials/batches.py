"""The jobs of command lines, batch by batch, as their searches ask for them; a grid is one batch."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.utils import get_args_parser
from hydra.core.hydra_config import HydraConfig

from pipeline.configuration.composing import ALL_CORES, Composer, Line
from pipeline.search.asking import Proposal, Search, Told
from pipeline.search.named import search_of
from pipeline.trials.jobs import Job, Summary, job_of

Lines = Sequence[tuple[str, Sequence[str]]]
FRUITLESS = 3  # batches in a row that bring no trial that was not there: the space has no more


@dataclasses.dataclass
class _Asking:
    """A command line, and what its search has asked for so far; grid: see ``Trial``."""

    grid: str
    line: Line
    search: Search
    proposals: dict[int, Proposal] = dataclasses.field(default_factory=dict)
    keys: int = 0
    fruitless: int = 0


class Batches:
    """What command lines ask for, each given with the name of its grid; job numbers go on from line to line.

    Attributes:
        workers: how many are trained at the same time, as ``Line`` has it.

    Raises:
        HoldoutError: a mistake in one of the lines.
    """

    def __init__(self, conf: Path, lines: Lines, experiment: str) -> None:
        self.workers = ALL_CORES
        self._composer = Composer(conf)
        self._lines: list[_Asking] = []
        self._ended: dict[int, Told] = {}
        for name, words in lines:
            options = get_args_parser().parse_args(list(words))
            line = self._composer.line(options.overrides, options.multirun)
            self.workers = line.workers  # of all lines the same: it stands on the command line or in conf/config.yaml
            self._lines.append(_Asking(name if name != experiment else "", line, search_of(line)))

    @property
    def trials(self) -> int:
        """How many there are in all, at most."""
        return sum(one.search.trials for one in self._lines)

    def ask(self) -> list[Job]:
        """The next jobs of all lines, composed and checked; none at the end."""
        try:
            return [job for one in self._lines for job in self._asked(one)]
        finally:
            HydraConfig.instance().cfg = None

    def tell(self, job: Job, summary: Summary) -> None:
        """What came of a job."""
        proposal = next(one.proposals[job.number] for one in self._lines if job.number in one.proposals)
        self._ended[job.number] = Told(proposal, summary["key"], summary["status"], summary["score"])

    def _asked(self, one: _Asking) -> list[Job]:
        tried = [self._ended[number] for number in one.proposals if number in self._ended]
        keys = len({trial.key for trial in tried})
        one.fruitless = one.fruitless + 1 if tried and keys == one.keys else 0
        one.keys = keys
        if one.fruitless == FRUITLESS:
            return []
        first, number = len(one.proposals), sum(len(other.proposals) for other in self._lines)
        one.proposals |= dict(enumerate(one.search.ask(tried), start=number))
        one.line = dataclasses.replace(one.line, jobs=[proposal.words for proposal in one.proposals.values()])
        return [
            job_of(self._composer.job(one.line, place), one.line.jobs[place], number + place - first, one.grid)
            for place in range(first, len(one.line.jobs))
        ]
