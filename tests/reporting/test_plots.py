import numpy as np
import pytest

from pipeline.reporting import plots

pytestmark = pytest.mark.slow

HISTORY = {name: [0.9, 0.02, 0.01] for name in ("train/loss", "validation/loss", "train/error", "validation/error")}
HISTORY["epoch"] = [1, 2, 3]


def drawings() -> dict[str, str]:
    return {
        "learning": plots.learning_curves(HISTORY, 2, ["loss", "error"]),
        "sweep": plots.sweep_curves({"rate 0.1": (HISTORY, True), "rate <1>": (HISTORY, False)}, "validation/error"),
        "scores": plots.scores_by_setting({"hidden": ["10", "9", "30-30"]}, [0.1, 0.2, 0.3], "validation/error", 0),
        "parallel": plots.parallel({"hidden": ["10", "9", "30-30"]}, [0.1, 0.2, 0.3], "validation/error", 0),
        "confusion": plots.confusion(np.eye(3, dtype=int), ["a", "b", "c"]),
    }


@pytest.fixture(scope="module")
def svgs() -> dict[str, str]:
    return drawings()


@pytest.fixture(scope="module")
def again() -> dict[str, str]:
    return drawings()


@pytest.mark.parametrize("name", ["learning", "sweep", "scores", "confusion"])
def test_the_same_values_give_the_same_bytes_without_dates(
    svgs: dict[str, str], again: dict[str, str], name: str
) -> None:
    assert svgs[name] == again[name]
    assert svgs[name].startswith("<svg")
    assert "<dc:date>" not in svgs[name]
    assert "<script" not in svgs[name]


@pytest.mark.parametrize("name", ["learning", "sweep", "scores", "parallel"])
def test_shares_are_in_per_cent_as_in_the_tables(svgs: dict[str, str], name: str) -> None:
    assert " %</text>" in svgs[name]


def test_other_scores_are_no_per_cents() -> None:
    assert " %<" not in plots.parallel({"hidden": ["10", "9"]}, [0.1, 0.2], "validation/mse", 0)


def test_labels_are_escaped(svgs: dict[str, str]) -> None:
    assert "rate &lt;1&gt;" in svgs["sweep"]


def test_values_are_ordered_by_size_and_words_come_last() -> None:
    found = sorted(["relu", "100", "30-30", "9", "0.5", "30-4"], key=plots._natural)
    assert found == ["0.5", "9", "100", "30-4", "30-30", "relu"]


def test_equal_scores_stand_once_on_their_axis() -> None:
    text = plots.parallel({"hidden": ["8", "20"], "rate": ["1", "2"]}, [0.125, 0.125], "validation/error", 0)
    assert text.count(">12.50 %<") == 1
