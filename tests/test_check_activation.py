"""The check of an activation: those of the table pass, and each way of writing one wrongly is named."""

import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from pipeline import check_activation
from pipeline.check_activation import observations
from pipeline.console import run_stage
from pipeline.nn.activations import ACTIVATIONS, OUTPUT_ONLY, Activation, parse
from tests.training.test_new_activation import softsign


def faults(name: str) -> list[str]:
    return [one.fault for one in observations(name) if one.fault]


@pytest.fixture
def enter(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Activation], None]]:
    """Puts an activation into the table, as somebody's first try."""
    yield lambda unit: monkeypatch.setitem(ACTIVATIONS, "mine", lambda: unit)
    parse.cache_clear()


@pytest.mark.parametrize("name", [name for name in [*ACTIVATIONS, "tanh(0.5,1.2)"] if name not in OUTPUT_ONLY])
def test_the_activations_of_the_table_have_no_fault(name: str) -> None:
    assert faults(name) == []


def without_the_square(e: np.ndarray, v: np.ndarray, y: np.ndarray) -> None:
    e *= 1 - np.abs(y)


def by_v(e: np.ndarray, v: np.ndarray, y: np.ndarray) -> None:
    e /= np.square(1 + np.abs(v))


def in_place_of_e(e: np.ndarray, v: np.ndarray, y: np.ndarray) -> None:
    e[...] = np.square(1 - np.abs(y))


def forgotten(e: np.ndarray, v: np.ndarray, y: np.ndarray) -> None:
    e = e * np.square(1 - np.abs(y))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({}, ""),
        ({"backward": without_the_square}, "φ′(0.3): yours 0.769231, numeric 0.591716"),
        ({"backward": by_v}, "backward must take φ′ from y alone where steepest is given, for diagnostics keep no v"),
        ({"backward": in_place_of_e}, "backward must multiply e by φ′, in place"),
        ({"backward": forgotten}, "φ′(0.3): yours 1, numeric 0.591716"),
        ({"low": -np.inf, "guard": 0.0}, "low=-inf, but φ comes to rest near -0.998573"),
        ({"high": 2.0}, "high=2, but φ comes to 0.998573"),
        ({"high": 0.5}, "high=0.5, but φ comes to 0.998573"),
        ({"guard": 0.0}, "guard=0: it must be between 0 and 1"),
        ({"steepest": 0.5}, "steepest must be 1: φ′ is largest there"),
        ({"forward": lambda v, out: np.exp(v * v, out=out)}, "φ is not finite within ±700"),
    ],
)
def test_each_fault_is_named(enter: Callable[[Activation], None], change: dict[str, object], fault: str) -> None:
    enter(softsign()._replace(**change))
    assert (fault in faults("mine")) == bool(fault)
    assert fault or not faults("mine")


def test_a_wrong_slope_shows_on_its_line_and_ends_in_an_error(
    enter: Callable[[Activation], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(softsign()._replace(backward=without_the_square))
    monkeypatch.setattr(sys, "argv", ["check_activation", "mine"])
    with pytest.raises(SystemExit):
        run_stage(check_activation.main, anywhere=True)
    said = capsys.readouterr()
    assert "φ(0.3) = 0.230769   φ′(0.3): yours 0.769231, numeric 0.591716 ✗" in said.out
    assert "engine: NumPy's" in said.out
    assert said.err.startswith("error: mine: φ′(-4.1): yours")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize(("name", "message"), [("tahn", "tahn is not one of"), ("softmax", "has no φ′ of one unit")])
def test_a_name_that_can_not_be_checked_is_one_line(
    name: str, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["check_activation", name])
    with pytest.raises(SystemExit):
        run_stage(check_activation.main, anywhere=True)
    assert message in capsys.readouterr().err
