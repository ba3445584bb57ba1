"""What makes a training repeat itself to the bit: named streams of chance, and sums in one order."""

import contextvars
import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import ThreadpoolController

# Turning one source of chance on leaves the others as they were. The position is part of the stream: only append.
STREAMS = ("initialization", "batches", "dropout", "augmentation", "sampling", "input_dropout")

HEARD = 0.05  # seconds
T = TypeVar("T")
_threaded: contextvars.ContextVar[bool] = contextvars.ContextVar("threaded", default=False)


class Streams(dict[str, np.random.Generator]):
    """One generator per name in ``STREAMS``, made when it is first asked for: each takes longer than a small step."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self._seed = seed

    def __missing__(self, name: str) -> np.random.Generator:
        """The generator of the child that ``SeedSequence(seed).spawn`` would give the name."""
        child = np.random.SeedSequence(self._seed, spawn_key=(STREAMS.index(name),))
        made = self[name] = np.random.default_rng(child)
        return made


def seeds(seed: int, count: int) -> list[int]:
    """The seeds of several networks: the first is ``seed`` itself, and none depends on how many there are."""
    others = (np.random.SeedSequence((seed, number)).generate_state(1, np.uint64) for number in range(1, count))
    return [seed, *(int(found[0]) for found in others)]


def generator_states(streams: Streams) -> dict[str, Any]:
    """The state of each stream, as plain values."""
    return {name: streams[name].bit_generator.state for name in STREAMS}


def restore_generators(streams: Streams, states: Mapping[str, Any]) -> None:
    """Set the streams to ``generator_states``."""
    for name in STREAMS:
        streams[name].bit_generator.state = states[name]


@contextmanager
def one_thread() -> Iterator[None]:
    """Pin BLAS to one thread: on products this small two are slower, and sums have the same order everywhere."""
    with _libraries(len(sys.modules)).limit(limits=1, user_api="blas"):
        yield


@functools.lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """The libraries that are loaded, looked for anew once more modules are: that takes longer than a small epoch."""
    return ThreadpoolController()


def cores() -> int:
    """Processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def side_by_side(calls: Sequence[Callable[[], T]]) -> list[T]:
    """What the calls return, which must not depend on each other, on as many threads as this process has cores.

    They begin in their order. Calls within such a call are made one after the other: all cores have work already.

    Raises:
        Exception: what the first of them raised that did; those that have not begun are then left out.
    """
    if len(calls) == 1 or cores() == 1 or _threaded.get():
        return [call() for call in calls]
    pool, done = _pool(cores()), list[Future[T]]()
    try:
        for call in calls:
            context = contextvars.copy_context()  # by which alone a thread knows NumPy's errstate, and who asks it
            context.run(_threaded.set, True)
            done.append(pool.submit(context.run, call))
        _await(done)
        return [one.result() for one in done]
    finally:  # after Ctrl-C the calls end early
        for one in done:
            one.cancel()
        wait(done)


def _await(done: Sequence[Future[T]]) -> None:
    """Until all have ended, or one has failed; Ctrl-C may reach any thread, and is heard in this one when it wakes."""
    while True:
        ended, others = wait(done, HEARD, FIRST_EXCEPTION)
        if not others or any(one.exception() for one in ended):
            return


@functools.lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    """Threads that stay: to start some takes longer than a small epoch."""
    return ThreadPoolExecutor(threads, thread_name_prefix="side_by_side")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads
