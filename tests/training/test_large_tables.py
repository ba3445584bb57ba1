"""A model answers for more rows than there is memory for: few are prepared at a time, and the bits are the same."""

import tracemalloc

import numpy as np
import pytest
from scipy.sparse import csr_array

from pipeline.feed.sparsity import SparseRows
from pipeline.training import model as module
from tests.training.test_ensemble import HEADS, last, trained

X = np.random.default_rng(3).uniform(-1, 1, (2 * 1024 + 700, 2))


@pytest.mark.parametrize("members", [1, 2])
@pytest.mark.parametrize("head", HEADS)
def test_a_few_rows_at_a_time_answer_as_all_at_once(head: str, members: int, monkeypatch: pytest.MonkeyPatch) -> None:
    model = last(trained(head, members))
    whole = model.readout(X)
    monkeypatch.setattr(module, "TOGETHER", 1)
    sizes: list[int] = []
    prepare = module.Model.prepare
    monkeypatch.setattr(module.Model, "prepare", lambda self, rows: sizes.append(len(rows)) or prepare(self, rows))
    assert model.readout(X).tobytes() == whole.tobytes()
    assert sizes == [1024, 1024, 700]
    assert model.readout(SparseRows(csr_array(X))).tobytes() == whole.tobytes()


def test_the_rows_are_never_all_prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    model = last(trained())
    rows = np.broadcast_to(X[:1], (4_000_000, 2))
    number = len(rows) * model.weights[0].itemsize
    prepared, answers = 3 * number, 2 * number
    monkeypatch.setattr(module, "TOGETHER", 2**20)
    tracemalloc.start()
    model.readout(rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * answers + 2**22 < prepared + answers
