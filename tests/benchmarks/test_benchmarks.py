"""The benchmark compares equals: its contestants do the same mathematics, and it refuses those that don't."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import markdown
from benchmarks.cells import make_cell
from benchmarks.ours import VARIANTS, Ours
from benchmarks.peers import PlainNumpy, ScikitLearn
from benchmarks.timing import check, ratio, time_epochs


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
