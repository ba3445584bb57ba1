"""The rules that end training, each alone and together, and what a resumed training must remember."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.training.hyperparameters import changed
from pipeline.training.stopping import Progress, Stopping


def ends(
    limits: Stopping,
    scores: list[float],
    losses: list[float] | None = None,
    norms: list[float] | None = None,
    errors: list[float] | None = None,
) -> tuple[int, str | None]:
    """The epoch at which training ends, and why."""
    stopping = Progress(limits)
    for epoch, score in enumerate(scores, 1):
        record = {"train/loss": (losses or scores)[epoch - 1]}
        record |= {"train/gradient_norm": norms[epoch - 1]} if norms else {}
        record |= {"train/squared_error": errors[epoch - 1]} if errors else {}
        stopping.observe(epoch, score, record)
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


@pytest.mark.parametrize(("tolerance", "expected"), [(0.0, 9), (0.1, 9), (0.25, 6), (0.5, 3), (9.0, 3)])
def test_less_than_the_tolerance_is_no_improvement_for_patience_but_the_best_is_kept(
    tolerance: float, expected: int
) -> None:
    """Each improvement is over the best so far, as scikit-learn's ``tol`` is."""
    scores = [5, 4.75, 4.5, 4.25, 4.125, 4.0, 3.875, 3.75, 3.5]
    limits = Stopping(9, patience=2, tolerance=tolerance)
    assert ends(limits, scores) == (expected, "epochs" if expected == 9 else "patience")
    stopping = Progress(limits)
    for epoch, score in enumerate(scores, 1):
        assert stopping.observe(epoch, score, {"train/loss": 1.0})
    assert (stopping.best_epoch, stopping.best_score) == (9, 3.5)


def test_an_error_that_hardly_changes_stops_it_whichever_way_it_goes() -> None:
    """|E_t − E_{t−1}| of the average squared error (notes §3), whatever loss is trained and however large it is."""
    limits = Stopping(9, error_change=0.05)
    falling = [1, 0.5, 0.4375, 0.46875, 0.5]
    assert ends(limits, [9] * 9, losses=falling) == (4, "rate_of_change")
    assert ends(limits, [9] * 9, losses=[100 * loss for loss in falling] + [0] * 4, errors=falling) == (
        4,
        "rate_of_change",
    )
    assert ends(limits, [9] * 9, losses=[100 + loss for loss in falling]) == (4, "rate_of_change")
    assert ends(Stopping(3, error_change=0.05), [9] * 3, losses=[0, 1, 2]) == (3, "epochs")


def test_a_loss_that_hardly_changes_as_a_share_of_itself_stops_it() -> None:
    """|E_t − E_{t−1}| / E_{t−1} of the training loss."""
    assert ends(Stopping(9, loss_change=0.05), [9] * 9, losses=[1, 0.5, 0.4, 0.41]) == (4, "loss_change")
    assert ends(Stopping(9, loss_change=0.05), [9] * 9, losses=[1, 0, 0]) == (3, "loss_change")
    assert ends(Stopping(3, loss_change=0.05), [9] * 3, losses=[0, 1, 2], errors=[5, 5, 5]) == (3, "epochs")


def test_a_budget_of_time_stops_it() -> None:
    now = [0.0]
    stopping = Progress(Stopping(100, seconds=10), clock=lambda: now[0])
    for epoch, seconds in enumerate((4, 9, 10.5), 1):
        now[0] = seconds
        stopping.observe(epoch, 1, {"train/loss": 1})
        assert stopping.verdict() == ("time" if seconds > 10 else None)


def test_the_first_rule_that_holds_is_named() -> None:
    limits = Stopping(3, patience=2, gradient_norm=1, error_change=1, loss_change=1)
    assert ends(limits, [1, 1, 1], losses=[1, 9, 9], norms=[5, 5, 0.1]) == (3, "patience")


def test_nan_is_never_better() -> None:
    stopping = Progress(Stopping(9, patience=2))
    assert [
        stopping.observe(epoch, score, {"train/loss": 1}) for epoch, score in enumerate((math.nan, 2, math.nan), 1)
    ][1:] == [
        False,
        False,
    ]
    assert stopping.best_epoch == 1


@given(
    st.lists(st.floats(0, 3), min_size=2, max_size=30),
    st.integers(0, 4),
    st.integers(1, 29),
    st.floats(0, 0.5),
    st.data(),
)
def test_a_resumed_training_stops_where_an_uninterrupted_one_does(
    scores: list[float], patience: int, cut: int, change: float, more: st.DataObject
) -> None:
    rule = more.draw(st.sampled_from(["error_change", "loss_change", "tolerance"]))
    limits = changed(Stopping(25, patience), {rule: change})
    whole, first = Progress(limits, lambda: 0.0), Progress(limits, lambda: 0.0)
    resumed = None
    for epoch, score in enumerate(scores, 1):
        record = {"train/loss": score, "train/squared_error": score / 2}
        whole.observe(epoch, score, record)
        (resumed or first).observe(epoch, score, record)
        if epoch == cut:
            resumed = Progress(limits, lambda: 0.0)
            resumed.restore(json.loads(json.dumps(first.save())))
        current = resumed or first
        assert (current.verdict(), current.best_epoch, current.best_score) == (
            whole.verdict(),
            whole.best_epoch,
            whole.best_score,
        )
