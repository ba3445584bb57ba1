"""Records that neither git, DVC nor ``make clean`` takes back: a folder beside what they change, lines added only."""

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, NamedTuple

from filelock import FileLock

from pipeline.sealing import git_places
from pipeline.storage import atomic, documents

HOME = git_places.HOME
PREVIOUS, OWN = "previous", "sha256"
START = "0" * 64  # what the first line follows


class Records(NamedTuple):
    """The lines of a file in their order, without the hashes that chain them, and what is wrong with it, in words."""

    entries: list[dict[str, Any]]
    faults: list[str]


def home(project: Path | None = None) -> Path:
    """The folder for what must not be forgotten, made if need be; the project is the current folder by default.

    ``holdout`` in the git directory that all work trees of the enclosing project share; where there is no git, or its
    directory can't be written, ``.holdout`` beside the project's store.
    """
    inside, beside = git_places.homes(project or Path.cwd())
    if inside is not None:
        with contextlib.suppress(OSError):
            atomic.make_folder(inside)
            if os.access(inside, os.W_OK):
                return inside
    atomic.make_folder(beside)
    return beside


def digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 of facts as JSON with sorted keys."""
    return hashlib.sha256(_json(facts).encode()).hexdigest()


def _json(facts: Mapping[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False)


def append(path: Path, *entries: Mapping[str, Any]) -> None:
    """Add lines, each with the hash of the line before it and its own; they are on the disk when this returns.

    Several processes may do so at once. What a killed one has left half-written stays, and is named by ``read``.
    """
    atomic.make_folder(path.parent)
    with FileLock(path.with_name(f"{path.name}.lock")), atomic.naming(path), path.open("a+b") as stream:
        new = not stream.seek(0, os.SEEK_END)
        last, begun = _last(stream)
        text = "\n" if begun else ""
        for entry in entries:
            line = {**entry, PREVIOUS: last}
            last = digest(line)
            text += _json({**line, OWN: last}) + "\n"
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    if new:
        atomic.sync(path.parent)


def _last(stream: IO[bytes]) -> tuple[str, bool]:
    """The hash of the last whole line, and whether a half-written one comes after it."""
    lines = _backwards(stream)
    begun = bool(next(lines))
    found = (line[OWN] for line in map(_parsed, lines) if line is not None)
    return next(found, START), begun


def _backwards(stream: IO[bytes], size: int = 1 << 16) -> Iterator[bytes]:
    """The lines, the last first: that is what follows the last line break, nothing as a rule."""
    place, rest = stream.seek(0, os.SEEK_END), b""
    while place:
        step = min(size, place)
        place = stream.seek(place - step)
        first, *lines = (stream.read(step) + rest).split(b"\n")
        yield from reversed(lines)
        rest = first
    yield rest


def _parsed(line: bytes) -> dict[str, Any] | None:
    """A line that ``append`` has written; None if it is another, or has been changed."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(values, dict) or not isinstance(values.get(OWN), str):
        return None
    own = values[OWN]
    return values if digest({name: value for name, value in values.items() if name != OWN}) == own else None


def read(path: Path) -> Records:
    """All whole lines of the file, none if there is no file; a line that was changed or is missing is named."""
    if not path.exists():
        return Records([], [])
    documents.check_kind(path)
    entries: list[dict[str, Any]] = []
    faults: list[str] = []
    last = START
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        values = _parsed(line)
        if values is None:
            faults += [f"{path.name} line {number} was changed, or never finished"] if line.strip() else []
            continue
        if values[PREVIOUS] != last:
            faults.append(f"{path.name}: what stood before line {number} is missing or was changed")
        last = values[OWN]
        entries.append({name: value for name, value in values.items() if name not in (PREVIOUS, OWN)})
    return Records(entries, faults)
