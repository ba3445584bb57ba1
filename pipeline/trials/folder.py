"""A trial as its folder tells it: the only reader of its files, of what became of it, and of whether they fit together.

A trial grows in ``.trials/running/<key>/``, takes its place in ``.trials/<key>/`` when it is done, and is copied from
there to ``experiments/<name>/results/trials/<key>/``. ``read_trial`` insists on whole files; ``as_it_stands`` and
``find_trial`` take what is there.
"""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, mapping, number, one_of, optional, text, whole, wrong
from pipeline.storage import digests, documents
from pipeline.storage.places import EXPERIMENTS, GROWING, TRIALS
from pipeline.trials.processes import alive

if TYPE_CHECKING:  # else who only reads a trial's files would wait for NumPy
    import numpy as np

# What becomes of a trial. Run again, a killed, paused or pruned one goes on; a failed or damaged one is trained anew.
FINISHED, DIVERGED, FAILED, PRUNED = "finished", "diverged", "failed", "pruned"
RUNNING, PAUSED, KILLED, DAMAGED = "running", "paused", "killed", "damaged"

MODEL, HISTORY, SETTINGS, SUMMARY, RUN = "model.npz", "history.csv", "settings.json", "summary.json", "run.json"
ORIGIN = "origin"  # in run.json: what beside the settings decides the result
ERRORS = "errors.json"  # of each validation row, see kept_errors
CHECKPOINT = "checkpoint.npz"  # of a trial that is not done, or was pruned: where it goes on
PAUSED_AT = "paused_at"  # in run.json: the epoch after which it waits for its search
# The facts in summary.json.
FACTS: dict[str, Kind] = {
    "key": text,
    "status": one_of(FINISHED, DIVERGED, FAILED, PRUNED),
    **dict.fromkeys(("reason", "metric", "stopped_by"), text),
    **dict.fromkeys(("best_epoch", "epochs"), whole),
    "score": optional(number),
    "metrics": mapping,
    "parameters": optional(whole),
    **dict.fromkeys(("model_sha256", "errors_sha256"), optional(text)),
    **dict.fromkeys(("history_sha256", "settings_sha256"), text),
}
History = dict[str, list[float]]


@dataclass(frozen=True)
class Trial:
    """One trial.

    Attributes:
        experiment: whose trial it is here; empty where it was looked up by its key alone.
        grid: the file in conf/experiment that its settings come from, where an experiment has chosen several; else
            empty, for it is the experiment's own.
        teaching: whether its experiment only shows something: then it is no candidate.
        folder: where its files are now.
        status: one of those above.
        settings: nested, as in settings.json; summary: as in summary.json, empty while it grows.
        run: the process that trained it, and when; empty for a published trial.
    """

    experiment: str
    key: str
    folder: Path
    status: str
    settings: dict[str, Any] = field(repr=False)
    summary: dict[str, Any] = field(repr=False)
    run: dict[str, Any] = field(repr=False)
    grid: str = ""
    teaching: bool = False

    @property
    def finished(self) -> bool:
        return self.status == FINISHED

    @property
    def sweep(self) -> str:
        """What people call the sweep that it is of: its experiment, with its grid where that has several."""
        return f"{self.experiment}: {self.grid}" if self.grid else self.experiment

    @property
    def model(self) -> Path:
        """Its weights; only a trial that has trained an epoch to the end has them."""
        return self.folder / MODEL

    def history(self) -> History:
        """Metrics by name, one value per epoch; ``epoch`` is among the names. Empty if no epoch was finished.

        Raises:
            HoldoutError: history.csv is missing or damaged.
        """
        path = self.folder / HISTORY
        documents.check_kind(path)
        try:
            return parsed(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, csv.Error) as error:
            raise HoldoutError(f"{path} can't be read ({error}): delete the folder and run `dvc repro`") from None

    def errors(self) -> "np.ndarray | None":
        """What each validation row adds to its score, (rows,), rounded; None where that was not kept."""
        from pipeline.trials.kept_errors import unpacked

        return unpacked(documents.read_object(self.folder / ERRORS))

    def history_so_far(self) -> History:
        """As ``history``, of the whole lines that are there; empty if they can't be read."""
        try:
            written = (self.folder / HISTORY).read_text(encoding="utf-8")
            return parsed(written[: written.rfind("\n") + 1])
        except (OSError, ValueError, csv.Error):  # moved to its place since it was found, or damaged
            return {}


