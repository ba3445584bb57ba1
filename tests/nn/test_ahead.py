"""What a sweep compiles before its workers begin is all that training and measuring will call."""

import itertools

import numpy as np
import pytest

from pipeline.arithmetic import cache, handing
from pipeline.nn.compiled import gemm, layout, measuring, passes
from pipeline.nn.compiled.ahead import parts
from pipeline.nn.compiled.engine import Engine
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer

SIZES = 600, 30, 3
KEEPERS = handing.entry, gemm.gemm_address, passes.pass_addresses, layout.describe


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> "list[cache.Part]":
    found: list[cache.Part] = []

    def note(part: cache.Part) -> int:
        found.append(part)
        return cache.address_of(part)

    for module in (handing, gemm, passes):
        monkeypatch.setattr(module, "address_of", note)
    for keeper in KEEPERS:
        keeper.cache_clear()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    ("name", "batch"), [("descent", 1), ("descent", 10), ("momentum", 4), ("momentum", 500), ("adam", 10)]
)
def test_nothing_else_is_compiled(name: str, batch: int, dtype: str, called: "list[cache.Part]") -> None:
    rng, kind = np.random.default_rng(0), np.dtype(dtype)
    weights = [rng.normal(size=(m, k + 1)).astype(kind) for k, m in itertools.pairwise(SIZES)]
    x, d = rng.normal(size=(20, SIZES[0] + 1)).astype(kind), rng.normal(size=(20, SIZES[-1])).astype(kind)
    optimizer, regularizer = Optimizer(name=name), Regularizer()
    architecture = Architecture(SIZES, ("tanh", "identity"), "squared_error")
    Engine(architecture, weights, optimizer, regularizer, batch).train(x, d, [0.01, 0.01])
    measuring.readout(architecture, weights, x)
    measuring.probed(architecture, weights, x, d)
    assert called
    assert set(called) <= set(parts(SIZES, kind, optimizer, regularizer, batch))
