"""The project's own SQLite file for MLflow: made whole or not at all, used by one mirror at a time, moved aside whole.

Knows SQLite and nothing of MLflow, which takes seconds to import.
"""

import contextlib
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from pipeline.storage import atomic
from pipeline.tracking.address import DATABASE
from pipeline.tracking.waiting import waiting

MAKING = 60.0  # seconds that MLflow may take to make its tables
OTHERS = 10.0  # seconds that another mirror of this folder may take
BUSY = 0.1  # seconds that a number may wait for whoever writes
ASIDE = "before-rebuild"


@contextlib.contextmanager
def exclusive(wait: bool = True) -> Iterator[bool]:
    """Held by one mirror of this folder at a time, so that two never interleave, wherever they write.

    Args:
        wait: for another mirror that holds it; else the block runs without, and is told so by False.
    """
    lock = FileLock(f"{DATABASE}.lock")
    try:
        with waiting.call(OTHERS):
            lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        pass
    try:
        yield lock.is_locked
    finally:
        lock.release()


@contextlib.contextmanager
def in_use(make_tables: Callable[[Path], object]) -> Iterator[None]:
    """Make the database if it is missing, whole or not at all; while it is in use, hold a connection to it.

    The write-ahead log lets the UI read while the mirror writes, at half the cost per call; without the connection,
    every call would be the last one to close and would write the log back.
    """
    if not DATABASE.exists():
        _make(make_tables)
    with contextlib.closing(sqlite3.connect(DATABASE)) as connection:
        with waiting.call():
            connection.execute("PRAGMA journal_mode=WAL")
        yield


def _make(make_tables: Callable[[Path], object]) -> None:
    for path in DATABASE.parent.glob(f"{DATABASE.name}.new-*"):  # of attempts that were cut short
        path.unlink()
    # A name of its own: MLflow takes a database that it has seen once in this process as made.
    new = DATABASE.with_name(f"{DATABASE.name}.new-{uuid.uuid4().hex}").absolute()
    with waiting.call(MAKING):
        make_tables(new)
    atomic.move(new, DATABASE)


def number() -> int | None:
    """The number that the last whole pass left in the database; 0 in a new one, None if there is none to read."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{DATABASE}?mode=rw", timeout=BUSY, uri=True)) as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return None


def set_number(value: int) -> None:
    """Leave a number, of 31 bits at most, in the database: SQLite keeps one for its users.

    Raises:
        sqlite3.Error: the database is busy, or can't be written.
    """
    with waiting.call(), contextlib.closing(sqlite3.connect(DATABASE, timeout=BUSY)) as connection:
        connection.execute(f"PRAGMA user_version = {value}")


def move_aside() -> Path | None:
    """Give the database another name, with the files beside it; an earlier one that is aside stays.

    Returns:
        the new name; None if there was no database.
    """
    if not DATABASE.exists():
        return None
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(DATABASE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a damaged one is moved as it is
    new = _free(DATABASE.with_name(f"{DATABASE.name}.{ASIDE}"))
    # The database last: a new one must never find an old one's log beside it.
    for suffix in ("-journal", "-shm", "-wal", ""):
        source = DATABASE.with_name(DATABASE.name + suffix)
        if source.exists():
            source.rename(new.with_name(new.name + suffix))
    return new


def _free(path: Path) -> Path:
    number = 1
    found = path
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}-{number}")
    return found
