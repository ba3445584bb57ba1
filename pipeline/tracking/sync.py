"""One pass: what is on disk, read once, copied into MLflow.

Every pass is idempotent: one that finds nothing new writes nothing, and one that was cut short is made up for by the
next. Only here is mlflow imported late, for it takes seconds: it stays out of a pass that has nothing to do.
"""

import os
import sys
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.storage import documents
from pipeline.tracking import address, database, news
from pipeline.tracking.contents import TURN, Contents

if TYPE_CHECKING:
    from pipeline.tracking.destination import Destination
    from pipeline.tracking.runs import Runs

AGAIN = 60.0  # seconds after which a mirror looks for itself what MLflow has
SELDOM = 30  # and so many times as long as it takes to look


class Copying:
    """The passes of one process.

    From one to the next it knows what MLflow has by its own calls, and of trials that have ended what it read. It looks
    for itself when another mirror of this folder has written since, when a pass has failed, every ``AGAIN`` seconds
    or, where that takes long, more seldom, for people write into MLflow too, and for the last pass.
    """

    def __init__(self) -> None:
        self._known = KnownRuns()
        self._found: Contents | None = None

    def news(self, final: bool) -> None:
        """A pass, if it could have anything to write.

        Args:
            final: sweeps without running trials have ended; else that of this stage may go on.
        """
        with database.exclusive(wait=False) as alone:
            found = self._found = Contents(None if final else self._found)
            digests = news.digests(found) if address.is_own() else {}
            if not news.is_news(digests, final):
                return
            if alone and "mlflow" in sys.modules:
                _write(found, digests, final, known=self._known)
                return
        copy(final)  # waits for other mirrors, imports mlflow beside them; what was read is old then, and read again


def copy(final: bool = True, past: bool = False, before: Callable[[], object] = lambda: None) -> dict[str, int]:
    """A pass over everything; returns how many runs of each stage there are.

    Args:
        final: as for ``Copying.news``.
        past: also the trials of earlier sweeps that are still in the store.
        before: called when no other mirror of this folder writes.
    """
    import mlflow  # noqa: F401

    with database.exclusive():
        before()
        found = Contents()
        return _write(found, news.digests(found), final, past)


class KnownRuns:
    """The runs as the last pass of this process left them, while nobody else can have changed them."""

    def __init__(self) -> None:
        self._runs: Runs | None = None
        self._owner, self._until = uuid.uuid4().hex, 0.0

    def take(self, to: "Destination", final: bool) -> "Runs":
        """Those to write to, looked for where they are not known; nothing is known until ``keep``."""
        from pipeline.tracking.runs import Runs

        runs, self._runs = self._runs, None
        if runs is None or final or time.monotonic() > self._until or not runs.fits(to) or not self._last():
            documents.write_text(TURN, self._owner)
            began = time.monotonic()
            runs, now = Runs(to), time.monotonic()
            self._until = now + max(AGAIN, SELDOM * (now - began))
        else:
            runs.go_on(to)
        return runs

    def keep(self, runs: "Runs") -> None:
        """The pass has succeeded."""
        runs.look_again()
        self._runs = runs

    def _last(self) -> bool:
        """Whether no other mirror of this folder has written since."""
        try:
            return TURN.read_text(encoding="utf-8") == self._owner
        except OSError:
            return False


def _write(
    found: Contents, digests: news.Digests, final: bool, past: bool = False, known: KnownRuns | None = None
) -> dict[str, int]:
    from pipeline.tracking import destination, evaluation, leaderboard, marked, nested, registry

    known = known or KnownRuns()
    with destination.opened() as to:
        runs = known.take(to, final)
        news.forget()
        try:
            found.keep(runs.ours)
            for experiment, trials in found.sweeps.items():
                ended = final or experiment != os.environ.get("HOLDOUT_EXPERIMENT")
                nested.write_sweep(runs, experiment, trials, ended)
            nested.close_left(runs, found)
            if past:
                nested.write_past(runs, found)
            registry.write_selection(runs)
            marked.mark_selected(runs)
            evaluation.write_evaluation(runs)
            leaderboard.describe(to, marked.best_three(runs, found.sweeps))
        finally:
            runs.memory.add(runs.there())
        known.keep(runs)
        if final and to.own and _settled(runs, found):
            news.remember(digests)
        return runs.counts()


def _settled(runs: "Runs", found: Contents) -> bool:
    """Whether nothing is left that can change without a change on disk: a process that ends, a sweep restored."""
    there = runs.there()
    parents = all(("sweep", name, "") in there for name, trials in found.sweeps.items() if trials)
    return parents and not any(run.info.status == "RUNNING" for run in there.values())
