"""Whether a trial is whole, so that it may be used again, and what it came to after an epoch."""

from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.storage.models import read_model
from pipeline.storage.places import TRIALS
from pipeline.trials.checkpoints import saved_epochs
from pipeline.trials.folder import FAILED, PRUNED, Trial, as_it_stands, check_files, grown, read_trial
from pipeline.trials.rungs import first_epochs


def reusable(folder: Path) -> Trial | None:
    """The trial in ``folder``; None if there is none to use again: a failed or damaged one is trained anew.

    One that was pruned is none either, for it isn't done: it is trained on.
    """
    trial = undamaged(folder)
    return trial if trial and trial.status not in (FAILED, PRUNED) else None


def undamaged(folder: Path) -> Trial | None:
    """The trial in ``folder``, if there is one that has ended and all its files are as they were written."""
    try:
        trial = read_trial("", folder)
        check(trial)
    except HoldoutError:
        return None
    return trial


def standing(key: str, until: int, metric: str) -> dict[str, Any] | None:
    """The summary of a trial after epoch ``until``, as if it had not been trained further; None if it must be yet.

    It is that of the trial itself if that has ended by then, and ``paused`` else. It depends on the trial alone, and
    not on whether another sweep has gone on with it, or has pruned it.

    Args:
        metric: what the best epoch is chosen by, with its part.
    """
    stored = undamaged(TRIALS / key)
    if stored is not None and stored.status != FAILED:
        if stored.status != PRUNED and stored.summary["epochs"] <= until:
            return stored.summary
        return first_epochs(key, stored.history(), until, metric)
    folder = grown(key)
    if folder is not None and saved_epochs(folder) >= until:
        return first_epochs(key, as_it_stands("", folder).history_so_far(), until, metric)
    return None


def check(trial: Trial) -> None:
    """Raise HoldoutError unless all of a trial's files are as they were written, and its weights can be read."""
    check_files(trial)
    if trial.model.exists():
        read_model(trial.model)
