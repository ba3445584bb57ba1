"""The openings and candidates of a team: fetched from a remote, joined with those of this clone, and pushed there."""

import subprocess
from pathlib import Path

from pipeline.errors import HoldoutError
from pipeline.sealing import gathered, recording
from pipeline.sealing.openings import PLACE, REFERENCE, REMOTES

ATTEMPTS = 5  # somebody else may push between our fetch and our push


def join() -> None:
    """Let every witness of this clone know what any of them knows, what was fetched too.

    Raises:
        HoldoutError: git refused to write it; in one line, git's own words.
    """
    if trouble := gathered.settle():
        raise HoldoutError(trouble)
    recording.take_in(gathered.carried())
    recording.count()


def share(remote: str) -> None:
    """Leave this clone and ``remote`` with all openings and candidates that either had.

    A person's own settings of git hold.

    Raises:
        HoldoutError: there is no git here, or the remote can't be reached; in one line, git's own words.
    """
    directory = gathered.repository()
    if directory is None:
        raise HoldoutError("this project is in no git repository, so its openings can't be shared: `git init` first")
    for attempt in range(ATTEMPTS):
        # With a star, for a remote that has no openings yet is no error then.
        _git(directory, "fetch", "--quiet", remote, f"+{PLACE}/open*:{REMOTES}/{remote}/open*")
        join()
        try:
            _git(directory, "push", "--quiet", remote, f"{REFERENCE}:{REFERENCE}")
            return
        except HoldoutError as error:
            if attempt == ATTEMPTS - 1 or ("fetch first" not in str(error) and "non-fast-forward" not in str(error)):
                raise


def _git(directory: Path, *words: str) -> None:
    command = ["git", f"--git-dir={directory}", *words]
    try:
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    except OSError as error:
        raise HoldoutError(f"git can't be run ({error.strerror}): install it") from None
    if done.returncode:
        said = " ".join(done.stderr.split()) or f"status {done.returncode}"
        raise HoldoutError(f"git {words[0]} {words[2]} failed ({said}): see `git remote -v`")
