"""Two processes that meet at one trial: one trains it, and the other waits, or goes on with others first."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from filelock import FileLock, Timeout

from pipeline.errors import Interrupted
from pipeline.storage.places import GROWING
from pipeline.training.interruption import deferred

LOOK = 0.5  # seconds between two looks at a trial that another process trains
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)  # a file system without them


class TrainedElsewhere(Exception):
    """Another process trains the trial ``key`` now."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@contextmanager
def alone(key: str, wait: bool) -> Iterator[None]:
    """Hold the trial's lock, where the file system has locks.

    Args:
        wait: until the process ends that has it.

    Raises:
        TrainedElsewhere: another process has it, and ``wait`` is false; Interrupted: Ctrl-C while this one waits.
    """
    lock = FileLock(GROWING / f"{key}.lock")
    with deferred() as asked:
        while not _acquired(lock, LOOK if wait else 0.0):
            if not wait:
                raise TrainedElsewhere(key)
            if asked():
                raise Interrupted(f"trial {key} is being trained by another process")
    try:
        yield
    finally:
        lock.release()


def _acquired(lock: FileLock, seconds: float) -> bool:
    try:
        lock.acquire(timeout=seconds, poll_interval=LOOK / 10)
    except Timeout:
        return False
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
    return True
