"""Whether the code that decides the score is the one that was committed, or released."""

import base64
import hashlib
import subprocess
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from pipeline.sealing.code import ROOT, deciding_files

NAME = "holdout"


@dataclass(frozen=True)
class Origin:
    """known: the commit or release that the code was held against, None if there is none; changed: files that differ,
    relative to the folder of the package.
    """

    known: str | None
    changed: tuple[str, ...] = ()


def origin(files: list[Path] | None = None, root: Path = ROOT) -> Origin:
    """Of the deciding files, by git in a checkout, else by what the installed release says of its files."""
    paths = [path.relative_to(root).as_posix() for path in (deciding_files() if files is None else files)]
    return _by_git(paths, root) or _by_release(paths, root) or Origin(None)


def _by_git(paths: list[str], root: Path) -> Origin | None:
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    tracked = _git(root, "ls-files", "--", *paths)
    if commit is None or not tracked:
        return None
    changed = {*(_git(root, "diff", "--name-only", "--relative", "HEAD", "--", *paths) or "").splitlines()}
    changed |= set(paths) - set(tracked.splitlines())
    return Origin(f"commit {commit.strip()}", tuple(sorted(changed)))


def _git(root: Path, *words: str) -> str | None:
    command = ["git", "-C", str(root), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _by_release(paths: list[str], root: Path) -> Origin | None:
    try:
        release = distribution(NAME)
    except PackageNotFoundError:
        return None
    known = {str(file): file.hash.value for file in release.files or () if file.hash and file.hash.mode == "sha256"}
    if not known.keys() & set(paths):
        return None
    changed = [path for path in paths if known.get(path) != _digest(root / path)]
    return Origin(f"release {release.version}", tuple(changed))


def _digest(path: Path) -> str:
    """As the records of installed packages have it."""
    return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).rstrip(b"=").decode()
