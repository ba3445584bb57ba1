"""What the project's own database shows already, known without importing mlflow, which takes seconds.

The last whole pass leaves ``.trials/shown.json`` and, in the database, a number made from it: another database, or an
older copy of this one, has another number, and then a pass looks for itself.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

from pipeline.storage.documents import read_object, write_json
from pipeline.tracking import address, database
from pipeline.tracking.contents import SHOWN, WATCHED, Contents
from pipeline.tracking.owner import make_owner
from pipeline.trials.folder import FINISHED, HISTORY, RUNNING, Trial

Digests = dict[str, Any]


def digests(found: Contents) -> Digests:
    """Of all that a pass copies: per experiment those of its trials, and of everything else together."""
    trials = {name: {trial.key: _of_trial(trial) for trial in members} for name, members in found.sweeps.items()}
    program = sorted(Path(__file__).parent.glob("*.py"))
    return {"trials": trials, "others": [str(make_owner()), *map(_of_file, (*WATCHED, *program))]}


def is_news(now: Digests, final: bool) -> bool:
    """Whether a pass could have anything to write.

    Args:
        final: trials that are shown and no longer on disk are news too; while a sweep goes on, the rest of them may
            still come.
    """
    before = read_object(SHOWN)
    if not address.is_own() or not before or database.number() != _made_from(before):
        return True
    if final:
        return now != before
    shown = before["trials"]
    added = any(trials.items() - shown.get(name, {}).items() for name, trials in now["trials"].items())
    return added or now["others"] != before["others"]


def forget() -> None:
    """To be called before a pass writes: what it leaves half done is not what was remembered before it."""
    SHOWN.unlink(missing_ok=True)


def remember(shown: Digests) -> None:
    """Keep that the project's own database shows this; without it, the next pass looks for itself."""
    with contextlib.suppress(OSError, sqlite3.Error):
        write_json(SHOWN, shown)
        database.set_number(_made_from(shown))


def _of_trial(trial: Trial) -> str:
    """Of a running trial, what nothing that was remembered can equal."""
    facts: list[Any] = [trial.status, trial.settings, trial.summary, trial.run]
    if trial.status == RUNNING:
        facts.append(os.urandom(16).hex())
    elif trial.status != FINISHED:  # a killed one may have grown since
        facts.append(_of_file(trial.folder / HISTORY))
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _of_file(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def _made_from(shown: Digests) -> int:
    """A positive number of 28 bits."""
    return int(hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:7], 16) + 1
