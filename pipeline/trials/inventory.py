"""What the store of trials holds, who needs it, and what can go."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from pipeline.errors import HoldoutError
from pipeline.storage import atomic, documents
from pipeline.storage.places import EXPERIMENTS
from pipeline.trials.checkpoints import NAME, read_checkpoint
from pipeline.trials.processes import alive
from pipeline.trials.store import RUNNING, STORE, SWEEPS, read_summary
from pipeline.trials.sweeps import AD_HOC

# What stands in .trials beside the trials.
OTHERS = {RUNNING.name, SWEEPS.name, "hydra", "tmp"}


@dataclass(frozen=True)
class Entry:
    """One trial of the store.

    status: ``finished``, ``diverged``, ``failed``, ``damaged``, ``running``, or ``killed``, which goes on when it is
    run again; experiments: the sweeps that have it; epochs: trained so far.
    """

    key: str
    folder: Path
    status: str
    experiments: tuple[str, ...]
    epochs: int | None
    summary: dict[str, Any] = field(repr=False)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())


def entries() -> list[Entry]:
    """All trials, finished or not, by key."""
    sweeps = members()
    stored = [_stored(path, sweeps) for path in _folders(STORE) if path.name not in OTHERS]
    return sorted([*stored, *(_unfinished(path, sweeps) for path in _folders(RUNNING))], key=lambda entry: entry.key)


def _folders(folder: Path) -> list[Path]:
    found = folder.iterdir() if folder.is_dir() else ()
    return [path for path in found if path.is_dir() and not path.name.startswith(".")]


def members() -> dict[str, set[str]]:
    """The keys of each experiment: of its latest sweep, and of its published results."""
    found: dict[str, set[str]] = {}
    for path in SWEEPS.glob("*/*.json"):
        found.setdefault(path.parent.name, set()).add(path.stem)
    for path in EXPERIMENTS.glob("*/results/trials/*"):
        found.setdefault(path.parents[2].name, set()).add(path.name)
    return found


def _having(key: str, sweeps: dict[str, set[str]]) -> tuple[str, ...]:
    return tuple(sorted(name for name, keys in sweeps.items() if key in keys))


def _stored(folder: Path, sweeps: dict[str, set[str]]) -> Entry:
    try:
        summary = documents.read_json(folder / "summary.json")
        status, epochs = str(summary["status"]), summary["epochs"]
    except (HoldoutError, KeyError, TypeError):
        summary, status, epochs = {}, "damaged", None
    if status != "failed" and read_summary(folder) is None:
        status = "damaged"
    return Entry(folder.name, folder, status, _having(folder.name, sweeps), epochs, summary)


def _unfinished(folder: Path, sweeps: dict[str, set[str]]) -> Entry:
    snapshot = read_checkpoint(folder / NAME)
    epochs = snapshot.facts["history"] if snapshot else 0
    status = "running" if alive(_run(folder)) else "killed"
    return Entry(folder.name, folder, status, _having(folder.name, sweeps), epochs, {})


def _run(folder: Path) -> dict[str, Any]:
    try:
        run = documents.read_json(folder / "run.json")
    except HoldoutError:
        return {}
    return run if isinstance(run, dict) else {}


def find(key: str) -> Entry:
    """The one trial whose key starts with ``key``.

    Raises:
        HoldoutError: there is none, or more than one.
    """
    found = [entry for entry in entries() if entry.key.startswith(key)]
    if len(found) != 1:
        count = "no trial" if not found else f"{len(found)} trials"
        raise HoldoutError(f"{STORE}: {count} with a key that starts with {key!r}: `python -m pipeline.trials list`")
    return found[0]


def unneeded(experiments: Iterable[str], ad_hoc: bool) -> list[Entry]:
    """The trials that none of ``experiments`` has, nor the ad-hoc ones unless ``ad_hoc`` gives them up too."""
    kept = {*experiments, *(() if ad_hoc else (AD_HOC,))}
    return [entry for entry in entries() if not kept & set(entry.experiments) and entry.status != "running"]


def drop(entry: Entry) -> bool:
    """Remove a trial from the store; False if a process holds it."""
    lock = FileLock(RUNNING / f"{entry.key}.lock")
    RUNNING.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    with lock:
        atomic.remove(entry.folder)
        for path in SWEEPS.glob(f"*/{entry.key}.json"):
            path.unlink()
        Path(lock.lock_file).unlink(missing_ok=True)
    return True
