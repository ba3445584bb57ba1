"""Which trials belong to a sweep, and the results folder that its stage hands on."""

import contextlib
import csv
import io
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.configuration.params import EXPERIMENT_NAME
from pipeline.errors import HoldoutError
from pipeline.storage import atomic, documents
from pipeline.trials.store import FINISHED, RUNNING, STORE, SWEEPS

AD_HOC = "ad-hoc"
# What may stand on the command line without changing a sweep.
HARMLESS = ("--multirun", "-m", "allow_failed", "checkpoint_seconds", "hydra/launcher", "hydra.launcher.n_jobs")
ORPHANS = 5.0  # seconds in which a trainer ends that has lost its dvc
COLUMNS = ("key", "status", "score", "metric", "best_epoch", "epochs", "stopped_by", "parameters", "reason")
Record = dict[str, Any]


def published_name(words: list[str]) -> str | None:
    """NAME if the command line says ``experiment=NAME`` and nothing that would change its sweep."""
    rest = [word for word in words if word.split("=")[0] not in HARMLESS]
    if len(rest) != 1 or not rest[0].startswith("experiment="):
        return None
    name = rest[0].partition("=")[2]
    if not EXPERIMENT_NAME.fullmatch(name):
        raise HoldoutError(f"experiment={name}: expected the name of one experiment, of a-z, 0-9, _ and -")
    return name


@contextlib.contextmanager
def only_run(experiment: str) -> Iterator[None]:
    """Hold the experiment: a second run of it at the same time, in this folder, is refused.

    It waits a little first: a trainer whose dvc was killed is about to end.
    """
    RUNNING.mkdir(parents=True, exist_ok=True)
    lock = FileLock(RUNNING / f"sweep-{experiment}.lock")
    try:
        lock.acquire(timeout=ORPHANS)
    except Timeout:
        raise HoldoutError(f"{experiment} is being trained in this folder by another process: wait for it") from None
    try:
        yield
    finally:
        lock.release()


@dataclass(frozen=True)
class Sweep:
    """One run of a sweep: the experiment's name, and an identity that its workers inherit."""

    experiment: str
    identity: str

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Sweep":
        return cls(environment["HOLDOUT_EXPERIMENT"], environment["HOLDOUT_SWEEP"])

    def to_environment(self) -> dict[str, str]:
        return {"HOLDOUT_EXPERIMENT": self.experiment, "HOLDOUT_SWEEP": self.identity}

    def add(self, key: str, job: int, words: Sequence[str], allow_failed: bool = False) -> None:
        """Record that job number ``job`` is the trial ``key``; ``words`` are its overrides, ``name=value``."""
        overrides = dict(word.lstrip("+").split("=", 1) for word in words)
        record = {"experiment": self.experiment, "key": key, "job": job, "overrides": overrides}
        record |= {"sweep": self.identity, "allow_failed": allow_failed}
        documents.write_json(SWEEPS / self.experiment / f"{key}.json", record)

    def members(self) -> list[Record]:
        """The records of this run, in the order of its jobs."""
        records = map(_record, (SWEEPS / self.experiment).glob("*.json"))
        mine = [record for record in records if record.get("sweep") == self.identity]
        return sorted(mine, key=lambda record: (record["job"], record["key"]))

    def summaries(self) -> list[Record]:
        return [documents.read_json(STORE / record["key"] / "summary.json") for record in self.members()]

    def refuse_failures(self) -> None:
        """Raise HoldoutError listing the trials that did not finish, unless allow_failed was set for them."""
        pairs = list(zip(self.members(), self.summaries(), strict=True))
        failed = [s for record, s in pairs if s["status"] != FINISHED and not record["allow_failed"]]
        if failed:
            listed = "; ".join(f"{summary['key']} {summary['status']}: {summary['reason']}" for summary in failed)
            raise HoldoutError(
                f"{self.experiment}: {len(failed)} of {len(pairs)} trials did not finish ({listed}). "
                f"The others are kept; change the settings, or pass allow_failed=true"
            )

    def publish(self, folder: Path) -> None:
        """Build ``folder`` from this run's trials only.

        Holds trials.csv and, per trial, settings, summary, history and model: no dates, hosts or durations, so that
        the same sweep gives the same bytes. Members of earlier runs are forgotten; their trials stay in the store.
        """
        records, summaries = self.members(), self.summaries()
        with atomic.replacing(folder) as temporary:
            for record in records:
                _copy_trial(STORE / record["key"], temporary / "trials" / record["key"])
            (temporary / "trials.csv").write_text(_table(records, summaries), encoding="utf-8")
        current = {record["key"] for record in records}
        for path in (SWEEPS / self.experiment).glob("*.json"):
            if path.stem not in current:
                path.unlink()


def _record(path: Path) -> Record:
    """A record, or an empty one where an earlier run has left something else."""
    with contextlib.suppress(HoldoutError):
        found = documents.read_json(path)
        return found if isinstance(found, dict) else {}
    return {}


def _copy_trial(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for name in ("settings.json", "summary.json", "history.csv", "model.npz"):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)


def _table(records: list[Record], summaries: list[Record]) -> str:
    varied = sorted({name for record in records for name in record["overrides"]})
    metrics = sorted({name for summary in summaries for name in summary["metrics"]})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*COLUMNS, *varied, *metrics])
    for record, summary in zip(records, summaries, strict=True):
        facts = [summary[name] for name in COLUMNS]
        writer.writerow([*facts, *map(record["overrides"].get, varied), *map(summary["metrics"].get, metrics)])
    return text.getvalue()


def in_words(summary: Record) -> str:
    """A trial's outcome as one phrase for the terminal."""
    if summary["status"] != FINISHED:
        return f"{summary['status']}: {summary['reason']}"
    reused = ", reused" if summary.get("reused") else ""
    epochs = f"epoch {summary['best_epoch']} of {summary['epochs']}"
    return f"{summary['metric']} {summary['score']:.4f} at {epochs}{reused}"
