"""What a person sees of a sweep: a line for each trial, how many there are, and how long the rest will take."""

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pipeline.console import WIDTH
from pipeline.readable import score_text
from pipeline.trials.folder import DIVERGED, FINISHED, PAUSED, PRUNED
from pipeline.trials.jobs import Job

if TYPE_CHECKING:
    from rich.progress import Progress

SLOWER = "lower optimizer.learning_rate, or set optimizer.clip"  # what helps against divergence
LEAST = 10.0  # seconds left that are worth a word


class Display:
    """Tells of the trials of a sweep as they end.

    Args:
        name: of the experiment; count: of all its trials at most, those that are reused too; trainings: at most, None
            for as many: a search may train a trial some of the way several times.
    """

    def __init__(
        self, name: str, count: int, clock: Callable[[], float] = time.monotonic, trainings: int | None = None
    ) -> None:
        self._name, self._count, self._clock = name, count, clock
        self._trainings, self._over = trainings or count, set[int]()
        self._began: float | None = None
        self._done = self._reused = 0
        self._parts: dict[int, float] = {}
        self._bar: Progress | None = None

    @contextmanager
    def training(self, rest: int) -> Iterator[None]:
        """While ``rest`` of them are trained, a batch; on a terminal, a bar shows how far they all are."""
        if rest and self._began is None:
            self._began = self._clock()
        if not (rest and sys.stderr.isatty()):
            yield
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), TextColumn("left")
        self._bar = Progress(
            *columns, console=Console(stderr=True), transient=True, redirect_stdout=False, redirect_stderr=False
        )
        with self._bar as bar:
            bar.add_task(self._where(), total=self._rest, completed=self._done)
            yield
        self._bar = None

    def follow(self, job: Job, epoch: int) -> None:
        """A trial that is trained has done so many epochs."""
        if self._bar is not None:
            self._parts[job.number] = min(epoch / (job.until or job.settings.stopping.epochs), 1)
            self._show()

    def ended(self, job: Job, summary: dict[str, Any]) -> None:
        """One trial has ended, waits, or was found in the store."""
        trained = not summary.get("reused")
        self._done += trained
        self._reused += not trained
        self._parts.pop(job.number, None)
        if job.number not in self._over:  # a search may ask for it once more
            self._tell(job, summary, self._left() if trained else "")
        if summary["status"] != PAUSED:
            self._over.add(job.number)

    def pruned(self, job: Job, summary: dict[str, Any]) -> None:
        """The search has given one trial up."""
        self._tell(job, summary)

    def _tell(self, job: Job, summary: dict[str, Any], left: str = "") -> None:
        self._say(line(f"trial {job.number + 1} of {self._count}, {job.grid or self._name}", job, summary, left))

    def interrupted(self, text: str) -> None:
        """One trial was ended by Ctrl-C; ``text`` is what is kept of it."""
        self._say(f"interrupted: {text}", sys.stderr)

    @property
    def _rest(self) -> int:
        """Those that are trained, as far as is known."""
        return self._trainings - self._reused

    def _left(self) -> str:
        if self._began is None:
            return ""
        seconds = (self._clock() - self._began) / self._done * (self._rest - self._done)
        return f", {in_time(seconds)} left" if seconds >= LEAST else ""

    def _where(self) -> str:
        return f"{self._name}: {self._reused + self._done} of {self._trainings}"

    def _show(self) -> None:
        assert self._bar is not None
        self._bar.update(
            self._bar.task_ids[0],
            total=self._rest,
            completed=self._done + sum(self._parts.values()),
            description=self._where(),
        )

    def _say(self, text: str, stream: Any = None) -> None:
        if self._bar is None:
            print(text, file=stream or sys.stdout, flush=True)
            return
        self._bar.stop()  # it is taken off the terminal, and put below the line
        print(text, file=stream or sys.stdout, flush=True)
        self._show()
        self._bar.start()


def line(head: str, job: Job, summary: Mapping[str, Any], left: str = "") -> str:
    """One line, of at most WIDTH characters if possible: where need be, settings and score go by their last names."""
    full, short = " ".join(job.words) or "defaults", " ".join(map(_last, job.words))
    said = in_words(summary)
    shorter = said.removeprefix("validation/")
    forms = [(full, said), (short, said), (short, shorter), (short, shorter.replace(f" of {summary['epochs']}", ""))]
    lines = [f"{head}: {words}: {outcome}{left}" for words, outcome in forms]
    return next((one for one in lines if len(one) <= WIDTH), _cut(lines[-1], short))


def _cut(text: str, words: str) -> str:
    """The line with as much of the words as there is room for."""
    kept = max(len(words) - (len(text) - WIDTH) - 1, 0)
    return text.replace(words, f"{words[:kept]}…", 1)


def _last(word: str) -> str:
    """``optimizer.momentum=0.9`` as ``momentum=0.9``."""
    name, equals, value = word.partition("=")
    return name.rpartition(".")[2] + equals + value


def in_words(summary: Mapping[str, Any]) -> str:
    """A trial's outcome as one phrase."""
    status, reason = summary["status"], summary["reason"] if summary.get("reason") else ""
    if status not in (FINISHED, PAUSED, PRUNED):
        advice = f"; {SLOWER}" if status == DIVERGED else ""
        return f"{status}: {reason}{advice}"
    reused = ", reused" if summary.get("reused") else ""
    paused = ", paused" if status == PAUSED else ""
    epochs = f"epoch {summary['best_epoch']} of {summary['epochs']}{paused}"
    score = f"{summary['metric']} {score_text(summary['metric'], summary['score'])}"
    if status == PRUNED:
        return f"{score}, pruned: {reason}"
    return f"{score}{_over_folds(summary.get('metrics', {}))} at {epochs}{reused}"


def _over_folds(metrics: Mapping[str, float]) -> str:
    """The error of a cross-validated classifier, which is not what folds are averaged by, with its spread."""
    if "validation/error_spread" not in metrics:
        return ""
    error, spread = (100 * metrics[f"validation/error{kind}"] for kind in ("", "_spread"))
    return f" (error {error:.2f} ± {spread:.2f} %)"


def in_time(seconds: float) -> str:
    """Seconds as ``0:42``, ``12:05`` or ``3:00:00``."""
    whole = round(seconds)
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
