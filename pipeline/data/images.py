"""A folder of images, one subfolder a class: rows are pixels, and the class is the subfolder's name as written."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from pipeline.data import checks
from pipeline.data.dataset import Table, column_names
from pipeline.data.source import Read
from pipeline.errors import HoldoutError

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")
DECODERS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP", "PPM")
PARTS = ("train", "training", "val", "valid", "validation", "test")  # folders that may stand above those of the classes
WORDS = ("", ".txt", ".md")
GRAY, COLOR = ("1", "L", "LA"), ("RGB", "RGBA", "P", "PA", "CMYK", "YCbCr", "RGBX")
PIXELS = 1 << 26  # of one image: more is no training example
TURNED, ORIENTATION = (5, 6, 7, 8), 0x0112  # of EXIF: lying on their sides


class _Head(NamedTuple):
    """What an image says of itself before it is decoded, as it is seen: turned upright."""

    height: int
    width: int
    gray: bool


def is_folder(path: Path) -> bool:
    """Whether this is a folder of folders of images: beside them are words for people at most, and no data."""
    if not path.is_dir():
        return False
    beside = {member.suffix.lower() for member in _seen(path) if member.is_file()}
    return beside <= {*ENDINGS, *WORDS} and any(file.parent != path for file in _images(path))


def from_folder(path: Path, read: Read, target: str = "label") -> Table:
    """All images, in order of their names, as uint8 pixels (rows, height · width · channels).

    Args:
        read: height and width, which images are resized to (None: they all have one size), and whether they are gray
            (None: if all of them are).

    Raises:
        HoldoutError: names the file that is no image, too large, or of another size than the first.
    """
    files = list(_images(path))
    classes = [_class_of(file.relative_to(path), path) for file in files]
    heads = [_head(file) for file in files]
    gray = all(head.gray for head in heads) if read.gray is None else read.gray
    height, width = _size(files, heads, read)
    shape = (height, width) if gray else (height, width, 3)
    checks.size(str(path), len(files), height * width * (1 if gray else 3))
    X = np.empty((len(files), *shape), np.uint8)
    for row, file in enumerate(files):
        X[row] = _pixels(file, gray, (width, height))
    flat = X.reshape(len(files), -1)
    names = column_names(flat.shape[1], shape)
    notes = (
        f"{checks.counted(len(files), 'image')} of {height} × {width} pixels, {'gray' if gray else 'in color'}",
        *_left_out(path),
    )
    labels = np.array(classes, object)
    return Table(str(path), flat, labels, names, target, None, shape, lambda row: str(files[row]), notes)


def _seen(folder: Path) -> list[Path]:
    return sorted(member for member in folder.iterdir() if not member.name.startswith("."))


def _images(folder: Path) -> Iterator[Path]:
    """Files that look like images, below a folder, in order of their paths; nothing hidden."""
    for member in _seen(folder):
        if member.is_dir():
            yield from _images(member)
        elif member.suffix.lower() in ENDINGS:
            yield member


def _left_out(folder: Path) -> list[str]:
    others = [file for file in folder.rglob("*") if file.is_file() and file.suffix.lower() not in ENDINGS]
    names = sorted(file.name for file in others if not file.name.startswith("."))
    left = checks.counted(
        len(names), "file is left out, for it is no image", "files are left out, for they are no images"
    )
    return [f"{left}: {', '.join(names[:3])}"] if names else []


def _class_of(file: Path, folder: Path) -> str:
    """Of a path within the folder: CLASS/FILE, or PART/CLASS/FILE."""
    *above, name = file.parts[:-1] or ("",)
    if name and (not above or (len(above) == 1 and above[0].lower() in PARTS)):
        return name
    raise HoldoutError(
        f"{folder / file}: stands where no class can be told, allowed: {folder}/CLASS/IMAGE, or the same in folders "
        f"named {', '.join(PARTS)}"
    )


def _size(files: list[Path], heads: list[_Head], read: Read) -> tuple[int, int]:
    if (read.height is None) != (read.width is None):
        raise HoldoutError(f"{files[0]}: data.read.height and data.read.width go together; set both, or none")
    if read.height is not None and read.width is not None:
        return read.height, read.width
    first = heads[0]
    for file, head in zip(files, heads, strict=True):
        if head[:2] != first[:2]:
            raise HoldoutError(
                f"{file}: has {head.height} × {head.width} pixels (height × width), but {files[0]} has "
                f"{first.height} × {first.width}; set data.read.height and data.read.width to resize all of them"
            )
    return first.height, first.width


def _head(file: Path) -> _Head:
    with _opened(file) as image:
        width, height = image.size
        if image.mode not in GRAY + COLOR:
            raise HoldoutError(f"{file}: has pixels of type {image.mode}, allowed: 8 bits a channel; save it as such")
        mode, turned = image.mode, image.getexif().get(ORIENTATION) in TURNED
    with _opened(file) as image:
        image.verify()  # must come before anything that reads on, as looking for EXIF does
    return _Head(width, height, mode in GRAY) if turned else _Head(height, width, mode in GRAY)


def _pixels(file: Path, gray: bool, size: tuple[int, int]) -> np.ndarray:
    with _opened(file) as image:
        upright = ImageOps.exif_transpose(image).convert("L" if gray else "RGB")
        return np.asarray(upright if upright.size == size else upright.resize(size, Image.Resampling.BILINEAR))


@contextmanager
def _opened(file: Path) -> Iterator[Image.Image]:
    """An image whose size is known to be reasonable; whatever Pillow finds wrong with it becomes one line."""
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning):
            image = Image.open(file, formats=DECODERS)
        with image:
            if image.width * image.height > PIXELS:
                found = f"{image.width} × {image.height} pixels"
                raise HoldoutError(f"{file}: has {found}, allowed: {PIXELS:,} in all; make it smaller")
            yield image
    except (HoldoutError, FileNotFoundError, PermissionError, MemoryError):
        raise
    except Exception as error:  # a damaged file can fail in a decoder in many ways
        why = str(error).replace(os.fspath(file), "it")
        raise HoldoutError(f"{file}: is not a readable image ({why}); save it again, or remove it") from None
