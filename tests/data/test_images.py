"""A folder of images is a data set: its subfolders are the classes, as they are written."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipeline.data import images
from pipeline.data.dataset import Dataset
from pipeline.data.source import Read
from pipeline.errors import HoldoutError
from tests.data.test_archives import labels, load

ORIENTATION = 0x0112


def picture(path: Path, pixels: np.ndarray, turned: int = 1) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image, exif = Image.fromarray(pixels), Image.Exif()
    exif[ORIENTATION] = turned
    image.save(path, exif=exif)
    return path


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images each of the classes 01, 1 and NA, 5 × 4, with what is no image beside them."""
    for number in range(9):
        picture(tmp_path / f"set/{('01', '1', 'NA')[number % 3]}/{number}.png", noise(number, 5, 4))
    for name in (".DS_Store", "1/.hidden.png", "README.md", "1/notes.txt"):
        (tmp_path / "set" / name).write_text("no image")
    return tmp_path / "set"


def read(folder: Path, **settings: int | bool) -> Dataset:
    return load(folder, Read(**settings))  # type: ignore[arg-type]


def test_rows_are_pixels_in_order_of_name_and_classes_are_the_subfolders(folder: Path) -> None:
    data = read(folder)
    assert labels(data) == ["01"] * 3 + ["1"] * 3 + ["NA"] * 3
    assert (data.schema.task, data.schema.image_shape, data.rows.X.dtype) == ("classification", (5, 4), np.uint8)
    expected = [noise(number, 5, 4).ravel() for number in (0, 3, 6, 1, 4, 7, 2, 5, 8)]
    assert np.array_equal(data.rows.X, expected)
    notes = " | ".join(data.notes)
    assert "9 images of 5 × 4 pixels, gray" in notes and "2 files are left out" in notes and "notes.txt" in notes


def test_size_and_color_are_settings(folder: Path) -> None:
    assert read(folder, height=3, width=2).schema.image_shape == (3, 2)
    assert read(folder, gray=False).schema.image_shape == (5, 4, 3)
    picture(folder / "1/z.png", noise(1, 5, 4, 3))
    assert read(folder).schema.image_shape == (5, 4, 3)
    assert read(folder, gray=True).schema.image_shape == (5, 4)
    with pytest.raises(HoldoutError, match=r"data\.read\.height and data\.read\.width go together"):
        read(folder, height=3)


def test_another_size_is_refused_with_the_setting_that_mends_it(folder: Path) -> None:
    picture(folder / "1/z.png", noise(1, 6, 4))
    with pytest.raises(HoldoutError, match=r"1/z\.png: has 6 × 4 pixels.*5 × 4; set data\.read\.height"):
        read(folder)
    assert len(read(folder, height=5, width=4).rows) == 10


def test_an_image_on_its_side_is_turned_upright(folder: Path) -> None:
    upright = noise(1, 5, 4)
    picture(folder / "1/z.png", np.rot90(upright), turned=6)
    assert np.array_equal(read(folder).rows.X[6], upright.ravel())


@pytest.mark.parametrize(
    ("ending", "shape"), [("png", (5, 4)), ("png", (5, 4, 3)), ("jpg", (5, 4)), ("jpg", (5, 4, 3))]
)
def test_images_without_a_word_of_how_they_are_turned(tmp_path: Path, ending: str, shape: tuple[int, ...]) -> None:
    for number in range(6):
        file = tmp_path / f"set/{'ab'[number % 2]}/{number}.{ending}"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise(number, *shape)).save(file)
    data = read(tmp_path / "set")
    assert (data.schema.image_shape, labels(data)) == (shape, ["a"] * 3 + ["b"] * 3)
    if ending == "png":
        assert np.array_equal(data.rows.X[0], noise(0, *shape).ravel())


def test_photographs_and_parts(tmp_path: Path) -> None:
    for number in range(12):
        picture(
            tmp_path / f"set/{('train', 'test')[number % 2]}/{('a', 'b')[number // 6]}/{number}.jpg", noise(1, 8, 8, 3)
        )
    data = read(tmp_path / "set")
    assert data.schema.classes == ("a", "b") and len(data.rows) == 12


def damaged(folder: Path, how: str) -> Path:
    path = folder / "1/z.png"
    whole = picture(path, noise(1, 5, 4)).read_bytes()
    path.write_bytes({"no image": b"text", "cut short": whole[:-30], "flipped": whole[:-20] + b"x" + whole[-19:]}[how])
    return path


@pytest.mark.parametrize("how", ["no image", "cut short", "flipped"])
def test_a_damaged_image_is_one_line(folder: Path, how: str) -> None:
    damaged(folder, how)
    with pytest.raises(HoldoutError, match=r"1/z\.png: is not a readable image .*") as caught:
        read(folder)
    assert "\n" not in str(caught.value)


def test_a_bomb_is_refused_before_it_is_decoded(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("1", (20_000, 20_000)).save(folder / "1/z.png")
    with pytest.raises(HoldoutError, match=r"1/z\.png"):
        read(folder)
    Image.new("1", (10_000, 8_000)).save(folder / "1/z.png")
    with pytest.raises(HoldoutError, match=r"1/z\.png: has 10000 × 8000 pixels, allowed: 67,108,864"):
        read(folder)
    monkeypatch.setattr(images, "_pixels", lambda *_: pytest.fail("decoded"))
    with pytest.raises(HoldoutError):
        read(folder)


def test_16_bits_a_pixel_are_refused_rather_than_cut(folder: Path) -> None:
    Image.fromarray(noise(1, 5, 4).astype(np.uint16) * 100).save(folder / "1/z.png")
    with pytest.raises(HoldoutError, match=r"z\.png: has pixels of type I;16, allowed: 8 bits"):
        read(folder)


def test_an_image_without_a_class_is_refused(folder: Path) -> None:
    picture(folder / "0.png", noise(1, 5, 4))
    with pytest.raises(HoldoutError, match=r"0\.png: stands where no class can be told"):
        read(folder)
