"""Where git keeps what it knows of a project; read from its files, for a stage starts faster than git does."""

import os
from contextlib import suppress
from pathlib import Path

KEPT = "holdout"  # the folder in git's own, for what checkouts must not lose
CANDIDATES = ("candidates.jsonl", "candidates.jsonl.lock")
TEMPORARY = (".dvc", "tmp", "exps")  # where DVC makes copies of a project for `dvc exp run --temp` and its queue


def own_folder(project: Path) -> Path | None:
    """The git directory of the work tree that ``project`` is in; None outside a repository."""
    for place in (project, *project.parents):
        entry = place / ".git"
        if entry.is_dir():
            return Path(os.path.realpath(entry))
        if entry.is_file():
            text = _text(entry).removeprefix("gitdir:").strip()
            return Path(os.path.realpath(place / text)) if text else None
    return None


def common_folder(project: Path) -> Path | None:
    """The git directory that all work trees of the repository share."""
    own = own_folder(project)
    shared = _text(own / "commondir") if own else ""
    return Path(os.path.realpath(own / shared)) if own and shared else own


def objects(project: Path) -> list[Path]:
    """Where the contents of all commits are."""
    common = common_folder(project)
    if common is None:
        return []
    place = common / "objects"
    borrowed = _text(place / "info" / "alternates").splitlines()
    return [place, *(place / line for line in borrowed if line), common / "lfs"]


def work_trees(project: Path) -> list[Path]:
    """The other work trees of the repository, if the project is at the top of its own."""
    common = common_folder(project)
    if common is None or not (project / ".git").exists():
        return []
    entries = (common / "worktrees").glob("*/gitdir")
    places = [Path(text).parent for text in map(_text, entries) if text]
    return [place for place in (*places, common.parent) if place != project and place.is_dir()]


def enclosing_project(project: Path) -> Path:
    """``project`` itself, or the one that it is a temporary copy of, which DVC makes for its experiments."""
    for folder in project.parents:
        if folder.parts[-len(TEMPORARY) :] == TEMPORARY:
            return enclosing_project(folder.parents[len(TEMPORARY) - 1])
    return project


def home(project: Path) -> Path:
    """Where what must not be forgotten is kept: in git's own folder, beside the store where there is no git."""
    enclosing = enclosing_project(project)
    common = common_folder(enclosing)
    return common / KEPT if common and os.access(common, os.W_OK) else enclosing / f".{KEPT}"


def writable(stage: str, project: Path) -> list[Path]:
    """What evaluate alone may write: git's objects and the reference of the ledger, and the records beside them."""
    if stage != "evaluate":
        return []
    common = common_folder(enclosing_project(project))
    inside = [common / name for name in ("objects", f"refs/{KEPT}", "reftable")] if common else []
    return [home(project), *(place for place in inside if place.name != "reftable" or place.is_dir())]


def appended(stage: str, project: Path) -> list[Path]:
    """The record of all candidates, to which train adds, and its lock."""
    return [home(project) / name for name in CANDIDATES] if stage == "train" else []


def _text(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8").strip()
    return ""
