"""Augmentation: distorted copies that stay what they show."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from pipeline.feed import augmentation
from pipeline.feed.augmentation import Augmentation, augment
from pipeline.feed.schema import CATEGORY, NUMBER, Schema
from pipeline.training.examples import _spreads

SHAPE = (21, 21)
EVERYTHING = Augmentation(rotation=15, shift=2, elastic=1, noise=0.1)


def blob(row: float, column: float) -> np.ndarray:
    """A bright spot at a distance from the center, as one raw row of an image."""
    y, x = np.mgrid[:21, :21]
    return 200 * np.exp(-((y - row) ** 2 + (x - column) ** 2) / 8).ravel()


def place(images: np.ndarray) -> np.ndarray:
    """Center of mass of each image as (row, column) from the middle, (n, 2)."""
    images = images.reshape(-1, *SHAPE)
    y, x = np.mgrid[:21, :21] - 10.0
    mass = images.sum(axis=(1, 2))
    return np.stack([(images * y).sum(axis=(1, 2)) / mass, (images * x).sum(axis=(1, 2)) / mass], axis=1)


def distorted(X: np.ndarray, seed: int = 0, spread: float = 1.0, **how: float) -> np.ndarray:
    return augment(X, SHAPE, Augmentation(**how), np.random.default_rng(seed), spread)


def test_nothing_asked_nothing_changed() -> None:
    X = np.arange(2 * 441, dtype=np.uint8).reshape(2, 441)
    same = distorted(X)
    np.testing.assert_array_equal(same, X)
    assert same.dtype == np.float32
    assert not Augmentation().active


@pytest.mark.parametrize("name", ["rotation", "shift", "elastic", "noise"])
def test_what_is_active_and_what_moves_pixels(name: str) -> None:
    how = Augmentation(**{name: 0.5})
    assert how.active
    assert how.geometric == (name != "noise")


@pytest.mark.parametrize(("given", "expected"), [("u1", "f4"), ("i8", "f4"), ("f4", "f4"), ("f8", "f8")])
def test_rows_come_out_as_float32_unless_they_are_float64(given: str, expected: str) -> None:
    X = blob(9, 12)[None].astype(given)
    out = augment(X, SHAPE, EVERYTHING, np.random.default_rng(0), 1.0)
    assert out.dtype == expected and out.shape == X.shape


@pytest.mark.parametrize("seed", range(4))
def test_a_rotation_is_that_of_scipy(seed: int) -> None:
    """The blob tells by which angle this seed rotates."""
    down, right = place(distorted(blob(10, 15)[None], seed, rotation=40))[0]
    image = ndimage.gaussian_filter(np.random.default_rng(9).random(SHAPE), 2) * 200
    angle = -np.rad2deg(np.arctan2(down, right))  # clockwise is down, and ndimage turns the other way
    expected = ndimage.rotate(image, angle, reshape=False, order=1, mode="nearest")
    np.testing.assert_allclose(distorted(image.reshape(1, -1), seed, rotation=40).reshape(SHAPE), expected, atol=0.5)
    assert np.abs(expected - image).max() > 2


def test_a_shift_comes_with_the_border_of_the_image() -> None:
    ramp = np.tile(np.mgrid[:21, :21][1].ravel() * 1.0, (50, 1))
    rows = distorted(ramp, shift=3).reshape(-1, *SHAPE)
    moved = rows[:, 10, 10] - 10  # a fraction of a pixel shows as a fraction of a step
    np.testing.assert_allclose(rows, np.clip(np.arange(21) + moved[:, None, None] + 0 * rows, 0, 20), atol=1e-4)


def test_rotation_keeps_the_distance_from_the_center_and_covers_the_angles() -> None:
    X = np.tile(blob(10, 15), (400, 1))
    where = place(distorted(X, rotation=30))
    angles = np.rad2deg(np.arctan2(where[:, 0], where[:, 1]))
    np.testing.assert_allclose(np.hypot(*where.T), 5, atol=0.1)
    assert np.abs(angles).max() <= 30.5
    assert angles.min() < -27 and angles.max() > 27 and abs(angles.mean()) < 3


def test_shifts_stay_within_their_limit_in_both_directions() -> None:
    where = place(distorted(np.tile(blob(10, 10), (400, 1)), shift=3))
    assert np.abs(where).max() <= 3.05
    assert (where.min(axis=0) < -2.7).all() and (where.max(axis=0) > 2.7).all()
    assert len(np.unique(where.round(6))) > 700  # fractions of a pixel


def test_elastic_displacements_have_the_wished_size_and_are_smooth() -> None:
    ramp = np.tile(np.mgrid[:21, :21][0].ravel() * 10.0, (200, 1))  # brightness tells the row that was looked up
    rows = distorted(ramp, elastic=1.5, smoothness=3)
    moved = (rows - ramp).reshape(-1, *SHAPE)[:, 5:-5, 5:-5] / 10
    assert np.sqrt(2 * np.square(moved).mean()) == pytest.approx(1.5, rel=0.15)
    assert abs(moved.mean()) < 0.1
    assert np.abs(np.diff(moved, axis=1)).mean() < 0.5 * np.abs(moved).mean()


def test_noise_has_the_spread_of_the_data_and_needs_no_image() -> None:
    X = np.full((300, 40), 7.0)
    noisy = augment(X, None, Augmentation(noise=0.5), np.random.default_rng(0), spread=4.0)
    assert (noisy - X).std() == pytest.approx(2, rel=0.03)
    assert abs((noisy - X).mean()) < 0.1


@given(st.integers(0, 2**32), st.floats(0, 45), st.floats(0, 4), st.floats(0, 3))
def test_moved_pixels_stay_within_the_range_of_the_image(
    seed: int, rotation: float, shift: float, elastic: float
) -> None:
    X = np.random.default_rng(seed).integers(3, 250, (3, 441), np.uint8)
    out = distorted(X, seed, rotation=rotation, shift=shift, elastic=elastic)
    assert out.min() >= X.min() - 1e-3 and out.max() <= X.max() + 1e-3


def test_each_row_is_a_distortion_of_itself_and_the_input_stays() -> None:
    X = np.stack([blob(4 + i, 10) for i in range(12)])
    before = X.copy()
    where = place(distorted(X, shift=0.4, rotation=2))
    np.testing.assert_allclose(where[:, 0], np.arange(12) - 6, atol=1)
    np.testing.assert_array_equal(X, before)


def test_channels_of_one_image_move_together() -> None:
    one = blob(10, 14)
    X = np.stack([one, one], axis=1).ravel()[None]
    out = augment(X, (21, 21, 2), Augmentation(shift=3, rotation=20, elastic=1), np.random.default_rng(1), 1.0)
    pair = out.reshape(441, 2)
    np.testing.assert_array_equal(pair[:, 0], pair[:, 1])
    assert not np.allclose(pair[:, 0], one)


def test_the_generator_decides_and_noise_leaves_the_angles_alone() -> None:
    X = np.tile(blob(10, 15), (5, 1))
    np.testing.assert_array_equal(distorted(X, 3, rotation=20), distorted(X, 3, rotation=20))
    assert not np.array_equal(distorted(X, 3, rotation=20), distorted(X, 4, rotation=20))
    noisy = distorted(X, 3, rotation=20, noise=1e-9)
    np.testing.assert_allclose(noisy, distorted(X, 3, rotation=20), atol=1e-6)


def test_repeated_calls_go_on_in_the_stream() -> None:
    rng, X = np.random.default_rng(5), blob(10, 15)[None]
    first, second = (augment(X, SHAPE, Augmentation(rotation=20), rng, 1.0) for _ in range(2))
    assert not np.array_equal(first, second)


def test_the_size_of_the_chunks_makes_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    X = np.random.default_rng(2).integers(0, 256, (23, 441), np.uint8)
    whole = augment(X, SHAPE, EVERYTHING, np.random.default_rng(7), 60.0)
    monkeypatch.setattr(augmentation, "CHUNK", 5 * 441)
    np.testing.assert_array_equal(augment(X, SHAPE, EVERYTHING, np.random.default_rng(7), 60.0), whole)


@pytest.mark.parametrize("how", [EVERYTHING, Augmentation(noise=1)])
def test_memory_does_not_grow_with_the_rows(how: Augmentation) -> None:
    extra = []
    for rows in (1500, 6000):
        X = np.zeros((rows, 441), np.float32)
        tracemalloc.start()
        out = augment(X, SHAPE, how, np.random.default_rng(0), 1.0)
        extra.append(tracemalloc.get_traced_memory()[1] - out.nbytes)
        tracemalloc.stop()
    assert extra[1] < 1.2 * extra[0] < 64 << 20


def test_pixels_can_only_be_moved_in_images() -> None:
    for name in ("rotation", "shift", "elastic"):
        with pytest.raises(ValueError, match="need rows that are images: set them to 0"):
            augment(np.zeros((2, 4)), None, Augmentation(**{name: 1}), np.random.default_rng(0), 1.0)


def test_in_a_table_each_number_is_disturbed_by_its_own_spread_and_nothing_else(rng: np.random.Generator) -> None:
    X = np.column_stack([rng.normal(0, 1000, 500), rng.integers(0, 3, 500), rng.normal(0, 0.01, 500), np.ones(500)])
    X[::5, 0] = np.nan
    schema = Schema(
        "regression", ("a", "b", "c", "d"), (), None, (NUMBER, CATEGORY, NUMBER, NUMBER), ((), ("x", "y", "z"), (), ())
    )
    spreads = _spreads(X, schema)
    np.testing.assert_allclose(spreads, [np.nanstd(X[:, 0]), 0, X[:, 2].std(), 0])
    noise = augment(X, None, Augmentation(noise=0.1), rng, spreads) - X
    np.testing.assert_array_equal(np.isnan(noise[:, 0]), np.isnan(X[:, 0]))
    assert not noise[:, [1, 3]].any()
    np.testing.assert_allclose(np.nanstd(noise, axis=0)[[0, 2]], 0.1 * spreads[[0, 2]], rtol=0.1)
