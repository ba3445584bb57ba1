"""The benchmark of searches: each has the same number of epochs, and only what is trained to its end is told."""

from typing import Any

import numpy as np
import pytest

from benchmarks.searches.__main__ import MARKS, best
from benchmarks.searches.contestants import BUDGET, CONTESTANTS
from benchmarks.searches.standing import told
from benchmarks.searches.tasks import EPOCHS
from pipeline.configuration.composing import Words


class Made:
    """A task that trains nothing: the score is better, the longer the words, and falls by epochs."""

    def __init__(self) -> None:
        self.words: list[Words] = []

    def trained(self, words: Words) -> tuple[str, list[float]]:
        self.words.append(words)
        return "finished", [1 / len(" ".join(words)) + 1 / epoch for epoch in range(1, EPOCHS + 1)]


@pytest.mark.parametrize("name", CONTESTANTS)
def test_all_have_the_same_budget_and_tell_whole_trials_only(name: str) -> None:
    pytest.importorskip("optuna")
    task: Any = Made()
    found = best(CONTESTANTS[name](1), task)
    assert len(task.words) == len({*task.words})
    assert found == sorted(found, reverse=True) and 1 / EPOCHS < found[-1] < 0.2
    if name == "halving":
        assert BUDGET / EPOCHS < len(task.words) <= BUDGET and found[0] == np.inf
    else:
        assert len(task.words) * EPOCHS == BUDGET


def test_ranks_are_of_whole_blocks() -> None:
    names = ["grid", "random", "tpe"]
    runs = [
        {"data": "iris", "seed": str(seed), "search": name, **{str(mark): str(score) for mark in MARKS}}
        for seed in range(4)
        for name, score in zip(names, (0.2, 0.1, 0.1), strict=True)
        if (seed, name) != (3, "tpe")
    ]
    lines: list[str] = []
    told(runs, names, MARKS, lines.append)
    assert "| iris | 3 | 20.00 | 10.00 | 10.00 |" in lines
    assert [line for line in lines if line.startswith(f"| {BUDGET} | 3.00 | 1.50 | 1.50 |")]
    assert "| tpe | 3 / 0 / 0, p = 0.25 | 0 / 3 / 0, p = 1 |" in lines
