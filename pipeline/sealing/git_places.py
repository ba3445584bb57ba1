"""Where git keeps what it knows of a project; read from its files, for a stage starts faster than git does."""

import os
from contextlib import suppress
from pathlib import Path

HOME, BESIDE = "holdout", ".holdout"  # for what checkouts must not lose: in the git directory, and where there is none
REFERENCES = "refs/holdout"
RECORDS = "candidates.jsonl"
TEMPORARY = (".dvc", "tmp", "exps")  # below it DVC runs `dvc exp run --temp` and its queue, each in a clone of its own


def enclosing_project(project: Path) -> Path:
    """``project`` itself, or the one that it is a temporary copy of, which DVC makes for its experiments."""
    project = project.resolve()
    for folder in project.parents:
        if folder.parts[-len(TEMPORARY) :] == TEMPORARY:
            return enclosing_project(folder.parents[len(TEMPORARY) - 1])
    return project


def git_directory(folder: Path) -> Path | None:
    """The git directory of the work tree that ``folder`` is in, of linked ones the common one; None if there is none.

    Found without git, which may be missing, or may refuse a folder that belongs to another user.
    """
    for place in (folder, *folder.parents):
        found = place / ".git"
        if found.is_dir():
            return found if (found / "HEAD").is_file() else None
        if found.is_file():
            return _common(_led_to(found, "gitdir:"))
    return None


def _common(directory: Path | None) -> Path | None:
    if directory is None or not directory.is_dir():
        return None
    file = directory / "commondir"
    return _led_to(file) if file.is_file() else directory


def _led_to(file: Path, label: str = "") -> Path | None:
    """The folder that a file of git's names, after a label, from its own folder on."""
    named = file.read_text(encoding="utf-8", errors="surrogateescape").strip()
    return (file.parent / named.removeprefix(label).strip()).resolve() if named.startswith(label) else None


def homes(project: Path) -> tuple[Path | None, Path]:
    """The folder for what must not be forgotten, in the git directory if there is one, and the one that stands in."""
    enclosing = enclosing_project(project)
    directory = git_directory(enclosing)
    return directory and directory / HOME, enclosing / BESIDE


def objects(project: Path) -> list[Path]:
    """Where the contents of all commits are."""
    directory = git_directory(project)
    if directory is None:
        return []
    place = directory / "objects"
    with suppress(OSError):
        lines = (place / "info" / "alternates").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        return [place, directory / "lfs", *(place / line for line in lines if line)]
    return [place, directory / "lfs"]


def work_trees(project: Path) -> list[Path]:
    """The other work trees of the repository, if the project is at the top of its own."""
    directory = git_directory(project)
    if directory is None or not (project / ".git").exists():
        return []
    named = (_led_to(file) for file in (directory / "worktrees").glob("*/gitdir"))
    places = (directory, *filter(None, named))
    return [place.parent for place in places if place.parent != project and place.parent.is_dir()]


def writable(stage: str, project: Path) -> list[Path]:
    """What evaluate alone may write: git's objects and the reference of the ledger, and the records beside them."""
    if stage != "evaluate":
        return []
    directory = git_directory(enclosing_project(project))
    inside = [directory / name for name in ("objects", REFERENCES, "reftable")] if directory else []
    return [*_home(project), *(place for place in inside if place.name != "reftable" or place.is_dir())]


def appended(stage: str, project: Path) -> list[Path]:
    """The record of all candidates, to which train adds, and its lock."""
    names = (RECORDS, f"{RECORDS}.lock") if stage == "train" else ()
    return [place / name for place in _home(project) for name in names]


def _home(project: Path) -> list[Path]:
    inside, beside = homes(project)
    return [inside if inside is not None and os.access(inside.parent, os.W_OK) else beside]
