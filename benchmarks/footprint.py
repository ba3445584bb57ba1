"""Peak memory of training, measured in a process of its own: rows in memory, and rows in a file larger than a limit."""

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROWS, COLUMNS = 200_000, 784
KEPT = 2**26  # bytes of prepared rows that the child may keep: the file is far larger


def anonymous_peak(path: Path, epochs: int) -> list[float]:
    """MiB of anonymous memory after each of ``epochs`` epochs over the rows in ``path``, by a child process."""
    code = "from benchmarks.footprint import child; import sys; child(sys.argv[1], int(sys.argv[2]))"
    words = [sys.executable, "-c", code, str(path), str(epochs)]
    return [float(word) for word in subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()]


def child(path: str, epochs: int) -> None:
    """Train from the memory map and print the growth of anonymous memory since before the first row was read."""
    from pipeline.feed.inputs import Inputs
    from pipeline.feed.preprocessing import center
    from pipeline.feed.schema import Schema
    from pipeline.nn.initializers import initialize
    from pipeline.nn.network import Architecture
    from pipeline.nn.optimizers import Optimizer
    from pipeline.nn.regularizers import Regularizer
    from pipeline.training.determinism import Streams
    from pipeline.training.epoch import Epoch
    from pipeline.training.examples import prepared
    from pipeline.training.model import Model
    from pipeline.training.training import make_engine

    X = np.load(path, mmap_mode="r", allow_pickle=False)
    architecture = Architecture((X.shape[1], 30, 10), ("tanh", "softmax"), "cross_entropy")
    weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(0), np.dtype(np.float32))
    d = np.eye(10, dtype=np.float32)[np.arange(len(X)) % 10]
    engine = make_engine(architecture, weights, Optimizer(batch_size=100), Regularizer(), len(X))
    engine.train(np.ones((100, X.shape[1] + 1), np.float32), d[:100], [0.0, 0.0])  # compiled before it counts
    before = _anonymous()
    model = Model(architecture, weights, Inputs(center(X[:1000], 0.0)), None, Schema("classification", (), ()))
    epoch, rng = Epoch(engine, prepared(model, X, KEPT), d, Streams(0)), np.random.default_rng(0)
    for _ in range(epochs):
        epoch.run([0.01, 0.01], rng.permutation(len(X)))
        print(round(_anonymous() - before, 1), flush=True)


def _anonymous() -> float:
    """MiB of this process that are no file's pages."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) / 1024


def measure(epochs: int = 4) -> tuple[float, list[float]]:
    """MiB of the file, and of anonymous memory after each epoch."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.npy"
        rows = np.lib.format.open_memmap(path, "w+", np.float32, (ROWS, COLUMNS))
        rng = np.random.default_rng(0)
        for start in range(0, ROWS, 10_000):
            rows[start : start + 10_000] = rng.random((10_000, COLUMNS), np.float32)
        rows.flush()
        size = path.stat().st_size / 2**20
        del rows
        return size, anonymous_peak(path, epochs)
