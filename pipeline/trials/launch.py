"""What Hydra and joblib leave out when a sweep ends early, said in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline import atomic, files
from pipeline.errors import HoldoutError

HYDRA = files.TRIALS / "hydra"  # where conf/config.yaml lets Hydra write


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say where a disk was full, and what becomes of the trials of a worker that was killed."""
    try:
        with atomic.naming(HYDRA):
            yield
    except Exception as error:
        if type(error).__name__ != "TerminatedWorkerError":  # by name, for joblib takes as long to load as Hydra
            raise
        raise HoldoutError(
            "a worker was killed, by somebody or because memory ran out; finished trials are kept: run the same "
            "command again, and the others go on"
        ) from None
