"""The openings of test sets on a git reference of their own: each a commit, so that git's own hashes chain them.

The tree of a commit holds all openings so far, ``openings/<SHA-256>.json``, what was kept of the test rows,
``rows/<SHA-256>``, and which candidates were scored, ``candidates/<SHA-256>.jsonl``. Neither checkout, stash nor DVC
moves the reference; a clone has it once it was fetched.
"""

import json
import random
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.sealing.plumbing import FILE, FOLDER, Plumbing, Tip, Unwritten
from pipeline.sealing.witness import digest

PLACE = "refs/holdout"
REFERENCE = f"{PLACE}/openings"
REMOTES = f"{PLACE}/remotes"  # below it what was fetched, by the name of the remote
OPENINGS, ROWS, CANDIDATES = "openings", "rows", "candidates"
BRANCHES = ("refs/heads", "refs/remotes", "refs/tags", "refs/stash", "refs/exps")
ATTEMPTS = 60
STALE = 40  # after so many, some 2 s, a lock that git holds for milliseconds is one that a killed git has left
Entry = dict[str, Any]


class Openings:
    """The openings in the git directory ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._git = Plumbing(directory)

    def tips(self) -> list[Tip]:
        """The reference itself and those that were fetched from others."""
        return self._git.tips(REFERENCE, REMOTES)

    def read(self, commit: str) -> list[bytes]:
        """The openings that a commit knows, each as JSON."""
        return self._within(OPENINGS, commit)

    def candidates(self) -> list[str]:
        """The lines about candidates that any of the references has, each as JSON."""
        files = {data for tip in self.tips() for data in self._within(CANDIDATES, tip.commit)}
        lines = b"\n".join(sorted(files)).decode("utf-8", errors="replace").splitlines()
        return list(dict.fromkeys(line for line in lines if line))

    def _within(self, folder: str, commit: str) -> list[bytes]:
        objects = [found for path, found in self._git.files(commit).items() if path.startswith(f"{folder}/")]
        return [data for data in self._git.contents(objects) if data is not None]

    def rows(self, digests: Sequence[str]) -> dict[str, bytes]:
        """What was kept of these test rows, as far as any of the references has it."""
        wanted = [f"{tip.name}:{ROWS}/{name}" for tip in self.tips() for name in digests]
        found = zip([*digests] * len(self.tips()), self._git.contents(wanted), strict=True)
        return {name: data for name, data in found if data is not None}

    def copies(self, path: str) -> dict[str, bytes]:
        """A file as the tips of all branches, stashes and experiments of DVC have it, by one of their names."""
        names = [tip.name for tip in self._git.tips(*BRANCHES)]
        found = self._git.contents([f"{name}:{path}" for name in names])
        different = {data: name for name, data in zip(names, found, strict=True) if data is not None}
        return {name: data for data, name in different.items()}

    def taken_away(self) -> int:
        """How many openings a commit of the reference has changed or removed; none, unless someone forged one."""
        return len(self._git.taken_away(REFERENCE, OPENINGS))

    def add(self, entries: Sequence[Entry], kept: Mapping[str, bytes], message: str, moment: str) -> None:
        """Add what is new, ``kept`` by its path, and join what was fetched: a commit of several parents.

        Two at once wait for each other: whoever finds the reference moved begins again. A lock that nobody holds, as a
        kill or a power cut leaves it, is removed.

        Raises:
            Unwritten: the reference can't be written.
        """
        for attempt in range(ATTEMPTS):
            try:
                return self._add(entries, kept, message, moment)
            except Unwritten as error:
                lost = "update-ref" in str(error) and ("lock" in str(error) or "but expected" in str(error))
                if not lost or attempt == ATTEMPTS - 1:
                    raise
                if attempt == STALE and "File exists" in str(error):
                    self._git.unlock(REFERENCE)
                time.sleep(random.uniform(0.01, 0.1))
        return None

    def _add(self, entries: Sequence[Entry], kept: Mapping[str, bytes], message: str, moment: str) -> None:
        own, parents = self._parents()
        files = {path: found for parent in reversed(parents) for path, found in self._git.files(parent).items()}
        new = {f"{OPENINGS}/{digest(entry)}.json": _text(entry) for entry in entries} | dict(kept)
        new = {path: data for path, data in new.items() if path not in files}
        if not new and parents == ([own] if own else []):
            return
        if not new and len(parents) == 1:  # only theirs: nothing parted, so nothing is joined
            self._git.move(REFERENCE, parents[0], own)
            return
        files |= {path: self._git.blob(data) for path, data in new.items()}
        commit = self._git.commit(self._tree(files), parents, message, moment)
        self._git.move(REFERENCE, commit, own)

    def _parents(self) -> tuple[str | None, list[str]]:
        """The commit of the reference, and those that the next one follows: it and what was fetched beside it."""
        tips = self.tips()
        own = next((tip.commit for tip in tips if tip.name == REFERENCE), None)
        heads = list(dict.fromkeys(([own] if own else []) + [tip.commit for tip in tips]))
        inner = {head for head in heads for other in heads if other != head and self._git.contains(other, head)}
        return own, [head for head in heads if head not in inner]

    def _tree(self, files: Mapping[str, str]) -> str:
        folders: dict[str, list[tuple[str, str, str]]] = {}
        for path, found in files.items():
            folder, _, name = path.partition("/")
            folders.setdefault(folder, []).append((FILE, found, name))
        return self._git.tree((FOLDER, self._git.tree(entries), name) for name, entries in folders.items())


def _text(entry: Entry) -> bytes:
    return (json.dumps(entry, sort_keys=True, indent=1, ensure_ascii=False) + "\n").encode()
