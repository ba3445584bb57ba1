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

from pipeline.storage.documents import write_json
from pipeline.tracking.patience import patience
from pipeline.tracking.process import DATABASE, own_uri, tracking_uri
from pipeline.tracking.store import RUNNING, SHOWN, WATCHED, Trial, read_object, read_sweeps

State = dict[str, Any]


def state(sweeps: dict[str, list[Trial]]) -> State:
    """Digests of all that a pass copies: per experiment those of its trials, and of everything else together."""
    trials = {name: {trial.key: _of_trial(trial) for trial in members} for name, members in sweeps.items()}
    program = sorted(Path(__file__).parent.glob("*.py"))
    return {"trials": trials, "others": [_of_file(path) for path in (*map(Path, WATCHED), *program)]}


def news(final: bool) -> bool:
    """Whether a pass could have anything to write.

    Args:
        final: trials that are shown and no longer on disk are news too; while a sweep goes on, the rest of them may
            still come.
    """
    before = read_object(SHOWN)
    if tracking_uri() != own_uri() or not before or _number(Path(DATABASE)) != _made_from(before):
        return True
    now = state(read_sweeps())
    if final:
        return now != before
    shown = before["trials"]
    added = any(trials.items() - shown.get(name, {}).items() for name, trials in now["trials"].items())
    return added or now["others"] != before["others"]


def forget() -> None:
    """To be called before a pass writes: what it leaves half done is not what was remembered before it."""
    SHOWN.unlink(missing_ok=True)


def remember(shown: State) -> None:
    """Keep that the project's own database shows this; without it, the next pass looks for itself."""
    with contextlib.suppress(OSError, sqlite3.Error):
        write_json(SHOWN, shown)
        with patience.call(), contextlib.closing(sqlite3.connect(DATABASE, timeout=0.1)) as connection:
            connection.execute(f"PRAGMA user_version = {_made_from(shown)}")


def _of_trial(trial: Trial) -> str:
    """Of a running trial, what nothing that was remembered can equal."""
    facts: list[Any] = [trial.status, trial.settings, trial.summary, trial.run]
    if trial.status == RUNNING:
        facts.append(os.urandom(16).hex())
    elif trial.status != "finished":  # a killed one may have grown since
        facts.append(_of_file(trial.folder / "history.csv"))
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _of_file(path: Path) -> str | None:
    with contextlib.suppress(OSError):
        return hashlib.sha256(path.read_bytes()).hexdigest()
    return None


def _made_from(shown: State) -> int:
    """A positive number of 28 bits; SQLite keeps one of 32, with a sign, for its users."""
    return int(hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:7], 16) + 1


def _number(database: Path) -> int | None:
    try:
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=rw", timeout=0.1, uri=True)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return None
