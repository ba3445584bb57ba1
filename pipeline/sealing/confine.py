"""A stage reads and writes, of the project, only what dvc.yaml declares for it; see boundaries.py for what that is.

On Linux, Landlock makes the kernel refuse the rest, for this process and its children. Elsewhere a Python audit hook
does, for Python alone: see children/sitecustomize.py. What held a stage is noted in its circumstances.
"""

import json
import os
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import HoldoutError
from pipeline.sealing import circumstances, landlock
from pipeline.sealing.boundaries import (
    DATABASE,
    MACHINE_CODE,
    MIRROR,
    WITH_GIT,
    Boundaries,
    boundaries,
    matplotlib_folder,
    real,
    temporary_folder,
)
from pipeline.sealing.children import sitecustomize
from pipeline.storage import atomic
from pipeline.storage.places import TRIALS, sweep_all_leftovers

LANDLOCK, AUDIT, OFF = "landlock", "audit hook", "off"
WEAKER = {
    AUDIT: "no Landlock here, so a Python audit hook refuses what dvc.yaml does not declare",
    OFF: "nothing keeps it from the test rows (HOLDOUT_CONFINE=off)",
}
CHOICES = ("landlock", "audit", "off")
CHILDREN = Path(sitecustomize.__file__).resolve().parent


@dataclass(frozen=True)
class Confinement:
    """What holds a stage.

    kind: LANDLOCK (children too), AUDIT (Python code, here and in children) or OFF; abi: Landlock's version, 0 without;
    from_start: whether it held before any other code of the project was imported.
    """

    stage: str
    kind: str
    abi: int
    from_start: bool


_held: list[Confinement] = []


def held() -> Confinement | None:
    """What holds this process; None as long as nothing does."""
    return _held[-1] if _held else None


def confine(stage: str, words: Sequence[str] = ()) -> Confinement:
    """Make sure that ``stage`` is confined, say so where what holds it is less than Landlock, and note it.

    Args and errors: see ``hold``.
    """
    found = hold(stage, words)
    if found.kind != LANDLOCK:
        print(f"note: {stage}: confinement is {found.kind}: {WEAKER[found.kind]}", file=sys.stderr)
    circumstances.note(stage, circumstances.of_this_process(found))
    return found


def hold(stage: str, words: Sequence[str] = (), *, from_start: bool = False) -> Confinement:
    """From here on, this process may read and write no data that dvc.yaml doesn't declare for ``stage``.

    It does nothing where that is so already. What dead processes left half-written is swept before: afterwards the
    stage could not see it.

    Args:
        stage: a stage's name: ``select``, ``train@momentum``; ``train`` alone is the stage with no item bound.
        words: of its command line.
        from_start: no other code of the project has been imported.

    Raises:
        HoldoutError: dvc.yaml has no such stage, or HOLDOUT_CONFINE asks for what this system doesn't have.
    """
    before = held()
    if before is None or before.stage != stage:
        sweep_all_leftovers()
        _held.append(_hold(stage, words, from_start))
    return _held[-1]


def _hold(stage: str, words: Sequence[str], from_start: bool) -> Confinement:
    wish = os.environ.get("HOLDOUT_CONFINE", "")
    if wish not in ("", *CHOICES):
        raise HoldoutError(f"HOLDOUT_CONFINE={wish}: allowed are {', '.join(CHOICES)}; unset it for the best there is")
    if wish == "off":
        return Confinement(stage, OFF, 0, from_start)
    bounds = boundaries(stage, Path.cwd().resolve(), words)
    _prepare(bounds)
    if stage == MIRROR:  # SQLite makes files in the project's folder, where Landlock could let it read nothing or all
        _watch(bounds, stage)
        return Confinement(stage, AUDIT, 0, from_start)
    if wish != "audit" and _restrict(bounds):
        return Confinement(stage, LANDLOCK, landlock.version(), from_start and _alone())
    if wish == "landlock":
        raise HoldoutError("HOLDOUT_CONFINE=landlock: this system has no Landlock (Linux 5.19 or later); unset it")
    _watch(bounds, stage)
    return Confinement(stage, AUDIT, 0, from_start)


