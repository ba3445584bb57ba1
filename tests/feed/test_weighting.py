"""What each row counts for: class weights against scikit-learn's, and rows of weight 0."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.utils import compute_class_weight

from pipeline.feed.rows import Rows
from pipeline.feed.weighting import Weighting, settled, weighed
from pipeline.limits import NotAllowed

CLASSES = ("a", "b", "c")
labels = st.lists(st.integers(0, 2), min_size=1, max_size=30).map(np.array)


def rows(y: np.ndarray, weights: np.ndarray | None = None) -> Rows:
    return Rows(np.arange(len(y), dtype=float)[:, None], y, importance=weights)


@settings(max_examples=50, deadline=None)
@given(labels, st.booleans(), st.integers(0, 99))
def test_balanced_is_that_of_scikit_learn(y: np.ndarray, weighted: bool, seed: int) -> None:
    weights = np.random.default_rng(seed).integers(1, 5, len(y)).astype(float) if weighted else None
    there = np.unique(y)
    factors = compute_class_weight("balanced", classes=there, y=y, sample_weight=weights)
    expected = factors[np.searchsorted(there, y)] * (1 if weights is None else weights)
    _, found = weighed(rows(y, weights), Weighting("balanced"), CLASSES)
    np.testing.assert_allclose(found, expected / expected.mean())


@settings(max_examples=50, deadline=None)
@given(labels)
def test_balanced_classes_count_the_same_together(y: np.ndarray) -> None:
    _, found = weighed(rows(y), Weighting("balanced"), CLASSES)
    sums = np.bincount(y, found)
    np.testing.assert_allclose(sums[sums > 0], len(y) / len(np.unique(y)))


def test_given_weights_are_by_name_and_1_for_the_others() -> None:
    y = np.array([0, 1, 2, 2])
    _, found = weighed(rows(y), Weighting("given", {"b": 5}), CLASSES)
    np.testing.assert_allclose(found, np.array([1, 5, 1, 1]) / 2)


def test_rows_of_weight_0_are_left_out_and_equal_ones_need_no_weights() -> None:
    y = np.array([0, 1, 2])
    kept, found = weighed(rows(y, np.array([2.0, 0, 6])), Weighting(), CLASSES)
    assert kept.y.tolist() == [0, 2]
    np.testing.assert_allclose(found, [0.5, 1.5])
    kept, found = weighed(rows(y), Weighting("given", {"a": 0}), CLASSES)
    assert kept.y.tolist() == [1, 2]
    assert weighed(rows(y), Weighting(), CLASSES)[1] is None
    with pytest.raises(ValueError, match="no training row has a weight above 0"):
        weighed(rows(y), Weighting("given", dict.fromkeys(CLASSES, 0.0)), CLASSES)


def test_what_yaml_reads_as_true_is_the_class_that_is_written_so() -> None:
    how = Weighting("given", {"True": 5, "False": 1})
    assert settled(how, ("no", "yes")).classes == {"yes": 5, "no": 1}
    assert settled(how, ("False", "True")).classes == {"True": 5, "False": 1}
    with pytest.raises(NotAllowed, match="names 'True'"):
        settled(how, ("off", "on", "yes"))  # two classes that are true


@pytest.mark.parametrize(
    ("how", "classes", "message"),
    [
        (
            Weighting("given", {"d": 2}),
            CLASSES,
            r"weighting\.classes names 'd', which is no class .*there are: a, b, c",
        ),
        (Weighting("given"), CLASSES, r"weighting\.classes is empty: .*as weighting\.classes=\{a: 5\}"),
        (Weighting("none", {"a": 2}), CLASSES, "has no effect with weighting.name=none: use weighting=given"),
        (Weighting("balanced"), (), "weighting.name=balanced needs one label in each row"),
    ],
)
def test_what_does_not_fit_the_classes_is_refused(how: Weighting, classes: tuple[str, ...], message: str) -> None:
    with pytest.raises(NotAllowed, match=message):
        settled(how, classes)
