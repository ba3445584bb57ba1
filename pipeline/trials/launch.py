"""What Hydra and joblib leave out when a sweep ends early, said in our words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import HoldoutError
from pipeline.storage.places import TRIALS

HYDRA = TRIALS / "hydra"  # where conf/config.yaml lets Hydra write
DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS)


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say where a disk was full, and what becomes of the trials of a worker that was killed."""
    try:
        yield
    except OSError as error:  # raised while a buffer is flushed, it has no name; trials give theirs to their own
        if error.filename is not None or error.errno not in DISK:
            raise
        raise OSError(error.errno, error.strerror, str(HYDRA)) from error
    except Exception as error:
        if type(error).__name__ != "TerminatedWorkerError":  # by name, for joblib takes as long to load as Hydra
            raise
        raise HoldoutError(
            "a worker was killed, by somebody or because memory ran out; finished trials are kept: run the same "
            "command again, and the others go on"
        ) from None
