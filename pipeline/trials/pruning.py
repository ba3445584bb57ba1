"""Trials that a search has given up: kept with their curves and their checkpoint, from which a later sweep goes on.

The store has such a trial as far as it was trained. A sweep shows it as far as that sweep took it: another one may have
trained it further, before or meanwhile, and the results are the same.
"""

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.storage import atomic, digests, documents
from pipeline.storage.places import GROWING, TRIALS
from pipeline.trials.checkpoints import first_lines, kept
from pipeline.trials.claiming import let_go
from pipeline.trials.folder import (
    ERRORS,
    HISTORY,
    MODEL,
    PROOF,
    PRUNED,
    RUN,
    SETTINGS,
    SUMMARY,
    History,
    Trial,
    as_it_stands,
    grown,
    parsed,
)
from pipeline.trials.meeting import TrainedElsewhere, alone
from pipeline.trials.rungs import first_epochs
from pipeline.trials.whole import reusable


@dataclass(frozen=True)
class Cut:
    """Where a search gave a trial up.

    epochs: trained until then; metric: what it was compared by; reason: in words.
    """

    epochs: int
    metric: str
    reason: str


def prune(key: str, cut: Cut) -> None:
    """Move a paused trial to its place in the store, as pruned; one that another process trains is left to that."""
    GROWING.mkdir(parents=True, exist_ok=True)
    with suppress(TrainedElsewhere), alone(key, wait=False):
        _prune(key, grown(key) or GROWING / key, cut)


def _prune(key: str, folder: Path, cut: Cut) -> None:
    found = kept(folder)
    # Another sweep has pruned it, or trained it to its end, where it has its place or is about to get it.
    if found is None or not found.lines or reusable(folder) or reusable(TRIALS / key):
        return
    atomic.sweep_leftovers(folder)
    settings, lines = documents.read_json(folder / SETTINGS), found.lines
    for name in (MODEL, ERRORS):
        atomic.remove(folder / name)
    documents.write_text(folder / HISTORY, "".join(lines))
    summary = _summary(key, settings, lines, replace(cut, epochs=found.epochs))
    proof = {PROOF: digests.of_text(documents.as_json(summary))}  # not that of an end which a kill has prevented
    documents.write_json(folder / RUN, {**documents.read_object(folder / RUN), **proof})
    documents.write_json(folder / SUMMARY, summary)
    atomic.move(folder, TRIALS / key)
    let_go(key)


def _summary(key: str, settings: dict[str, Any], lines: Sequence[str], cut: Cut) -> dict[str, Any]:
    text = "".join(lines)
    found = first_epochs(key, parsed(text), cut.epochs, cut.metric)
    if found is None:
        raise HoldoutError(f"{TRIALS / key}: {HISTORY} has no {cut.metric}: delete the folder and run the sweep again")
    said = {"status": PRUNED, "reason": cut.reason, "stopped_by": "pruning"}
    hashed = {"history_sha256": _sha256(text), "settings_sha256": _sha256(documents.as_json(settings))}
    return {**found, **said, "model_sha256": None, "errors_sha256": None, **hashed}


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def take_up(key: str) -> None:
    """Bring a trial that was pruned back to where trials grow; it goes on at its checkpoint."""
    if as_it_stands("", TRIALS / key).status == PRUNED and grown(key) is None:
        atomic.move(TRIALS / key, GROWING / key)


@dataclass(frozen=True)
class PrunedTrial(Trial):
    """A trial as the sweep has it that gave it up; ``written``: its history until then, as in history.csv."""

    written: str = field(default="", repr=False)

    def history(self) -> History:
        """As of any trial, until it was given up."""
        return parsed(self.written)

    def write(self, folder: Path) -> None:
        """Its files, into an empty folder."""
        documents.write_json(folder / SETTINGS, self.settings)
        documents.write_json(folder / SUMMARY, self.summary)
        documents.write_text(folder / HISTORY, self.written)


def pruned(experiment: str, key: str, cut: Cut, grid: str = "") -> PrunedTrial:
    """The trial ``key`` as a sweep has it that gave it up at ``cut``, wherever it is now and however far it has come.

    Raises:
        HoldoutError: it has not been trained for so many epochs.
    """
    for folder in (TRIALS / key, grown(key), TRIALS / key, grown(key)):  # another sweep may take it up meanwhile
        if folder is None:
            continue
        lines, settings = first_lines(folder / HISTORY, cut.epochs), documents.read_object(folder / SETTINGS)
        if lines and settings:
            summary = _summary(key, settings, lines, cut)
            return PrunedTrial(experiment, key, folder, PRUNED, settings, summary, {}, grid, written="".join(lines))
    raise HoldoutError(f"{TRIALS / key}: pruned after {cut.epochs} epochs, which it hasn't got: run the sweep again")