def parsed(written: str) -> History:
    """The columns of history.csv; ValueError for a line that hasn't a number in each."""
    names, *rows = list(csv.reader(written.splitlines())) or [[]]
    if rows and "epoch" not in names:
        raise ValueError("there is no column epoch")
    if short := [row for row in rows if len(row) != len(names)]:
        raise ValueError(f"a line has {len(short[0])} cells for {len(names)} columns")
    columns = {name: [float(row[place]) for row in rows] for place, name in enumerate(names)}
    if not all(map(math.isfinite, columns.get("epoch", ()))):
        raise ValueError("epoch is not finite")
    return columns if rows else {}


def published(experiment: str) -> Path:
    """The folder of an experiment's published trials."""
    return EXPERIMENTS / experiment / "results" / "trials"


def read_trial(experiment: str, folder: Path, grid: str = "") -> Trial:
    """The trial in ``folder``, which has ended; HoldoutError names what is missing or damaged."""
    settings, summary = (documents.read_json(folder / name) for name in (SETTINGS, SUMMARY))
    if fault := _fault(folder, settings, summary):
        raise HoldoutError(f"{fault}: delete the folder and run `dvc repro`")
    run = documents.read_object(folder / RUN)
    return Trial(experiment, folder.name, folder, summary["status"], settings, summary, run, grid)


def _fault(folder: Path, settings: Any, summary: Any) -> str | None:
    """What no trial in ``folder`` that has ended would have."""
    if fault := wrong(summary, FACTS):
        return f"{folder / SUMMARY} is no summary of a trial ({fault})"
    if summary["key"] != folder.name:
        return f"{folder / SUMMARY}: key is {summary['key'][:80]}, expected the folder's name"
    return None if isinstance(settings, dict) and settings else f"{folder / SETTINGS}: found no settings"


def check_files(trial: Trial) -> None:
    """Hold a trial's files against its summary, and the summary against what ``finish`` writes.

    Raises:
        HoldoutError: names what is not as it was written.
    """
    summary, history = trial.summary, trial.history()
    changed = [name for name, digest in hashes(trial.folder).items() if summary[name] != digest]
    scores = [summary["score"], *summary["metrics"].values()]
    if changed or summary.keys() != FACTS.keys():
        what = changed or sorted(summary.keys() ^ FACTS.keys())
        raise HoldoutError(f"{trial.folder / SUMMARY}: {what[0]} is not that of the trial: train it again")
    if trial.status in (FINISHED, PRUNED) and not (history and all(map(number, scores))):
        raise HoldoutError(f"{trial.folder / SUMMARY}: the trial has no score or no history: train it again")


def hashes(folder: Path) -> dict[str, str | None]:
    """SHA-256 of the files of a trial beside its summary; None for a file that it hasn't got."""
    return {f"{Path(name).stem}_sha256": _digest(folder / name) for name in (MODEL, HISTORY, SETTINGS, ERRORS)}


def _digest(path: Path) -> str | None:
    return digests.of_file(path) if path.is_file() else None


def as_it_stands(experiment: str, folder: Path) -> Trial:
    """The trial in ``folder``, whatever is there; what can't be read is empty.

    One that grows is running, paused or killed, with no summary yet; one in another place is what its summary says,
    or damaged and without a summary. Its other files are not looked at.
    """
    settings, summary, run = (documents.read_object(folder / name) for name in (SETTINGS, SUMMARY, RUN))
    if folder.parent == GROWING:
        status = PAUSED if whole(run.get(PAUSED_AT)) else RUNNING if alive(run) else KILLED
        return Trial(experiment, folder.name, folder, status, settings, {}, run)
    if _fault(folder, settings, summary):
        return Trial(experiment, folder.name, folder, DAMAGED, settings, {}, run)
    return Trial(experiment, folder.name, folder, summary["status"], settings, summary, run)


def find_trial(experiment: str, key: str) -> Trial | None:
    """Where the trial stands now: growing, stored or published; None while it is nowhere, or only half there."""
    handed_on = published(experiment) / key
    if documents.read_object(handed_on / SUMMARY).get("status") == PRUNED:
        return _pruned(as_it_stands(experiment, handed_on), as_it_stands(experiment, TRIALS / key))
    growing = as_it_stands(experiment, GROWING / key)
    if growing.status != RUNNING:
        for place in (TRIALS / key, handed_on):
            if (place / SUMMARY).exists():
                ended = as_it_stands(experiment, place)
                if ended.status != DAMAGED:
                    return ended
    return growing if growing.run and growing.settings else None


def _pruned(handed_on: Trial, stored: Trial) -> Trial:
    """A trial as its experiment has it that gave it up; what is stored may have been trained further by others."""
    return stored if stored.summary == handed_on.summary else handed_on


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested settings with dotted names: ``{"optimizer.learning_rate": 0.1, …}``."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= flatten(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat
