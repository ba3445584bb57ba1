"""One pass: what is on disk, read once, copied into MLflow.

Every pass is idempotent: one that finds nothing new writes nothing, and one that was cut short is made up for by the
next. Only here is mlflow imported late, for it takes seconds: it stays out of a pass that has nothing to do.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipeline.tracking import database, news
from pipeline.tracking.contents import Contents

if TYPE_CHECKING:
    from pipeline.tracking.runs import Runs


def copy_news(final: bool) -> None:
    """A pass, if it could have anything to write.

    Args:
        final: sweeps without running trials have ended; else that of this stage may go on.
    """
    with database.exclusive(wait=False) as alone:
        found = Contents()
        digests = news.digests(found)
        if not news.is_news(digests, final):
            return
        if alone and "mlflow" in sys.modules:
            _write(found, digests, final)
            return
    copy(final)  # waits for other mirrors, imports mlflow beside them; what was read is old then, and read again


def copy(final: bool = True, past: bool = False, before: Callable[[], object] = lambda: None) -> dict[str, int]:
    """A pass over everything; returns how many runs of each stage there are.

    Args:
        final: as for ``copy_news``.
        past: also the trials of earlier sweeps that are still in the store.
        before: called when no other mirror of this folder writes.
    """
    import mlflow  # noqa: F401

    with database.exclusive():
        before()
        found = Contents()
        return _write(found, news.digests(found), final, past)


def _write(found: Contents, digests: news.Digests, final: bool, past: bool = False) -> dict[str, int]:
    from pipeline.tracking import destination, evaluation, leaderboard, marked, nested, registry
    from pipeline.tracking.runs import Runs

    with destination.opened() as to:
        runs = Runs(to)
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
        if final and to.own and _settled(Runs(to), found):
            news.remember(digests)
        return runs.counts()


def _settled(runs: "Runs", found: Contents) -> bool:
    """Whether nothing is left that can change without a change on disk: a process that ends, a sweep restored."""
    there = runs.there()
    parents = all(("sweep", name, "") in there for name, trials in found.sweeps.items() if trials)
    return parents and not any(run.info.status == "RUNNING" for run in there.values())
