"""Writes down that a trial was scored, for ``attempts``, and how many were, for whoever depends on that."""

import functools
import os
import sys
from collections.abc import Collection

from pipeline.sealing import witness
from pipeline.sealing.attempts import RECORDS, Attempt, attempt_of, read, rows_of
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS, SPLIT, TRIALS
from pipeline.trials.folder import FINISHED, as_it_stands
from pipeline.trials.keys import engine_hash

COUNT = EXPERIMENTS / "tried.json"  # the report depends on the folder, and is made anew when this changes


def record(key: str | None, teaching: bool = False) -> None:
    """Add a line for the trial ``key`` of the store, unless it has one."""
    if key is None:
        return
    trial = as_it_stands("", TRIALS / key)
    attempt = attempt_of(trial, rows_of(_hashes()), engine_hash(), teaching)
    if attempt is not None and _place(attempt) not in _known(os.getcwd()):
        try:
            witness.append(witness.home() / RECORDS, vars(attempt))
        except OSError as error:
            print(f"note: {RECORDS} can't be written ({error}): this trial will not be counted", file=sys.stderr)
        _known(os.getcwd()).add(_place(attempt))


def _hashes() -> dict[str, str]:
    hashes = documents.read_object(SPLIT / "card.json").get("hashes", {})
    return hashes if isinstance(hashes, dict) else {}


def _place(attempt: Attempt) -> tuple[str, str, bool]:
    return attempt.rows, attempt.key, attempt.teaching


@functools.cache
def _known(project: str) -> set[tuple[str, str, bool]]:
    """What is recorded, by this process or before it; read once."""
    return {_place(one) for one in read()}


def count() -> None:
    """Write how many there are by validation rows, for whoever depends on it; no dates, no order."""
    found: dict[str, set[str]] = {}
    for one in read():
        if one.status == FINISHED and not one.teaching:
            found.setdefault(one.rows[:16], set()).add(one.identity)
    written = {rows: {"tried": len(some), "sha256": _digest(some)} for rows, some in found.items()}
    if documents.read_object(COUNT) != written:
        try:
            COUNT.write_text(documents.as_json(written), encoding="utf-8")
        except OSError as error:
            print(f"note: {COUNT} can't be written ({error}): make the report anew by hand", file=sys.stderr)


def _digest(identities: Collection[str]) -> str:
    return witness.digest({"candidates": sorted(identities)})
