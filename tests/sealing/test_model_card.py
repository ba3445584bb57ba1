"""The card beside the selected weights: what it says, and what it must not say."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.configuration.choosing import BEST, ONE_STANDARD_ERROR
from pipeline.data.card import Card
from pipeline.sealing.model_card import SHOWN, described
from tests.reporting import published


def text(
    *,
    candidates: int = 3,
    rows: int = 40,
    refit: Any = None,
    task: str = "classification",
    rule: str = BEST,
    **more: Any,
) -> str:
    schema: dict[str, Any] = {**vars(published.schema_of(task)), "source": "toy", "rows": 60, "hashes": {}, **more}
    paper = {
        "candidates": [{"score": 0.125}] * candidates,
        "refit": refit,
        "selection": {"rule": rule},
        "metric": "validation/error",
        "model_sha256": "ab12",
    }
    paper |= {"validation_rows": rows, "deal": {"ratio": [5, 1, 1], "seed": 559, "test_rows": 12}}
    settings = {"network": {"hidden": [4]}, "seed": 1}
    chosen: Any = SimpleNamespace(summary={"parameters": 26}, settings=settings, folder=Path("x"))
    return described(paper, chosen, Card(**schema))


def test_it_says_data_network_score_use_and_limits() -> None:
    found = text()
    assert [line for line in found.splitlines() if line.startswith("## ")] == [
        *("## Data", "## Network", "## Score", "## Use", "## Limits")
    ]
    assert "20 rows for training, 40 for validation, 12 sealed for the test (ratio 5 : 1 : 1, seed 559)" in found
    assert "validation/error 12.50 %, of 3 candidates in the grid, and flatters" in found
    assert "network.hidden: `[4]`" in found
    assert "`ab12`" in found


@pytest.mark.parametrize(
    ("facts", "words", "said"),
    [
        ({"candidates": 1}, "flatters", False),
        ({"rule": ONE_STANDARD_ERROR}, "flatters", False),
        ({"rows": 40}, "validation rows are few", True),
        ({"rows": 400}, "validation rows are few", False),
        ({"task": "regression"}, "A row of none of these classes", False),
        ({"task": "classification"}, "A row of none of these classes", True),
        ({"features": tuple(map(str, range(SHOWN + 5)))}, "and 5 more", True),
        ({}, "more\n", False),
        ({}, "another training", False),
        ({"refit": {"epochs": 9}}, "another training", True),
        ({"notes": ("2 duplicates",)}, "noted: 2 duplicates", True),
    ],
)
def test_each_sentence_stands_where_it_is_true(facts: dict[str, Any], words: str, said: bool) -> None:
    assert (words in text(**facts)) == said
