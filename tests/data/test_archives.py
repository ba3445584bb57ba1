"""NPZ files under any names, and arrays of images of any layout, give the rows that a person means."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.data.dataset import Dataset
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.sources import load_files
from pipeline.errors import HoldoutError

X = np.random.default_rng(1).random((12, 2))
Y = np.array(["ant", "bee", "cat"] * 4)


AS_THEY_ARE = Read()


def load(path: Path, read: Read = AS_THEY_ARE, labels: tuple[Path, ...] = (), **wishes: Any) -> Dataset:
    return load_files([str(path)], [str(label) for label in labels], Wishes(**wishes), read, no_sinks)


def no_sinks(columns: int) -> Any:
    raise AssertionError("arrays are read at once")


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def labels(data: Dataset) -> list[str]:
    return [data.schema.classes[index] for index in data.rows.y]


@pytest.mark.parametrize(
    ("x", "y"), [("X", "y"), ("x", "y"), ("data", "target"), ("features", "labels"), ("images", "label")]
)
def test_well_known_names(tmp_path: Path, x: str, y: str) -> None:
    data = load(saved(tmp_path / "t.npz", **{x: X, y: Y, "other": np.zeros((12, 9, 9))}))
    assert np.array_equal(data.rows.X, X)
    assert (labels(data), data.schema.targets) == (Y.tolist(), (y,))


def test_other_names_are_guessed_and_said(tmp_path: Path) -> None:
    data = load(saved(tmp_path / "t.npz", spectra=X, species=Y, wavelengths=np.arange(2)))
    assert np.array_equal(data.rows.X, X) and labels(data) == Y.tolist()
    assert any("'spectra'" in note and "'species'" in note and "data.target" in note for note in data.notes)


def test_what_could_be_either_is_refused_with_the_names(tmp_path: Path) -> None:
    with pytest.raises(HoldoutError, match=r"any of size, kind could be the target.*data\.target.*size \(12,\)"):
        load(saved(tmp_path / "t.npz", spectra=X, size=np.arange(12), kind=Y))
    with pytest.raises(HoldoutError, match=r"any of a, b could be the inputs; name them 'X'"):
        load(saved(tmp_path / "u.npz", a=X, b=X, y=Y))
    assert load(tmp_path / "t.npz", targets=("kind",)).schema.classes == ("ant", "bee", "cat")


@pytest.mark.parametrize(
    "names", [("x_train", "y_train", "x_test", "y_test"), ("train_x", "train_y", "test_x", "test_y")]
)
def test_the_parts_of_keras_are_put_below_one_another(tmp_path: Path, names: list[str]) -> None:
    parts = dict(zip(names, (X[:9], Y[:9], X[9:], Y[9:]), strict=True))
    data = load(saved(tmp_path / "t.npz", **dict(reversed(parts.items()))))
    assert np.array_equal(data.rows.X, X) and labels(data) == Y.tolist()
    assert any(f"{names[0]}, {names[2]} are put below one another (9 + 3 rows)" in note for note in data.notes)


def test_parts_of_other_shapes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(HoldoutError, match=r"x_train \(9, 2\), x_test \(3, 1\) below one another"):
        load(saved(tmp_path / "t.npz", x_train=X[:9], y_train=Y[:9], x_test=X[9:, :1], y_test=Y[9:]))


def test_text_as_objects_is_refused_with_the_way_to_mend_it(tmp_path: Path) -> None:
    np.savez(tmp_path / "t.npz", X=X, y=Y.astype(object))
    with pytest.raises(HoldoutError, match=r"y\.npy: holds Python objects \(pickle\).*y\.astype\(str\)"):
        load(tmp_path / "t.npz")


@pytest.mark.parametrize(
    ("shape", "image", "noted"),
    [
        ((12, 5, 4), (5, 4), False),
        ((12, 5, 4, 1), (5, 4), False),
        ((12, 5, 4, 3), (5, 4, 3), False),
        ((12, 1, 5, 4), (5, 4), True),
        ((12, 3, 5, 4), (5, 4, 3), True),
    ],
)
def test_arrays_of_images(tmp_path: Path, shape: tuple[int, ...], image: tuple[int, ...], noted: bool) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    data = load(saved(tmp_path / "t.npz", X=pixels, y=Y))
    assert data.schema.image_shape == image and data.rows.X.dtype == np.uint8
    expected = np.moveaxis(pixels, 1, 3) if noted else pixels
    assert np.array_equal(data.rows.X, expected.reshape(12, -1))
    assert any("channels first" in note for note in data.notes) == noted


def test_one_hot_targets_are_classes(tmp_path: Path) -> None:
    data = load(saved(tmp_path / "t.npz", X=X, y=np.eye(2)[np.arange(12) % 2]))
    assert labels(data) == ["0", "1"] * 6
    assert any("one-hot" in note for note in data.notes)


@pytest.mark.parametrize(
    ("target", "names"),
    [
        (np.array(["01", "1", "NA"] * 4), ("01", "1", "NA")),
        (np.array([b"01", b"1", b"x"] * 4), ("01", "1", "x")),
        (np.array([2**53, 2**53 + 1, 5] * 4), ("5", "9007199254740992", "9007199254740993")),
        (np.array([[3.0], [1.0], [12.0]] * 4), ("1", "3", "12")),
        (np.array([0.5, 1.5, 1.0] * 4), ("0.5", "1.0", "1.5")),
    ],
)
@pytest.mark.parametrize("form", ["npz", "npy"])
def test_labels_are_as_written(tmp_path: Path, target: np.ndarray, names: tuple[str, ...], form: str) -> None:
    if form == "npz":
        data = load(saved(tmp_path / "t.npz", X=X, y=target), task="classification")
    else:
        np.save(tmp_path / "x.npy", X)
        np.save(tmp_path / "y.npy", target)
        data = load(tmp_path / "x.npy", labels=(tmp_path / "y.npy",), task="classification")
    assert data.schema.classes == names
