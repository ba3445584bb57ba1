"""Writing that is whole or not at all: a file or folder is made beside its place, synced, then renamed."""

import contextlib
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from pipeline.storage.swapping import swapped

# In the names of half-written files, so that another process knows whose they are.
HOST = hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]
LEFTOVER = re.compile(r"\..+\.tmp-(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)(-old)?")


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; on success it takes the place of ``path`` in one rename.

    Nothing is there yet, or an empty folder: ``mkdir(exist_ok=True)``.
    """
    make_folder(path.parent)
    temporary = beside(path)
    _empty(temporary)
    try:
        with naming(path):
            yield temporary
            move(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):  # what is left is swept at the next start
            remove(temporary)
        raise


def beside(path: Path) -> Path:
    """Where this process makes what will be at ``path``."""
    return path.with_name(f".{path.name}.tmp-{HOST}-{os.getpid()}")


def _empty(place: Path) -> None:
    """Remove what is in the way; a folder that a confined stage was given keeps its place, for it gets no other."""
    if not place.is_dir() or place.is_symlink():
        remove(place)
        return
    for entry in place.iterdir():
        remove(entry)


def make_folder(folder: Path) -> None:
    """Make it and those above it, if they are not there, so that a power cut does not take them back."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync(folder.parent)


def append(path: Path, text: str) -> None:
    """Add text to a file, which is made if need be; it is on the disk when this returns."""
    make_folder(path.parent)
    with naming(path), path.open("ab") as stream:
        new = not stream.tell()
        stream.write(text.encode())
        stream.flush()
        os.fsync(stream.fileno())
    if new:
        sync(path.parent)


@contextlib.contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give the name ``path`` to a failure of the disk that doesn't say where it was."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def move(source: Path, target: Path) -> None:
    """Give a finished file or folder its name, in place of what has it; if that fails, what had it keeps it.

    Both are on the disk when this returns: a power cut finds the old or the new, whole.
    """
    for child in source.rglob("*"):
        sync(child)
    sync(source)
    if source.is_dir() and target.exists():
        _exchange(source, target)
    else:
        os.replace(source, target)
        sync(target.parent)
    if source.parent != target.parent:
        sync(source.parent)


def _exchange(source: Path, target: Path) -> None:
    """Put a folder in another's place, of which a rename can't take one that is not empty.

    Where the system can't swap them, a kill between two renames leaves nothing at ``target``, and what is new beside.
    """
    aside = source
    # In another folder, what was replaced would be taken for what is made there.
    if source.parent != target.parent or not swapped(source, target):
        aside = _aside(target)
        os.replace(target, aside)
        try:
            os.replace(source, target)
        except BaseException:
            os.replace(aside, target)
            raise
    sync(target.parent)
    remove(aside)


def discard(path: Path) -> None:
    """Remove a file or folder whole or not at all: after a kill, what is left of it goes by the name of a leftover."""
    aside = _aside(path)
    os.replace(path, aside)
    sync(path.parent)
    remove(aside)


def _aside(path: Path) -> Path:
    return beside(path).with_name(f"{beside(path).name}-old")


def sweep_leftovers(folder: Path) -> None:
    """Remove what processes of this host that are gone have left half-written in ``folder``."""
    if not folder.is_dir():
        return
    for path in folder.glob(".*.tmp-*"):
        found = LEFTOVER.fullmatch(path.name)
        if found and found["host"] == HOST and not _exists(int(found["pid"])):
            remove(path)


def _exists(process: int) -> bool:
    import psutil  # which takes longer to load than a stage without leftovers to start

    return bool(psutil.pid_exists(process))


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder, if it is there; what a link leads to stays."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, on the disk: what is written comes back after a power cut."""
    # A confined stage may write where it may not read, so files are not opened for reading.
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_WRONLY)
    try:
        with naming(path):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
