"""The figures of the report: the same bytes each time, per cent for shares, and a channel for each setting."""

import numpy as np
import pytest

from pipeline.reporting import plots, style, sweep_plots
from pipeline.reporting.channels import OTHERS, channels, natural

pytestmark = pytest.mark.slow

HISTORY = {name: [0.9, 0.02, 0.01] for name in ("train/loss", "validation/loss", "train/error", "validation/error")}
HISTORY["epoch"] = [1, 2, 3]
HIDDEN = {"hidden": ["10", "9", "30-30"]}


def drawings() -> dict[str, str]:
    sweep = {"rate": ["0.1", "<1>"]}, [HISTORY, HISTORY], "validation/error", 0
    return {
        "learning": "".join(plots.learning_curves(HISTORY, 2, ["loss", "error"])),
        "sweep": sweep_plots.curves(*sweep),
        "scores": "".join(sweep_plots.by_setting(HIDDEN, [0.1, 0.2, 0.3], "validation/error", 0)),
        "parallel": sweep_plots.parallel(HIDDEN, [0.1, 0.2, 0.3], "validation/error", 0),
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
    assert " %<" not in sweep_plots.parallel({"hidden": ["10", "9"]}, [0.1, 0.2], "validation/mse", 0)


def test_labels_are_escaped(svgs: dict[str, str]) -> None:
    assert "&lt;1&gt;" in svgs["sweep"]


def test_values_are_ordered_by_size_and_words_come_last() -> None:
    found = sorted(["relu", "100", "30-30", "9", "0.5", "30-4"], key=natural)
    assert found == ["0.5", "9", "100", "30-4", "30-30", "relu"]


def test_equal_scores_stand_once_on_their_axis() -> None:
    text = sweep_plots.parallel({"hidden": ["8", "20"], "rate": ["1", "2"]}, [0.125, 0.125], "validation/error", 0)
    assert text.count(">12.50 %<") == 1


def test_color_is_one_setting_and_stroke_another_in_the_order_of_the_settings() -> None:
    looks = channels({"l1": ["0", "0.1", "0"], "rate": ["0.3", "0.1", "1"]})
    assert looks.kinds == {"l1": "linestyle", "rate": "color"} and list(looks.kinds) == ["l1", "rate"]
    assert looks.look(0) == {"color": style.color(1), "linestyle": style.stroke(0), "marker": ""}
    assert looks.look(1) == {"color": style.color(0), "linestyle": style.stroke(1), "marker": ""}


def test_where_no_channel_is_left_the_best_trials_have_a_color_each_and_the_rest_are_the_others() -> None:
    looks = channels({name: [str(i) for i in range(20)] for name in "abcd"})
    assert len({looks.look(i)["color"] for i in range(20)}) == len(style.PALETTE)
    assert looks.values["a, b, c, d"][-1] == OTHERS and looks.look(19)["color"] == style.SOFT
