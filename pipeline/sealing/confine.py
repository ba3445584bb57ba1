"""A stage reads, of the project's data, only what dvc.yaml declares for it.

On Linux, Landlock makes the kernel refuse the rest, for this process and its children. Elsewhere a Python audit hook
does: with less force, for it sees neither C++ readers nor child processes.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from configparser import Error as ConfigError
from configparser import RawConfigParser
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import HoldoutError
from pipeline.sealing import landlock
from pipeline.sealing.declared import declared
from pipeline.storage import documents
from pipeline.storage.places import EXPERIMENTS, PARAMS, TRIALS, sweep_all_leftovers

GUARDED = ("data/prepared", "data/split", "data/sealed", "models", "reports", ".dvc/cache", ".dvc/tmp")
LANDLOCK, AUDIT, OFF = "landlock", "audit hook", "off"
WEAKER = {
    AUDIT: "no Landlock here, so a Python audit hook refuses what dvc.yaml does not declare",
    OFF: "nothing keeps it from the test rows (HOLDOUT_CONFINE=off)",
}
CHOICES = ("landlock", "audit", "off")


@dataclass(frozen=True)
class Plan:
    """What a stage may read, as absolute paths without symlinks.

    guarded: places closed to it; open: places inside them that it may read all the same;
    listed: folders whose entries are allowed one by one, so that what appears there later stays closed.
    """

    guarded: frozenset[Path]
    open: frozenset[Path]
    listed: frozenset[Path]

    def refuses(self, path: Path) -> bool:
        """Whether ``path`` (absolute, without symlinks) is in a guarded place that is not open to the stage."""
        above = {path, *path.parents}
        return bool(above & self.guarded) and not above & self.open


def confine(stage: str) -> str:
    """From here on, this process may read no data that dvc.yaml doesn't declare for ``stage``.

    Says so on the terminal when what holds it is less than Landlock. What dead processes left half-written is swept
    before: afterwards the stage could not see it.

    Args:
        stage: a stage's name: ``select``, ``train@momentum``; ``train`` alone is the stage with no item bound.

    Returns:
        What holds it: ``landlock`` (children too), ``audit hook`` (Python code of this process), or ``off``.

    Raises:
        HoldoutError: dvc.yaml has no such stage, or HOLDOUT_CONFINE asks for what this system doesn't have.
    """
    sweep_all_leftovers()
    held = _hold(stage)
    if held != LANDLOCK:
        print(f"note: {stage}: confinement is {held}: {WEAKER[held]}", file=sys.stderr)
    return held


def _hold(stage: str) -> str:
    wish = os.environ.get("HOLDOUT_CONFINE", "")
    if wish not in ("", *CHOICES):
        raise HoldoutError(f"HOLDOUT_CONFINE={wish}: allowed are {', '.join(CHOICES)}; unset it for the best there is")
    if wish == "off":
        return OFF
    TRIALS.mkdir(exist_ok=True)
    plan = make_plan(stage, Path.cwd().resolve())
    if wish != "audit" and _restrict(plan):
        return LANDLOCK
    if wish == "landlock":
        raise HoldoutError("HOLDOUT_CONFINE=landlock: this system has no Landlock (Linux 5.19 or later); unset it")
    _hook(plan, stage)
    return AUDIT


def make_plan(stage: str, project: Path) -> Plan:
    """Compare the guarded places with the deps and outs that dvc.yaml declares for ``stage``."""
    params = documents.read_yaml(project / PARAMS)
    deps, outs = declared(stage, project / "dvc.yaml", params)
    experiments = project / EXPERIMENTS
    folders = [entry for entry in experiments.iterdir() if entry.is_dir()] if experiments.is_dir() else []
    guarded = {_real(project / place) for place in GUARDED}
    listed = params.get("experiments")  # what is wrong in params.yaml, the stage itself says better
    named = [experiments / str(name) for name in listed] if isinstance(listed, list) else []
    guarded |= {_real(folder) / "results" for folder in (*folders, *named)}
    guarded |= _sources(params, project) | _shared_cache(project)
    allowed = {_real(project / path) for path in (*deps, *outs)}
    allowed |= {_workshop(_real(project / path), guarded) for path in outs}
    for path in tuple(allowed):
        allowed |= _links(path)
    above = {parent for place in guarded for parent in place.parents}
    return Plan(frozenset(guarded), frozenset(allowed), frozenset({*above, experiments, *folders} - guarded))


def _real(path: Path) -> Path:
    """``path`` without symlinks; one that leads to itself stays, for whoever opens it to name."""
    return Path(os.path.realpath(path))


def _sources(params: Mapping[str, Any], project: Path) -> set[Path]:
    """The user's own data files; bundled sources name a file of the program instead, which stays readable."""
    data = params.get("data")
    if not isinstance(data, dict) or data.get("source") != "file":
        return set()
    return {_real(project / name) for name in (data.get("path"), data.get("labels")) if isinstance(name, str)}


def _shared_cache(project: Path) -> set[Path]:
    """The cache of DVC, where its configuration puts it elsewhere."""
    found = set()
    for name in ("config", "config.local"):
        config = RawConfigParser()
        try:
            config.read(project / ".dvc" / name)
        except (ConfigError, UnicodeDecodeError):
            continue
        place = config.get("cache", "dir", fallback=None)
        if place:
            found.add((project / ".dvc" / place).resolve())
    return found


def _workshop(out: Path, guarded: set[Path]) -> Path:
    """The folder where an out is made and renamed to, if nothing else that is guarded lies in it."""
    parent = out.parent
    shared = any(parent in place.parents for place in guarded - {out})
    return out if shared or not guarded & {out, *out.parents} else _made(parent)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _links(path: Path) -> set[Path]:
    """Where the symlinks in a declared folder lead: DVC can link its outs into the cache."""
    if not path.is_dir():
        return set()
    entries = (Path(folder, name) for folder, *lists in os.walk(path) for names in lists for name in names)
    return {_real(entry) for entry in entries if entry.is_symlink()}


def _restrict(plan: Plan) -> bool:
    """Put the plan into force with Landlock; False where the kernel or the folders' permissions don't allow it."""
    if not landlock.available():
        return False
    if Path(tempfile.gettempdir()).resolve() in plan.listed:
        # Its new entries would be closed, and a program reads its own temporary files back.
        os.environ["TMPDIR"] = tempfile.tempdir = str(_made(TRIALS.resolve() / "tmp"))
    try:
        allowed = {path for path in plan.open if path.exists()}
        for folder in plan.listed:
            allowed |= _entries(folder, plan)
        return landlock.restrict(allowed)
    except PermissionError:  # a folder on the way can't be listed
        return False


def _entries(folder: Path, plan: Plan) -> set[Path]:
    if not folder.is_dir():
        return set()
    closed = plan.guarded | plan.listed
    with os.scandir(folder) as entries:
        paths = [Path(folder, entry.name) for entry in entries if not entry.is_symlink()]
    return {path for path in paths if path not in closed}


def _hook(plan: Plan, stage: str) -> None:
    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        if event != "open" or isinstance(arguments[0], int) or arguments[0] is None:
            return
        if arguments[2] & (os.O_WRONLY | os.O_RDWR) == os.O_WRONLY:
            return
        path = Path(os.path.realpath(os.fsdecode(arguments[0])))
        if plan.refuses(path):
            raise PermissionError(13, f"dvc.yaml doesn't let {stage} read it", str(path))

    sys.addaudithook(audit)
