"""What makes a training repeat itself to the bit: named streams of chance, and sums in one order."""

import contextvars
import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

# Turning one source of chance on leaves the others as they were. The position is part of the stream: only append.
STREAMS = ("initialization", "batches", "dropout", "augmentation", "sampling", "input_dropout")


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


def side_by_side(calls: Sequence[Callable[[], None]]) -> None:
    """Make the calls, which must not depend on each other, on as many threads as this process has cores.

    Raises:
        Exception: what the first of them raised that did.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if len(calls) == 1 or cores == 1:
        for call in calls:
            call()
        return
    pool = ThreadPoolExecutor(min(cores, len(calls)))
    try:
        # A thread knows NumPy's errstate by the context alone.
        done = [pool.submit(contextvars.copy_context().run, call) for call in calls]
        for one in done:
            one.result()
    finally:  # Ctrl-C is heard while it waits for a result, and then the calls end early
        pool.shutdown(cancel_futures=True)