def _prepare(bounds: Boundaries) -> None:
    """Make the folders to work in, and let go of what was open before and is closed now."""
    _house_matplotlib()
    place = temporary_folder(Path.cwd().resolve(), bounds.listed)
    for folder in (TRIALS, place, *bounds.made):
        atomic.make_folder(folder)
    for file in bounds.appended:
        atomic.make_folder(file.parent)
        file.touch()
    for folder in bounds.writable:
        if folder.name in ("__pycache__", MACHINE_CODE):
            with suppress(OSError):
                folder.parent.mkdir(parents=folder.name == MACHINE_CODE, exist_ok=True)
                folder.mkdir(mode=0o700 if folder.name == MACHINE_CODE else 0o777, exist_ok=True)
    if place != real(Path(tempfile.gettempdir())):
        # Its new entries would be closed, and a program reads its own temporary files back.
        os.environ["TMPDIR"] = tempfile.tempdir = str(place)
    _let_go(bounds)


def _house_matplotlib() -> None:
    """Make its folder, which no confined process can; in the store where the home is closed."""
    if "MPLCONFIGDIR" in os.environ:
        return
    try:
        matplotlib_folder().mkdir(parents=True, exist_ok=True)
    except OSError:
        os.environ["MPLCONFIGDIR"] = str(Path.cwd() / TRIALS / "tmp" / "matplotlib")


def _let_go(bounds: Boundaries) -> None:
    """Close descriptors that a parent has opened for this process on closed files: what is open is not refused."""
    listing = Path("/proc/self/fd")
    for name in os.listdir(listing) if listing.is_dir() else ():
        with suppress(OSError):
            path = os.readlink(listing / name)
            if path.startswith("/") and bounds.refuses(Path(path)):
                null = os.open(os.devnull, os.O_RDWR)
                os.dup2(null, int(name))
                os.close(null)


def _alone() -> bool:
    """Whether this is the only thread: Landlock binds no other that is there already."""
    tasks = Path("/proc/self/task")
    return threading.active_count() == 1 and (not tasks.is_dir() or len(os.listdir(tasks)) == 1)


def _restrict(bounds: Boundaries) -> bool:
    """Put them into force with Landlock; False where the kernel or the folders' permissions don't allow it."""
    try:
        return landlock.available() and landlock.restrict(_rights(bounds))
    except PermissionError:  # a folder on the way can't be listed
        return False


def _rights(bounds: Boundaries) -> Mapping[Path, int]:
    rights: dict[Path, int] = {}
    for folder in bounds.listed:
        rights |= dict.fromkeys(_entries(folder, bounds), landlock.READ)
    for path in bounds.open:
        rights[path] = landlock.READ
    for path in bounds.writable:
        rights[path] = rights.get(path, 0) | landlock.WRITE
    for path in bounds.appended:
        rights[path] = rights.get(path, 0) | landlock.APPEND
    return rights


def _entries(folder: Path, bounds: Boundaries) -> set[Path]:
    if not folder.is_dir():
        return set()
    closed = bounds.guarded | bounds.listed
    with os.scandir(folder) as entries:
        paths = [Path(folder, entry.name) for entry in entries if not entry.is_symlink()]
    return {path for path in paths if path not in closed}


def _watch(bounds: Boundaries, stage: str) -> None:
    """The same by an audit hook, and by their environment in the Pythons that this one starts."""
    project = Path.cwd().resolve()
    mirror = stage == MIRROR  # its tables and artifacts may be anywhere outside of the project
    rules = {
        sitecustomize.STAGE: stage,
        sitecustomize.GUARDED: sorted(map(str, bounds.guarded)),
        sitecustomize.OPEN: sorted(map(str, bounds.open)),
        sitecustomize.KEPT: sorted(map(str, {project, *bounds.guarded})) if mirror else [project.anchor],
        sitecustomize.WRITABLE: sorted(map(str, bounds.writable)),
        sitecustomize.APPENDED: sorted(map(str, bounds.appended)),
        sitecustomize.BARRED: [] if stage in WITH_GIT else ["git"],
        sitecustomize.BEGINNING: [str(project / DATABASE)] if mirror else [],
    }
    os.environ[sitecustomize.RULES] = json.dumps(rules)
    path = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(CHILDREN), path)))
    sitecustomize.put_in_force(rules)
