"""The rules that end training, each alone and together, and what a resumed training must remember."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.training.stopping import Progress, Stopping


def ends(
    limits: Stopping, scores: list[float], losses: list[float] | None = None, norms: list[float] | None = None
) -> tuple[int, str | None]:
    """The epoch at which training ends, and why."""
    stopping = Progress(limits)
    for epoch, score in enumerate(scores, 1):
        loss, norm = (losses or scores)[epoch - 1], norms[epoch - 1] if norms else None
        stopping.observe(epoch, score, loss, norm)
        if stopping.verdict():
            break
    return epoch, stopping.verdict()


@pytest.mark.parametrize(("patience", "expected"), [(1, 2), (2, 6), (3, 7), (0, 9)])
def test_patience_counts_epochs_without_improvement(patience: int, expected: int) -> None:
    """A tie is no improvement (notes §5: go on a little, to be confident)."""
    found = ends(Stopping(9, patience), [5, 5, 4, 3, 3, 3, 4, 4, 4])
    assert found == (expected, "patience" if patience else "epochs")


def test_a_small_gradient_stops_it() -> None:
    assert ends(Stopping(9, gradient_norm=0.1), [5] * 9, norms=[3, 1, 0.1, 0.09, 0]) == (4, "gradient")


def test_an_error_that_hardly_changes_stops_it_whichever_way_it_goes() -> None:
    """|E_t − E_{t−1}| / E_{t−1} (notes §3)."""
    assert ends(Stopping(9, error_change=0.05), [9] * 9, losses=[1, 0.5, 0.4, 0.41]) == (4, "rate_of_change")
    assert ends(Stopping(9, error_change=0.05), [9] * 9, losses=[1, 0, 0]) == (3, "rate_of_change")
    assert ends(Stopping(3, error_change=0.05), [9] * 3, losses=[0, 1, 2]) == (3, "epochs")


def test_a_budget_of_time_stops_it() -> None:
    now = [0.0]
    stopping = Progress(Stopping(100, seconds=10), clock=lambda: now[0])
    for epoch, seconds in enumerate((4, 9, 10.5), 1):
        now[0] = seconds
        stopping.observe(epoch, 1, 1)
        assert stopping.verdict() == ("time" if seconds > 10 else None)


def test_the_first_rule_that_holds_is_named() -> None:
    limits = Stopping(3, patience=2, gradient_norm=1, error_change=1)
    assert ends(limits, [1, 1, 1], losses=[1, 9, 9], norms=[5, 5, 0.1]) == (3, "patience")


def test_nan_is_never_better() -> None:
    stopping = Progress(Stopping(9, patience=2))
    assert [stopping.observe(epoch, score, 1) for epoch, score in enumerate((math.nan, 2, math.nan), 1)][1:] == [
        False,
        False,
    ]
    assert stopping.best_epoch == 1


@given(st.lists(st.floats(0, 3), min_size=2, max_size=30), st.integers(0, 4), st.integers(1, 29), st.floats(0, 0.5))
def test_a_resumed_training_stops_where_an_uninterrupted_one_does(
    scores: list[float], patience: int, cut: int, change: float
) -> None:
    limits = Stopping(25, patience, error_change=change)
    whole, first = Progress(limits, lambda: 0.0), Progress(limits, lambda: 0.0)
    resumed = None
    for epoch, score in enumerate(scores, 1):
        whole.observe(epoch, score, score)
        (resumed or first).observe(epoch, score, score)
        if epoch == cut:
            resumed = Progress(limits, lambda: 0.0)
            resumed.restore(json.loads(json.dumps(first.save())))
        current = resumed or first
        assert (current.verdict(), current.best_epoch, current.best_score) == (
            whole.verdict(),
            whole.best_epoch,
            whole.best_score,
        )
