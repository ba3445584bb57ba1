"""Git's plumbing in one git directory: objects and references, with no setting of a person's own in force."""

import os
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

TIMEOUT = 120  # seconds; each command takes milliseconds
# Neither hooks nor logs, for they are a person's own.
SETTINGS = (
    *("-c", f"core.hooksPath={os.devnull}", "-c", "core.logAllRefUpdates=false", "-c", "gc.auto=0"),
    *("-c", "core.fsync=loose-object,reference", "-c", "core.fsyncMethod=fsync"),
)
ALONE = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
NAME, ADDRESS = "Holdout", "ledger@holdout.invalid"
FILE, FOLDER = "100644 blob", "040000 tree"


class Unwritten(Exception):
    """Git did not do what it was asked to; the message is its own, in one line."""


class Tip(NamedTuple):
    """A reference and the commit that it names."""

    name: str
    commit: str


class Plumbing:
    """Commands on the git directory ``directory``, which is named to each of them.

    So git looks for no other, and does not mind to whom its folder belongs.
    """

    def __init__(self, directory: Path) -> None:
        self._start = ("git", f"--git-dir={directory}", *SETTINGS)
        self._directory = directory

    def run(self, *words: str, given: bytes = b"", more: Mapping[str, str] | None = None) -> bytes:
        """What a command writes; Unwritten if git is missing or the command fails."""
        settled = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        settled |= {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_LAZY_FETCH": "1",
            "LC_ALL": "C",
        }
        try:
            done = subprocess.run(
                (*self._start, *words),
                input=given,
                capture_output=True,
                timeout=TIMEOUT,
                check=False,
                env=settled | dict(more or {}),
                cwd=self._directory,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Unwritten(f"git {words[0]}: {getattr(error, 'strerror', None) or 'no answer'}") from None
        if done.returncode:
            said = " ".join(done.stderr.decode(errors="replace").split())
            raise Unwritten(f"git {words[0]}: {said or f'status {done.returncode}'}")
        return done.stdout

    def tips(self, *names: str) -> list[Tip]:
        """The references of these names or below them, and the commits that they name; others are left out."""
        form = "%(objecttype) %(refname) %(objectname)"
        lines = self.run("for-each-ref", f"--format={form}", *names).decode(errors="surrogateescape").splitlines()
        return [Tip(*words[1:]) for words in map(str.split, lines) if words[0] == "commit"]

    def files(self, commit: str) -> dict[str, str]:
        """The objects of the files in a commit, by path."""
        found = {}
        for line in self.run("ls-tree", "-r", "-z", commit).decode(errors="surrogateescape").split("\0"):
            if line:
                facts, path = line.split("\t", 1)
                found[path] = facts.split()[2]
        return found

    def contents(self, objects: Sequence[str]) -> list[bytes | None]:
        """The bytes of blobs, in order; None for one that is not there. ``HEAD:path`` names one too."""
        given = "".join(f"{name}\n" for name in objects).encode(errors="surrogateescape")
        answer = self.run("cat-file", "--batch", given=given) if objects else b""
        found: list[bytes | None] = []
        place = 0
        while place < len(answer):
            end = answer.index(b"\n", place)
            words = answer[place:end].split()
            size = int(words[2]) if len(words) == 3 and words[1] == b"blob" else None
            place = end + 1
            if size is not None:
                found.append(answer[place : place + size])
                place += size + 1
            elif words[-1] in (b"missing", b"ambiguous", b"submodule"):
                found.append(None)
            else:  # another kind of object, whose bytes follow
                found.append(None)
                place += int(words[2]) + 1
        return found

    def blob(self, data: bytes) -> str:
        """Write a blob; gives its object."""
        return self._synced(self.run("hash-object", "-w", "--stdin", given=data).decode().strip())

    def tree(self, entries: Iterable[tuple[str, str, str]]) -> str:
        """Write a tree of (kind, object, name): FILE or FOLDER; gives its object."""
        given = "".join(f"{kind} {found}\t{name}\0" for kind, found, name in entries).encode()
        return self._synced(self.run("mktree", "-z", given=given).decode().strip())

    def commit(self, tree: str, parents: Sequence[str], message: str, time: str) -> str:
        """Write a commit that is the same whoever makes it; gives its object."""
        who = {f"GIT_{role}_NAME": NAME for role in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{role}_EMAIL": ADDRESS for role in ("AUTHOR", "COMMITTER")}
        who |= {f"GIT_{role}_DATE": time for role in ("AUTHOR", "COMMITTER")}
        named = [word for parent in parents for word in ("-p", parent)]
        words = ("commit-tree", "--no-gpg-sign", *named, "-F", "-", tree)
        return self._synced(self.run(*words, given=message.encode(), more=who).decode().strip())

    def move(self, name: str, commit: str, before: str | None) -> None:
        """Let a reference name ``commit``; Unwritten where it no longer names ``before`` (None: is there already)."""
        self.run("update-ref", "--no-deref", name, commit, before or "")
        for folder in (self._directory / name).parents[:2]:  # it may be new as well
            _sync(folder)

    def unlock(self, name: str) -> None:
        """Remove the lock of a reference, which a git that was killed has left."""
        (self._directory / f"{name}.lock").unlink(missing_ok=True)

    def _synced(self, found: str) -> str:
        """Put an object on the disk: of what git writes, mktree syncs nothing, and no command the folders."""
        objects = self._directory / "objects"
        folder = objects / found[:2]
        for path in (folder / found[2:], folder, objects):
            _sync(path)
        return found

    def contains(self, commit: str, other: str) -> bool:
        """Whether ``other`` is ``commit`` itself or one of those before it."""
        return not self.run("rev-list", "-1", other, f"^{commit}").strip()

    def taken_away(self, name: str, folder: str) -> set[str]:
        """The files below ``folder`` that a commit on the way to ``name`` has changed or removed."""
        words = ("log", "-m", "--format=", "--name-only", "--no-renames", "--diff-filter=DMT", name, "--", folder)
        return set(filter(None, self.run(*words).decode().splitlines()))


def _sync(path: Path) -> None:
    """As a file is there for git: nobody may write to an object, nor is one that is packed a file."""
    if not path.exists():
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
