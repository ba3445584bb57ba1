"""Training gives the same bits on every processor: SHA-256 of the weights, for many kinds of training."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.nn.compiled.engine import Engine
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer

ROOT = Path(__file__).parents[2]
EXPECTED = Path(__file__).with_name("bits.json")
DEEP = (40, 37, 18, 5)
KINDS: dict[str, tuple[tuple[int, ...], str, Optimizer, Regularizer, int]] = {
    "online": (DEEP, "tanh", Optimizer(), Regularizer(), 1),
    "small batches": (DEEP, "tanh", Optimizer(), Regularizer(), 10),
    "batches": (DEEP, "tanh", Optimizer(), Regularizer(), 64),
    "large batches": (DEEP, "tanh", Optimizer(), Regularizer(), 400),
    "blocks": ((784, 30, 10), "tanh", Optimizer(), Regularizer(l2=0.1), 1),
    "blocks of batches": ((784, 30, 10), "tanh", Optimizer(), Regularizer(), 8),
    "blocks with momentum": ((784, 30, 10), "tanh", Optimizer("momentum", momentum=0.9), Regularizer(), 4),
    "wide": ((784, 100, 10), "tanh", Optimizer(), Regularizer(), 10),
    "momentum": (DEEP, "tanh", Optimizer("momentum", momentum=0.9), Regularizer(l2=0.1), 10),
    "nesterov": (DEEP, "tanh", Optimizer("nesterov", momentum=0.9), Regularizer(), 10),
    "adam": (DEEP, "relu", Optimizer("adam"), Regularizer(), 10),
    "adamw, clipped": (DEEP, "tanh", Optimizer("adamw", weight_decay=0.3, clip=0.05), Regularizer(), 10),
    "trained scales": (DEEP, "tanh", Optimizer("adamw", input_scale=3.0), Regularizer(), 10),
    "lasso": (DEEP, "tanh", Optimizer(), Regularizer(l1=0.01), 10),
    "dropout": (DEEP, "relu", Optimizer(), Regularizer(dropout=0.3), 10),
    "logistic": (DEEP, "logistic", Optimizer(), Regularizer(), 10),
    "tanh_linear": (DEEP, "tanh_linear", Optimizer(), Regularizer(), 10),
    "selu": (DEEP, "selu", Optimizer(), Regularizer(), 10),
    "silu": (DEEP, "silu", Optimizer(), Regularizer(), 10),
    "gelu": (DEEP, "gelu", Optimizer(), Regularizer(), 10),
    "mish": (DEEP, "mish", Optimizer(), Regularizer(), 10),
}


def digest(kind: str, dtype: str) -> str:
    """SHA-256 of the weights after two passes over 450 rows; all that is drawn is uniform, so no library rounds."""
    sizes, hidden, rule, penalty, batch = KINDS[kind]
    rng = np.random.default_rng(7)
    weights = [
        np.ascontiguousarray((rng.random((m, k + 1)) - 0.5) / 8).astype(dtype) for k, m in itertools.pairwise(sizes)
    ]
    x = np.ones((450, sizes[0] + 1), dtype)
    x[:, 1:] = rng.random((450, sizes[0]))
    d = np.eye(sizes[-1], dtype=dtype)[rng.integers(0, sizes[-1], 450)]
    activations = (hidden,) * (len(sizes) - 2) + ("softmax",)
    made = Engine(Architecture(sizes, activations, "cross_entropy"), weights, rule, penalty, batch)
    u = rng.random((450, made.mask_units), np.dtype(dtype)) if penalty.dropout else None
    for _ in range(2):
        made.train(x, d, [0.01] * (len(weights) + (rule.input_scale > 0)), u)
    return hashlib.sha256(b"".join(w.tobytes() for w in weights)).hexdigest()[:24]


def all_digests() -> dict[str, str]:
    return {f"{kind}, {dtype}": digest(kind, dtype) for kind in KINDS for dtype in ("float32", "float64")}


@pytest.mark.slow
def test_training_gives_the_recorded_bits() -> None:
    """Recorded on another processor, perhaps: no difference is right. After a change of formulas: record again."""
    assert all_digests() == json.loads(EXPECTED.read_text(encoding="utf-8"))


@pytest.mark.processes
@pytest.mark.ci
@pytest.mark.parametrize("processor", ["haswell", "nehalem"])
def test_code_compiled_for_an_older_processor_gives_the_recorded_bits(processor: str) -> None:
    """Haswell has vectors of half the length; Nehalem a quarter, and fused operations by the C library only."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.nn.test_bits"], cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "NUMBA_CPU_NAME": processor, "NUMBA_CPU_FEATURES": ""},
    )  # fmt: skip
    assert json.loads(done.stdout) == json.loads(EXPECTED.read_text(encoding="utf-8"))


if __name__ == "__main__":  # to compare processors, and to record again
    print(json.dumps(all_digests(), indent=2))
