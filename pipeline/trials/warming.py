"""Machine code that a sweep will need, compiled before its workers begin: each part once, several side by side."""

import multiprocessing
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.feed.schema import Schema
from pipeline.training.hyperparameters import Hyperparameters
from pipeline.trials.processes import end_with_trainer

if TYPE_CHECKING:
    from pipeline.arithmetic.cache import Part


def warm(settings: Sequence[Hyperparameters], schema: Schema, rows: int, processes: int) -> None:
    """Load what trains ``rows`` by these settings, and compile first what no program of this user has compiled yet."""
    if not any(one.network.engine == "compiled" for one in settings):
        return
    from pipeline.arithmetic.cache import address_of, is_kept  # here, for Numba takes long to load
    from pipeline.arithmetic.keeping import FOLDER

    parts = list(dict.fromkeys(_parts(settings, schema, rows)))
    missing = [part for part in parts if not is_kept(part)]
    if FOLDER and len(missing) > 1 and processes > 1:
        _compile(missing, processes)
    for part in parts:
        address_of(part)


def _parts(settings: Sequence[Hyperparameters], schema: Schema, rows: int) -> Iterator["Part"]:
    from pipeline.nn.compiled.ahead import parts

    for one in settings:
        if one.network.engine == "compiled":
            sizes = len(schema.features), *one.network.hidden, schema.outputs  # the inputs may be some more
            batch = min(one.optimizer.batch_size or rows, rows)
            yield from parts(sizes, np.dtype(one.network.dtype), one.optimizer, one.regularizer, batch)


def _compile(parts: Sequence["Part"], processes: int) -> None:
    """By so many copies of this process, each of which takes the next part as long as there is one."""
    from pipeline.arithmetic.keeping import announce

    announce()
    context: Any = multiprocessing.get_context("fork")
    begun = context.Value("q", 0)
    workers = [context.Process(target=_take, args=(parts, begun), daemon=True) for _ in range(processes)]
    with warnings.catch_warnings():  # as where workers begin, see crew.py
        warnings.simplefilter("ignore", DeprecationWarning)
        for worker in workers:
            worker.start()
    for worker in workers:
        worker.join()


def _take(parts: Sequence["Part"], begun: Any) -> None:
    from pipeline.arithmetic.cache import address_of

    end_with_trainer()
    while True:
        with begun.get_lock():
            number, begun.value = begun.value, begun.value + 1
        if number >= len(parts):
            return
        address_of(parts[number])
