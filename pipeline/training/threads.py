"""One BLAS thread: on products this small two are slower, and the order of the sums stays the same everywhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def one_thread() -> Iterator[None]:
    """Pin BLAS to one thread inside the block."""
    with threadpool_limits(limits=1, user_api="blas"):
        yield
