"""Writes down that a trial was scored, for ``attempts``, and in the project how many were.

The report depends on the folder of the experiments, where that number is: it is made anew when it changes.
"""

import functools
import json
import os
import sys
from collections.abc import Collection, Iterable
from typing import Any

from pipeline.fields import wrong
from pipeline.sealing import witness
from pipeline.sealing.attempts import FACTS, SCORED, Attempt, attempt_of, counted, identified, read, rows_of
from pipeline.sealing.git_places import RECORDS
from pipeline.storage import documents
from pipeline.storage.places import SPLIT, TRIALS, TRIED
from pipeline.trials.folder import PRUNED, as_it_stands
from pipeline.trials.keys import engine_hash

Place = tuple[str, str, bool, bool]  # of a line: which rows, which trial, whether it teaches, whether it was pruned


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


def take_in(entries: Iterable[Any]) -> None:
    """Add those of other clones that are not recorded here; what is no record is passed over."""
    known = {witness.digest(vars(one)) for one in read()}
    theirs = [{name: one[name] for name in FACTS} for one in entries if wrong(one, FACTS) is None]
    new = [one for one in theirs if witness.digest(one) not in known]
    if new:
        witness.append(witness.home() / RECORDS, *new)
        _known.cache_clear()


def _hashes() -> dict[str, str]:
    hashes = documents.read_object(SPLIT / "card.json").get("hashes", {})
    return hashes if isinstance(hashes, dict) else {}


def _place(attempt: Attempt) -> Place:
    return attempt.rows, attempt.key, attempt.teaching, attempt.status == PRUNED


@functools.cache
def _known(project: str) -> set[Place]:
    """What is recorded, by this process or before it; read once."""
    return {_place(one) for one in read()}


def count() -> None:
    """Add a line with how many there are now on each set of validation rows, where that is news; no dates."""
    found: dict[str, set[str]] = {}
    recorded = read()
    for one, name in zip(recorded, identified(recorded), strict=True):
        if one.status in SCORED and not one.teaching:
            found.setdefault(one.rows, set()).add(name)
    known = counted()
    news = [_line(rows, some) for rows, some in sorted(found.items()) if known.get(rows) != _line(rows, some)]
    if news:
        try:
            TRIED.parent.mkdir(exist_ok=True)
            with TRIED.open("a", encoding="utf-8") as stream:
                stream.writelines(json.dumps(line, sort_keys=True) + "\n" for line in news)
        except OSError as error:
            print(f"note: {TRIED} can't be written ({error}): make the report anew by hand", file=sys.stderr)


def _line(rows: str, identities: Collection[str]) -> dict[str, Any]:
    return {"rows": rows, "tried": len(identities), "sha256": witness.digest({"candidates": sorted(identities)})}
