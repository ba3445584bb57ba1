"""How often one has looked at rows: what the openings in the ledger say of a score that stands in a report.

A model is the same where its weights are, or the settings, rows and code that it comes from (its recipe): another
processor rounds its last bits otherwise. A look is a model scored on rows; the same model scored again is a new
look only where other evaluation code gave another score. Rows are known again by their fingerprints.
"""

import math
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.sealing import fingerprints
from pipeline.sealing.fingerprints import Fingerprint
from pipeline.sealing.openings import Entry

SIGNIFICANT = 6  # digits of a score that must agree: the last bits are the processor's
ERROR = 0.05  # of an interval of 95 %


@dataclass(frozen=True)
class Standing:
    """What is known of the score of one model on one test set.

    Attributes:
        openings: when this model was scored on exactly these rows, oldest first; none if no record is here.
        models: how many different models were scored on exactly these rows, this one included.
        rows: of the test set.
        seen: how many of the rows were in other test sets that were opened; of a sample, an estimate.
        others: how many different models were scored on those other test sets.
        looks: different looks at any of these rows, this one included: what the interval is corrected for.
        sampled: whether ``seen`` is an estimate.
        unknown: other test sets that can't be compared, for they have other columns or left no fingerprint; those
            of another source that share no columns are other data, and not counted.
        faults: what is amiss with the witnesses; notes: what they don't all know.
    """

    openings: tuple[str, ...]
    models: int
    rows: int
    seen: int
    others: int
    looks: int
    sampled: bool = False
    unknown: int = 0
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def recorded(self) -> bool:
        return bool(self.openings)

    @property
    def first(self) -> bool:
        """Whether these rows have never been looked at with another model, as far as any witness knows."""
        return self.recorded and self.looks == 1

    @property
    def confidence(self) -> float:
        """Of each interval, so that all looks' intervals hold together with 95 % (Bonferroni: Dunn 1961)."""
        return 1 - ERROR / max(1, self.looks)


def judge(
    model: Mapping[str, str],
    test_sha256: str,
    rows: int,
    entries: Iterable[Entry],
    prints: Mapping[str, Fingerprint],
) -> Standing:
    """What ``entries`` say of ``model`` on the test set ``test_sha256``.

    Args:
        model: as an opening names it: ``model_sha256``, and ``recipe`` if known.
        rows: of the test set.
        prints: fingerprints of test sets, by ``test_sha256``.
    """
    known = list(entries)
    asked: Entry = {**model, "test_sha256": test_sha256}
    models = _models([*known, asked])
    looks = [look for look, _ in zip(_looks([*known, asked], models), known, strict=False)]
    here = [i for i, entry in enumerate(known) if entry["test_sha256"] == test_sha256]
    touched = _overlapping(test_sha256, known, prints)
    met = [i for i, entry in enumerate(known) if entry["test_sha256"] in touched.sets]
    own = [i for i in here if models[i] == models[-1]]
    return Standing(
        openings=tuple(known[i].get("time", "") for i in own),
        models=len({models[i] for i in here} | {models[-1]}),
        rows=rows,
        seen=round(touched.share * rows),
        others=len({models[i] for i in met}),
        looks=len({looks[i] for i in (*here, *met)} | ({None} if not own else set())),
        sampled=touched.sampled,
        unknown=touched.unknown,
    )


@dataclass(frozen=True)
class _Overlap:
    """Other test sets that have rows of this one, the share of its rows that they have, and what can't be compared."""

    sets: frozenset[str]
    share: float
    sampled: bool
    unknown: int


def _overlapping(test_sha256: str, entries: list[Entry], prints: Mapping[str, Fingerprint]) -> _Overlap:
    sets = dict.fromkeys(entry["test_sha256"] for entry in entries if entry["test_sha256"] != test_sha256)
    foreign = _foreign(test_sha256, entries)
    others = [other for other in sets if other not in foreign]
    now = prints.get(test_sha256)
    if now is None:
        return _Overlap(frozenset(), 0.0, False, len(others))
    masks = {other: fingerprints.seen(now, prints[other]) for other in others if other in prints}
    known = {other: mask for other, mask in masks.items() if mask is not None}
    judged = np.ones(len(now.numbers), bool)
    for other in known:
        judged &= fingerprints.comparable(now, prints[other])
    found = np.zeros(len(now.numbers), bool)
    for mask in known.values():
        found |= mask
    met = frozenset(other for other, mask in known.items() if mask.any())
    share = float(found[judged].mean()) if judged.any() else 0.0
    sampled = now.sampled or any(prints[other].sampled for other in known)
    return _Overlap(met, share, sampled, len(others) - len(known))


def _foreign(test_sha256: str, entries: list[Entry]) -> set[str]:
    """Test sets of other data: of another source, and without a group of columns that is there too."""
    described = {entry["test_sha256"]: entry for entry in entries if {"columns", "source"} <= entry.keys()}
    mine = described.get(test_sha256)
    if mine is None:
        return set()
    return {
        name
        for name, entry in described.items()
        if entry["source"] != mine["source"] and not _named(entry) & _named(mine)
    }


def _named(entry: Entry) -> set[tuple[int, str]]:
    """The groups of columns that an opening knows, each with a hash of its columns' names."""
    return {(group, names) for group, names in enumerate(entry["columns"]) if names}


def _models(entries: list[Entry]) -> list[int]:
    """For each entry a number of its model: those share one that agree in their weights or their recipe.

    The earliest lines name weights alone; of them, those with equal scores on equal rows are taken for one network on
    several processors, and for the first later one with that score.
    """
    groups = _Groups(len(entries))
    for i, entry in enumerate(entries):
        for name in ("model_sha256", "recipe"):
            if entry.get(name):
                groups.join(i, (name, entry[name]))
    scored = {i: _told(entry) for i, entry in enumerate(entries) if "score" in entry}
    bare = {i: told for i, told in scored.items() if "recipe" not in entries[i]}
    later = {told: i for i, told in reversed(scored.items()) if i not in bare}
    for i, told in (*bare.items(), *((later[told], told) for told in {*bare.values()} & later.keys())):
        groups.join(i, ("told", told))
    return groups.numbers()


def _looks(entries: list[Entry], models: list[int]) -> list[int]:
    """For each entry a number of its look: of one model, on one test set, those that have the same code or score."""
    groups = _Groups(len(entries))
    for i, (entry, model) in enumerate(zip(entries, models, strict=True)):
        if "code" in entry:
            groups.join(i, (model, entry["test_sha256"], "code", entry["code"]))
        groups.join(i, (model, entry["test_sha256"], "score", _told(entry)))
    return groups.numbers()


def _told(entry: Entry) -> tuple[Any, ...]:
    """What an opening has shown."""
    score = entry.get("score")
    rounded = f"{score:.{SIGNIFICANT}g}" if isinstance(score, int | float) and math.isfinite(score) else None
    return entry["test_sha256"], entry.get("n"), rounded


class _Groups:
    """Things 0 … n−1 that share a mark are of one group, and so are those that share a mark with these."""

    def __init__(self, n: int) -> None:
        self._above = list(range(n))
        self._first: dict[Hashable, int] = {}

    def join(self, thing: int, mark: Hashable) -> None:
        self._above[self._top(thing)] = self._top(self._first.setdefault(mark, thing))

    def numbers(self) -> list[int]:
        return [self._top(thing) for thing in range(len(self._above))]

    def _top(self, thing: int) -> int:
        while self._above[thing] != thing:
            thing = self._above[thing]
        return thing
