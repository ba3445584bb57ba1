"""Other files of the project that hold the data's rows: what is closed in one place would be read in another.

Looked for are hard links, files that are equal byte by byte, and text files with at least half of LINES lines that
are taken from all over the source. Not seen: the rows in other columns, in another format, or outside of the project.
"""

import hashlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from pipeline.sealing.boundaries import DATABASE, GUARDED
from pipeline.storage import documents
from pipeline.storage.places import COPIES

SECONDS = 1.0  # of the processor, that a search may take
LINES = 16
LONG = 8  # characters of a line that says which it is
HEAD = 1 << 22  # bytes of a file that are searched for lines
PASSED = {"__pycache__", "node_modules", "mlartifacts", "mlruns", "pipeline"}


class Lookalikes(NamedTuple):
    """Paths relative to the project, and whether all of its files were looked at in time."""

    files: list[str]
    whole: bool


def note_copies(sources: Iterable[str]) -> list[str]:
    """Find the copies of the source, note them for the stages, which are closed to them from then on, and say so."""
    found = find([Path(name) for name in sources], Path.cwd())
    documents.write_json(COPIES, found._asdict())
    advice = "holds rows of the data, too: no stage after this one can read it here; move it out of the project"
    late = [f"not all files of the project were searched for copies of the data within {SECONDS:g} s"]
    return [f"{name} {advice}" for name in found.files] + ([] if found.whole else late)


def find(sources: Sequence[Path], project: Path, seconds: float = SECONDS) -> Lookalikes:
    """Look for the rows of ``sources``, files or folders of them, in the project's other files."""
    originals = [Original(path) for path in _files_of(sources)]
    own = {original.path.resolve() for original in originals}
    end = time.process_time() + seconds
    found: list[str] = []
    for path in _candidates(project) if originals else ():
        if time.process_time() > end:
            return Lookalikes(sorted(found), False)
        if path.resolve() not in own and any(original.is_in(path) for original in originals):
            found.append(path.relative_to(project).as_posix())
    return Lookalikes(sorted(found), True)


class Original:
    """A file of the source, and the little of it that is looked for."""

    def __init__(self, path: Path) -> None:
        self.path, self._status = path, path.stat()
        self._lines = _sample(path, self._status.st_size)
        self._digest = ""

    def is_in(self, path: Path) -> bool:
        """Whether the file at ``path`` holds the same rows, as far as can be seen."""
        try:
            status = path.stat()
            if os.path.samestat(status, self._status):
                return True
            if status.st_size == self._status.st_size and _digest(path) == self._own_digest():
                return True
            return bool(self._lines) and self._half_in(path)
        except OSError:  # gone, or not to be read
            return False

    def _own_digest(self) -> str:
        self._digest = self._digest or _digest(self.path)
        return self._digest

    def _half_in(self, path: Path) -> bool:
        with path.open("rb") as stream:
            text = b"\n" + stream.read(HEAD).replace(b"\r", b"") + b"\n"
        return sum(b"\n" + line + b"\n" in text for line in self._lines) * 2 >= len(self._lines)


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sample(path: Path, size: int) -> list[bytes]:
    """Lines from all over a text file, the first left out, for it names columns; none of a binary file."""
    with path.open("rb") as stream:
        if b"\0" in stream.read(4096):
            return []
        lines = set()
        for number in range(LINES):
            stream.seek(size * number // LINES)
            stream.readline()  # the rest of one, or the first
            lines.add(stream.readline(HEAD).strip(b"\r\n"))
    return [line for line in lines if len(line) >= LONG]


def _files_of(sources: Iterable[Path]) -> Iterator[Path]:
    for source in sources:
        yield from sorted(filter(Path.is_file, source.iterdir())) if source.is_dir() else [source]


def _candidates(project: Path) -> Iterator[Path]:
    """The project's files that a stage could read: no hidden folders, none that are closed, nor the program."""
    closed = {project / place for place in GUARDED}
    for folder, inner, names in os.walk(project):
        inner[:] = [
            name for name in inner if name[0] != "." and name not in PASSED and Path(folder, name) not in closed
        ]
        for name in names:
            path = Path(folder, name)
            if not name.startswith(DATABASE) and path.is_file() and not path.is_symlink():
                yield path
