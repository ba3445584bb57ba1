"""The benchmark compares equals: its contestants do the same mathematics, and it refuses those that don't."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import markdown
from benchmarks.cells import RATE, make_cell
from benchmarks.many.contestants import SideBySide
from benchmarks.many.lots import make_lot
from benchmarks.ours import VARIANTS, Ours
from benchmarks.peers import PlainNumpy, ScikitLearn
from benchmarks.timing import check, ratio, time_epochs
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.regularizers import Regularizer
from pipeline.training import determinism
from pipeline.training.training import make_engine


@pytest.mark.parametrize("batch", [1, 20, 0])
def test_contestants_agree_with_the_reference(batch: int) -> None:
    cell = make_cell((12, 8, 7, 10), batch, rows=60)
    check(cell, {"ours": Ours(cell), "numpy": PlainNumpy(cell), "scikit-learn": ScikitLearn(cell)})


def test_other_mathematics_is_refused_by_name() -> None:
    cell = make_cell((12, 8, 10), 10, rows=60)
    with pytest.raises(ValueError, match=r"momentum at 12-8-10, batch 10: weights differ by"):
        check(cell, {"ours": Ours(cell), "momentum": VARIANTS["momentum"](cell)}, tolerance=1e-4)


def test_every_contestant_runs_once_a_round_and_ratios_are_paired() -> None:
    cell = make_cell((12, 8, 10), 10, rows=60)
    times = time_epochs(cell, {name: make(cell) for name, make in VARIANTS.items()}, rounds=5)
    assert {name: len(taken) for name, taken in times.items()} == dict.fromkeys(VARIANTS, 5)
    assert ratio({"a": np.array([2.0, 6.0, 4.0]), "b": np.array([1.0, 2.0, 1.0])}, "a", "b").median == 3


def test_the_tables_take_the_place_of_those_before(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"head\n{markdown.BEGIN}\nold\n{markdown.END}\ntail\n")
    markdown.write_between_marks(page, "new\n")
    assert page.read_text() == f"head\n{markdown.BEGIN}\nnew\n{markdown.END}\ntail\n"


def test_each_of_many_networks_has_the_bits_that_it_has_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(determinism, "cores", lambda: 3)
    rng = np.random.default_rng(0)
    held = [np.arange(n, n + 3) for n in range(7)]
    lot = make_lot("small", (6,), 4, 2, rng.normal(size=(30, 5)), rng.integers(0, 3, 30), held)
    x = np.hstack([np.ones((30, 1), np.float32), lot.x])
    together = SideBySide(lot).train()
    for number, orders in enumerate(lot.orders):
        weights = [start[number].copy() for start in lot.weights]
        architecture = Architecture(lot.sizes, ("tanh", "softmax"), "cross_entropy")
        engine = make_engine(architecture, weights, Optimizer(batch_size=4), Regularizer(), orders.shape[1])
        for order in orders:
            engine.train(x, lot.d, [RATE] * 2, order=order)
        for many, one in zip(together, weights, strict=True):
            np.testing.assert_array_equal(many[number], one)
