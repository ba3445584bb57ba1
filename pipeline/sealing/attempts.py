"""All trials that were ever scored on the same validation rows: of whichever experiment, past grids, ad hoc ones too.

Each leaves a line in candidates.jsonl, in the folder where nothing takes it back (see witness), and stays one candidate
however often, by whichever processor, it is trained again.
"""

import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pipeline.fields import Kind, finite, mapping, optional, text, whole, wrong
from pipeline.sealing import witness
from pipeline.sealing.git_places import RECORDS
from pipeline.storage import documents
from pipeline.storage.places import TRIED
from pipeline.trials.folder import DIVERGED, ERRORS, FAILED, FINISHED, PRUNED, Trial

PART = "validation/"
Mark = tuple[str, int, str]
SCORED = (FINISHED, PRUNED)  # a search has looked at the score of what it gives up
ENDED = (*SCORED, DIVERGED, FAILED)
FACTS: dict[str, Kind] = {
    **dict.fromkeys(("rows", "key", "settings", "engine", "experiment", "status", "metric"), text),
    "score": optional(finite),
    "errors": mapping,
    "teaching": lambda value: isinstance(value, bool),
}
COUNTED: dict[str, Kind] = {"rows": text, "tried": whole, "sha256": text}


@dataclass(frozen=True)
class Attempt:
    """One trial that was scored.

    rows: which validation rows, see ``rows_of``; settings, engine: hashes of what it is; errors: as ``packed`` has
    them, empty if not kept; teaching: it only shows something, and can't be chosen.
    """

    rows: str
    key: str
    settings: str
    engine: str
    experiment: str
    status: str
    metric: str
    score: float | None
    errors: dict[str, Any]
    teaching: bool


def identified(attempts: Iterable[Attempt]) -> list[str]:
    """What each of them is, in whatever order they come; a key won't do, for it depends on the processor as well.

    Those of the same settings and rows are one if the same code has trained them, or if they err on the same rows: code
    that was changed without a change of what it computes makes no other candidate, and to choose among candidates that
    err alike is no choice.
    """
    every = [_marks(one) for one in attempts]
    leaders: dict[Mark, Mark] = {}

    def first(mark: Mark) -> Mark:
        while leaders.setdefault(mark, mark) != mark:
            mark = leaders[mark]
        return mark

    for marks in every:
        least, *others = sorted(map(first, marks))
        leaders |= dict.fromkeys(others, least)
    return [first(marks[0])[-1] for marks in every]


def _marks(one: Attempt) -> list[Mark]:
    """What it shares with all others that are the same: its code, first, for that has no processor's last bits."""
    alike = [one.engine, *([witness.digest(one.errors)] if one.errors else [])]
    return [(one.rows, kind, f"{one.settings}{mark}") for kind, mark in enumerate(alike)]


def rows_of(hashes: Mapping[str, str]) -> str:
    """The identity of the validation rows, by the hashes in data/split/card.json."""
    return witness.digest({name: value for name, value in hashes.items() if name.startswith(PART)})


def attempt_of(trial: Trial, rows: str, engine: str, teaching: bool = False) -> Attempt | None:
    """A trial that has ended as it is recorded; None for any other."""
    if trial.status not in ENDED:
        return None
    facts = {name: trial.summary[name] for name in ("key", "status", "metric")}
    score = trial.summary["score"]
    return Attempt(
        rows=rows,
        settings=trial.summary["settings_sha256"] or "",
        engine=engine,
        experiment=os.environ.get("HOLDOUT_EXPERIMENT", trial.experiment),
        score=score if finite(score) else None,
        errors=documents.read_object(trial.folder / ERRORS),
        teaching=teaching,
        **facts,
    )


def read() -> list[Attempt]:
    """All that is on record, in the order in which they ended; what is no record is passed over."""
    entries = witness.read(witness.home() / RECORDS).entries
    return [Attempt(**{name: one[name] for name in FACTS}) for one in entries if wrong(one, FACTS) is None]


def faults() -> list[str]:
    """What is amiss with the record, in words."""
    return witness.read(witness.home() / RECORDS).faults


@dataclass(frozen=True)
class Tried:
    """How many different candidates were scored on some validation rows.

    tried: that finished and could be chosen, or that a search has pruned by their scores; failed: that have no score;
    teaching: that can't be chosen; again: trainings that gave one of them again; elsewhere: scored on other validation
    rows; told: how many the project's own count says there were, which may come from another machine.
    """

    tried: tuple[Attempt, ...]
    failed: int
    teaching: int
    again: int
    elsewhere: int
    told: int = 0

    @property
    def number(self) -> int:
        """Of different candidates, as far as any record knows."""
        return max(len(self.tried), self.told)


def tally(attempts: Iterable[Attempt], rows: str, told: int = 0) -> Tried:
    """The different ones among ``attempts`` on these rows; a candidate that also teaches is one."""
    every = list(attempts)
    named = list(zip(every, identified(every), strict=True))
    scored = [(one, name) for one, name in named if one.status in SCORED and not one.teaching]
    elsewhere = {one.rows + name for one, name in scored if one.rows != rows}
    scored = [(one, name) for one, name in scored if one.rows == rows]
    scored.sort(key=lambda pair: SCORED.index(pair[0].status))  # one that was trained on is what it came to in the end
    tried = {name: one for one, name in reversed(scored)}
    here = [(one, name) for one, name in named if one.rows == rows]
    taught = {name for one, name in here if one.teaching} - tried.keys()
    failed = {name for one, name in here if one.status not in SCORED and not one.teaching} - tried.keys()
    keys = {one.key for one, _ in scored}
    return Tried(tuple(tried.values())[::-1], len(failed), len(taught), len(keys) - len(tried), len(elsewhere), told)


def joined(recorded: Iterable[Attempt], trials: Iterable[Trial], rows: str) -> list[Attempt]:
    """What is recorded, and those ``trials`` of the experiments that are not: they came with the project, say."""
    known = list(recorded)
    keys = {one.key for one in known if one.rows == rows}
    found = (attempt_of(trial, rows, "", trial.teaching) for trial in trials if trial.key not in keys)
    settings = {one.settings for one in known if one.rows == rows and one.status in SCORED}
    return known + [one for one in found if one is not None and one.settings not in settings]


def counted() -> dict[str, dict[str, Any]]:
    """The last line of experiments/tried.jsonl for each set of validation rows, which travels with the project."""
    found: dict[str, dict[str, Any]] = {}
    for line in TRIED.read_text(encoding="utf-8", errors="replace").splitlines() if TRIED.is_file() else ():
        with suppress(ValueError, RecursionError):
            values = json.loads(line)
            found |= {} if wrong(values, COUNTED) else {values["rows"]: values}
    return found
