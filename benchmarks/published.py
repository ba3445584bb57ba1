"""Tasks that others time: FANN's online training, and the network that SimpleChains publishes a time for.

Neither does quite the mathematics of the other tables: FANN halves the error of tanh outputs and clips their slope, so
that what is compared is the work of a step, not its numbers.
"""

import ctypes
import ctypes.util
import itertools
import time
from typing import Any

import numpy as np

from benchmarks.cells import RATE, Cell
from pipeline.nn.compiled.engine import Engine
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer

Array = np.ndarray
SYMMETRIC, INCREMENTAL = 5, 0  # FANN_SIGMOID_SYMMETRIC, FANN_TRAIN_INCREMENTAL
CHAIN, ROWS, STEPS = (4, 32, 16, 4), 10_000, 10_000
PUBLISHED = 1.64  # s, SimpleChains on 8 threads of an i7-1165G7


def fann() -> Any:
    """FANN 2.2 as the system has it (Debian: libfann-dev); None where it is not installed."""
    found = ctypes.util.find_library("floatfann")
    if found is None:
        return None
    library = ctypes.CDLL(found)
    library.fann_create_standard_array.restype = library.fann_create_train.restype = ctypes.c_void_p
    return library


class Fann:
    """One epoch of ``fann_train`` row by row, tanh units throughout, float32, by a loop in C."""

    def __init__(self, cell: Cell) -> None:
        self._fann, one = fann(), ctypes.c_uint
        sizes = (one * len(cell.sizes))(*cell.sizes)
        self._network = ctypes.c_void_p(self._fann.fann_create_standard_array(len(cell.sizes), sizes))
        for name in ("hidden", "output"):
            getattr(self._fann, f"fann_set_activation_function_{name}")(self._network, SYMMETRIC)
            getattr(self._fann, f"fann_set_activation_steepness_{name}")(self._network, ctypes.c_float(1.0))
        self._fann.fann_set_training_algorithm(self._network, INCREMENTAL)
        self._fann.fann_set_learning_rate(self._network, ctypes.c_float(RATE))
        self._rows = ctypes.c_void_p(self._fann.fann_create_train(len(cell.x), cell.sizes[0], cell.sizes[-1]))
        self._fill(cell)

    def _fill(self, cell: Cell) -> None:
        data = ctypes.cast(self._rows, ctypes.POINTER(_TrainData)).contents
        for target, rows in ((data.input, cell.x), (data.output, cell.d)):
            for i, row in enumerate(np.ascontiguousarray(rows, np.float32)):
                ctypes.memmove(target[i], row.ctypes.data, row.nbytes)

    def epoch(self, order: Array) -> None:
        self._fann.fann_train_epoch(self._network, self._rows)

    def weights(self) -> list[Array]:
        return []


class _TrainData(ctypes.Structure):
    """``struct fann_train_data`` as far as its rows."""

    _fields_ = (
        ("errno_f", ctypes.c_int),
        ("error_log", ctypes.c_void_p),
        ("errstr", ctypes.c_char_p),
        ("num_data", ctypes.c_uint),
        ("num_input", ctypes.c_uint),
        ("num_output", ctypes.c_uint),
        ("input", ctypes.POINTER(ctypes.c_void_p)),
        ("output", ctypes.POINTER(ctypes.c_void_p)),
    )


class Online:
    """Ours, at the same task: tanh units throughout, squared error, one row at a time."""

    def __init__(self, cell: Cell) -> None:
        self._engine = _engine(cell.sizes, [w.copy() for w in cell.weights], Optimizer(), 1)
        self._x = np.hstack([np.ones((len(cell.x), 1), np.float32), cell.x])
        self._d, self._rates = cell.d, [RATE] * len(cell.weights)

    def epoch(self, order: Array) -> None:
        self._engine.train(self._x, self._d, self._rates)

    def weights(self) -> list[Array]:
        return list(self._engine.weights)


def chain() -> float:
    """Seconds for SimpleChains' task: 4-32-16-4 of tanh units, 10,000 rows in each of 10,000 steps of Adam."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=(m, k + 1)).astype(np.float32) / 4 for k, m in itertools.pairwise(CHAIN)]
    engine = _engine(CHAIN, weights, Optimizer("adam"), ROWS)
    x = np.hstack([np.ones((ROWS, 1)), rng.normal(size=(ROWS, CHAIN[0]))]).astype(np.float32)
    d = np.tanh(rng.normal(size=(ROWS, CHAIN[-1]))).astype(np.float32)
    engine.train(x, d, [1e-3] * 3)
    start = time.perf_counter()
    for _ in range(STEPS):
        engine.train(x, d, [1e-3] * 3)
    return time.perf_counter() - start


def _engine(sizes: tuple[int, ...], weights: list[Array], optimizer: Optimizer, batch: int) -> Engine:
    architecture = Architecture(sizes, ("tanh",) * (len(sizes) - 1), "squared_error")
    return Engine(architecture, weights, optimizer, Regularizer(), batch)
