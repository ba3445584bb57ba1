"""The new folder under git and DVC."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pipeline.errors import HoldoutError

COMMITTED = "its first commit is made"
STAGED = (
    "git doesn't know your name (git config --global user.name, user.email), so nothing is committed yet: git commit"
)
WITHOUT = "there is no git here, so nothing keeps its history"


def begin(folder: Path) -> None:
    """`git init` and `dvc init`; where there is no git, DVC does without.

    Raises:
        HoldoutError: one of them failed; says why.
    """
    if has_git():
        _run(["git", "init", "--quiet"], folder)
    words = [] if has_git() else ["--no-scm"]
    _run([sys.executable, "-m", "dvc", "init", "--quiet", *words], folder)


def commit(folder: Path) -> str:
    """Commit all files, if git has a name to do so; returns what became of it, for the user."""
    if not has_git():
        return WITHOUT
    _run(["git", "add", "--all"], folder)
    for command in (
        ["git", "-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT"],
        ["git", "-c", "user.useConfigOnly=true", "commit", "--quiet", "--message", "Start a project"],
    ):
        if _done(command, folder).returncode:
            return STAGED
    return COMMITTED


def has_git() -> bool:
    return shutil.which("git") is not None


def _run(command: list[str], folder: Path) -> None:
    done = _done(command, folder)
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise HoldoutError(f"{folder}: `{' '.join(command[-3:])}` failed: {said[0] if said else 'it says nothing'}")


def _done(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    # What git sets for its hooks would lead it to another repository.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_DIR", "GIT_WORK", "GIT_INDEX"))
    }
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment, "DVC_NO_ANALYTICS": "true"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
