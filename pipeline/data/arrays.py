"""NPY and NPZ files. Headers are checked before values are read, and pickled objects are refused."""

import math
import zipfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
from numpy.lib import format as npy

from pipeline.data import checks
from pipeline.data.dataset import Table, column_names, compact
from pipeline.errors import HoldoutError

CHANNELS = (1, 3)


def read_npy(path: Path, mapped: bool = False) -> np.ndarray:
    """One array of numbers or text; ``mapped``: its values stay in the file until they are used."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        if not mapped:
            return _read(str(path), stream, size)
        shape, fortran, dtype = _head(str(path), stream, size)
        return np.memmap(path, dtype, "r", stream.tell(), shape, "F" if fortran else "C")


def read_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an archive, by name."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _plain_names(path, [member.filename for member in members])
            checks.size(str(path), 1, sum(member.file_size for member in members))
            return {member.filename.removesuffix(".npy"): _member(path, archive, member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise HoldoutError(f"{path}: is not a readable NPZ archive ({error}); save it again with numpy.savez") from None


def _plain_names(path: Path, names: list[str]) -> None:
    """Each name once, and none that leads out of a folder, should someone unpack the archive."""
    for name in names:
        if names.count(name) > 1 or name.startswith("/") or ".." in name.split("/"):
            raise HoldoutError(f"{path}: has a member {name!r}, allowed: plain names, each once; save it again")


def _member(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> np.ndarray:
    with archive.open(member) as stream:
        return _read(f"{path}: {member.filename}", stream, member.file_size)


def _head(name: str, stream: IO[bytes], size: int) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type of an array, after they are seen to fit the bytes that are there."""
    try:
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, fortran, dtype = header(stream)
    except Exception as error:  # NumPy parses the header as Python literals, which can fail in many ways
        raise HoldoutError(f"{name}: is not a readable NPY array ({error}); save it again with numpy.save") from None
    if dtype.hasobject:
        raise HoldoutError(
            f"{name}: holds Python objects (pickle), which can run code; allowed: numbers or text arrays; of text "
            "objects, NumPy makes such an array by y.astype(str): save that one"
        )
    expected, found = math.prod(shape) * dtype.itemsize, size - stream.tell()
    if expected != found or any(length < 0 for length in shape):
        declared = min(expected, 1 << 60)  # Python does not print a number of thousands of digits
        raise HoldoutError(f"{name}: header declares {declared} bytes of values (shape {shape}), found {found}")
    return shape, fortran, dtype


def _read(name: str, stream: IO[bytes], size: int) -> np.ndarray:
    shape, fortran, dtype = _head(name, stream, size)
    checks.size(name, math.prod(shape), max(dtype.itemsize, 1))
    expected = math.prod(shape) * dtype.itemsize
    values = np.frombuffer(stream.read(expected), dtype) if expected else np.empty(0, dtype)
    try:
        return values.reshape(shape, order="F" if fortran else "C")
    except ValueError as error:  # an empty array may still declare lengths or dimensions beyond NumPy's
        raise HoldoutError(f"{name}: header declares a shape that no array has ({error}); save it again") from None


def flatten(name: str, X: np.ndarray) -> tuple[np.ndarray, tuple[int, ...] | None, tuple[str, ...]]:
    """Rows of inputs as (rows, features), the image shape, and what was guessed.

    (rows, height, width) and (…, 1) are gray images, (…, 3) are in color; with the channels first, they are put last.
    """
    checks.numeric(name, X, "the inputs")
    shape, notes = X.shape, tuple[str, ...]()
    if X.ndim == 4 and X.shape[3] not in CHANNELS and X.shape[1] in CHANNELS:
        X = np.moveaxis(X, 1, 3)
        notes = (f"inputs of shape {shape} are taken for images with their {shape[1]} channels first",)
    if X.ndim == 4 and X.shape[3] == 1:
        X = X[..., 0]
    if X.ndim not in (2, 3) and not (X.ndim == 4 and X.shape[3] in CHANNELS):
        raise HoldoutError(
            f"{name}: inputs have shape {shape}, allowed: (rows, features), (rows, height, width), or "
            "(rows, height, width, channels) with 1 or 3 channels"
        )
    checks.not_empty(name, len(X), math.prod(X.shape[1:]))
    return X.reshape(len(X), -1), X.shape[1:] if X.ndim > 2 else None, notes


def vector(name: str, y: np.ndarray, what: str) -> np.ndarray:
    """Labels as (rows,): a column, text as bytes, and rows with one 1 (one-hot) are taken for it."""
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    if one_hot(y):
        y = y.argmax(axis=1)
    if y.dtype.kind == "S":
        y = np.char.decode(y, "utf-8", "replace")
    if y.ndim != 1 or y.dtype.kind not in "biufUT":
        raise HoldoutError(
            f"{name}: {what} has shape {y.shape} and type {y.dtype}, expected (rows,) of numbers or text"
        )
    return y


def one_hot(y: np.ndarray) -> bool:
    """Whether a matrix (rows, classes) has one 1 in each row, and 0 elsewhere."""
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "biuf" or not y.size:
        return False
    return bool(((y == 0) | (y == 1)).all() and (y.sum(axis=1) == 1).all())


def table(
    name: str, X: np.ndarray, target: np.ndarray, target_name: str, labels_name: str, groups: np.ndarray | None = None
) -> Table:
    """A checked table from arrays of inputs, targets and groups."""
    flat, image_shape, notes = flatten(name, X)
    if one_hot(target):
        notes += (f"target {target_name} is one-hot: its {target.shape[1]} columns are taken for classes, from 0",)
    target = vector(labels_name, target, f"target {target_name}")
    checks.same_length(name, len(flat), labels_name, len(target))
    checks.no_missing_target(labels_name, target, target_name)
    features = column_names(flat.shape[1], image_shape)
    checks.finite(name, flat, features)
    if groups is not None:
        groups = vector(name, groups, "groups")
        checks.same_length(name, len(flat), "groups", len(groups))
    return Table(name, compact(flat), target, features, target_name, groups, image_shape, notes=notes)


def from_npy(path: Path, target: str | None) -> Table:
    """A 2-D array with one column, counted from 0 (4 or x4), as the target."""
    values = read_npy(path)
    if values.ndim != 2:
        raise HoldoutError(f"{path}: has shape {values.shape}; without data.labels, expected (rows, columns)")
    checks.numeric(str(path), values, "the array")
    names = column_names(values.shape[1])
    wanted = f"x{target}" if target and target.isdigit() else target
    index = names.index(checks.column_there(str(path), wanted, names, "data.target"))
    inputs = np.delete(values, index, axis=1)
    made = table(str(path), inputs, values[:, index], names[index], str(path))
    return Table(made.name, made.X, made.target, names[:index] + names[index + 1 :], names[index])
