"""What there is to show, read once in a pass: the trials of each experiment's latest sweep."""

import dataclasses
import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline.storage.audits import BASELINES, DATA_CHECKS
from pipeline.storage.documents import read_object
from pipeline.storage.places import EXPERIMENTS, GROWING, REPORTS, SELECTED, SPLIT, SWEEPS, TRIALS
from pipeline.trials import folder
from pipeline.trials.folder import RUN, SUMMARY, Trial, find_trial
from pipeline.trials.processes import alive
from pipeline.trials.sweeps import experiments, latest_keys

CERTIFICATE, WEIGHTS, TEST_SCORE = SELECTED / "certificate.json", SELECTED / folder.MODEL, REPORTS / "metrics.json"
EVALUATION = REPORTS / "evaluation.json"
SPLIT_CARD = SPLIT / "card.json"
AUDITS = (DATA_CHECKS, BASELINES)
WATCHED = (CERTIFICATE, WEIGHTS, TEST_SCORE, EVALUATION, SPLIT_CARD, *AUDITS)  # what is shown besides trials
# The mirror's own: see memory.py, news.py and sync.py.
MEMORY, SHOWN, TURN = TRIALS / "mirror.json", TRIALS / "shown.json", TRIALS / "mirror.turn"


Stamp = tuple[str, int, int]  # of a file: its path, time and size


class Contents:
    """The trials as they stand at one moment: each is read once, however many ask for it.

    Args:
        before: what was read earlier; a trial that had ended then, and whose files are as they were, is not read again.

    Attributes:
        sweeps: per experiment, the trials of its latest sweep, in the order of its jobs.
    """

    def __init__(self, before: "Contents | None" = None) -> None:
        self._ended: dict[tuple[str, str], tuple[Stamp, Trial]] = before._ended if before else {}
        self._find = functools.cache(self._look)
        self.sweeps = {name: self._members(name) for name in experiments()}

    def keep(self, ours: Callable[[str, str], bool]) -> None:
        """Leave out the trials, by experiment and key, that are not ours: those of data that were here before."""
        for experiment, trials in self.sweeps.items():
            self.sweeps[experiment] = [trial for trial in trials if ours(experiment, trial.key)]

    def _members(self, experiment: str) -> list[Trial]:
        found = ((self.trial(experiment, key), grid) for key, grid in latest_keys(experiment).items())
        return [dataclasses.replace(trial, grid=grid) for trial, grid in found if trial]

    def trial(self, experiment: str, key: str) -> Trial | None:
        """Any trial of the experiment, of whatever sweep; None while it has no files or is only half there."""
        return self._find(experiment, key)

    def _look(self, experiment: str, key: str) -> Trial | None:
        stamp = _stamp(str(TRIALS / key / SUMMARY))
        before = self._ended.get((experiment, key))
        if before and before[0] == stamp and not (GROWING / key).exists():
            return before[1]
        trial = find_trial(experiment, key)
        if stamp and trial and trial.folder == TRIALS / key:
            self._ended[experiment, key] = stamp, trial
        return trial


def selected() -> dict[str, Any]:
    """The certificate of the selected model; empty if there is none, or it is one of data that were here before."""
    certificate, card = read_object(CERTIFICATE), read_object(SPLIT_CARD)
    current = WEIGHTS.exists() and (not card or certificate.get("split") == card.get("hashes"))
    return certificate if current else {}


def findings() -> list[str]:
    """What the checks, the simple rules and the card of the open rows say, one line each; nothing without them."""
    card = read_object(SPLIT_CARD)
    audits = [one for path in AUDITS for one in read_object(path).get("findings") or () if isinstance(one, dict)]
    lines = [*(card.get("notes") or ()), *(card.get("remarks") or ()), *map(_in_a_line, audits)]
    return [line for line in lines if isinstance(line, str)]


def _in_a_line(finding: dict[str, Any]) -> str:
    """What a check or a simple rule found, with the reason why it may stand."""
    accepted = f" (accepted: {finding['accepted']})" if finding.get("accepted") else ""
    return f"{finding.get('severity')} {finding.get('code')}: {finding.get('said')}{accepted}"


def in_markdown(lines: list[str]) -> str:
    """Findings as a list below a heading; nothing where there are none."""
    return "\n**About the data**\n\n" + "".join(f"- {line}\n" for line in lines) if lines else ""


def fingerprint() -> tuple[Any, ...]:
    """Changes whenever a pass could find something new: sizes and times of the files, and who still runs.

    Of what has ended only its folder is looked at, once a second: a file there that takes another's place changes it.
    """
    results = EXPERIMENTS.glob("*/results")
    folders = [TRIALS, SWEEPS, *GROWING.glob("*/"), *(folder for one in results for folder in (one, one / "trials"))]
    paths = {path for folder in folders for path in _entries(folder)}
    watched = sorted({*paths, *map(str, WATCHED)} - {str(MEMORY), str(SHOWN), str(TURN)})
    running = tuple(alive(read_object(path)) for path in sorted(GROWING.glob(f"*/{RUN}")))
    return running, tuple(map(_stamp, watched))


def _entries(folder: Path) -> list[str]:
    """As text: a store may hold thousands."""
    try:
        return [entry.path for entry in os.scandir(folder)]
    except OSError:  # there is none, or it has just been moved
        return []


def _stamp(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return path, status.st_mtime_ns, status.st_size
