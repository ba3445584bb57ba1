"""What a power cut leaves of DVC's own files, which DVC never syncs: taken away, for it would trust them.

An object of its cache that is empty, or half there, has the name of a whole one: DVC hands it out as a stage's output.
"""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

OBJECTS = Path("files/md5")  # below a cache: two digits of the hash, then the rest
EMPTY = hashlib.md5(b"", usedforsecurity=False).hexdigest()
FOLDER = ".dir"  # ends the name of a list of a folder's files
WHOLE = Path(".dvc/tmp/holdout-whole")  # its time: older objects are whole, and on the disk


def remove_empty(caches: Iterable[Path]) -> int:
    """Remove the empty objects; how many there were. Nothing is read."""
    torn = [path for path, found in _objects(caches) if not found.st_size and _hash(path) != EMPTY]
    for path in torn:
        path.unlink(missing_ok=True)
    return len(torn)


def remove_torn(caches: Iterable[Path]) -> int:
    """Remove the objects that are not what their names say, of those that were not looked at before; how many.

    The others are put on the disk, so that no power cut can tear them any more.
    """
    since = WHOLE.stat().st_mtime if WHOLE.exists() else 0.0
    WHOLE.parent.mkdir(parents=True, exist_ok=True)
    beginning = WHOLE.with_suffix(".new")
    beginning.touch()
    torn = [path for path, found in _objects(caches) if found.st_mtime >= since and not _is_whole(path)]
    for path in torn:
        path.unlink(missing_ok=True)
    os.replace(beginning, WHOLE)
    return len(torn)


def _objects(caches: Iterable[Path]) -> Iterator[tuple[Path, os.stat_result]]:
    for cache in caches:
        for folder in _entries(cache / OBJECTS):
            for entry in _entries(folder.path) if folder.is_dir() and len(folder.name) == 2 else ():
                if entry.is_file(follow_symlinks=False) and not entry.name.startswith("."):
                    yield Path(entry.path), entry.stat()


def _entries(folder: str | Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _hash(path: Path) -> str:
    return (path.parent.name + path.name).removesuffix(FOLDER)


def _is_whole(path: Path) -> bool:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
        if found == _hash(path):
            os.fsync(stream.fileno())
    return found == _hash(path)
