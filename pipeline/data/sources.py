"""Sources of rows: bundled sets, tables, and arrays, made into one checked data set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.data import archive, arrays, bundled, checks, idx, images, matrix
from pipeline.data.collecting import Sinks
from pipeline.data.dataset import Dataset, Table
from pipeline.data.opening import is_table, open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.tabular import read_table
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CLASSIFICATION

FORMATS = ".npz, .npy, IDX (.idx, -ubyte, also .gz)"
IDX_NAMES = (".idx", ".idx.gz", "-ubyte", "-ubyte.gz")


def load_bundled(name: str, task: str | None = None) -> Dataset:
    """The bundled data set ``name``; ``task`` None is the set's own."""
    table, usual = bundled.load(name)
    return matrix.describe(table, task or usual)


def load_files(paths: Sequence[str], label_paths: Sequence[str], wishes: Wishes, read: Read, sinks: Sinks) -> Dataset:
    """Read files (or one folder of them) and put their rows below one another, in the order given.

    In a folder, in order of name; the 1-D IDX files in it are the labels of the others.

    Args:
        sinks: makes a place for the rows of a table, which may be more than fit in memory.

    Raises:
        HoldoutError: whatever is wrong with a file, its values, its target, or the settings that speak of them.
    """
    if label_paths and is_table(Path(paths[0])):
        raise HoldoutError(
            f"{paths[0]}: data.labels is {label_paths[0]}, but a table holds its own target; set data.target"
        )
    try:
        if len(paths) == 1 and images.is_folder(Path(paths[0])):
            return matrix.describe(images.from_folder(Path(paths[0]), read), wishes.task or CLASSIFICATION)
        if label_paths or any(_holds_arrays(Path(path)) for path in paths):
            return _from_arrays(paths, label_paths, wishes)
        return read_table(open_files([Path(path) for path in paths], read), wishes, sinks)
    except MemoryError:
        where = ", ".join(paths)
        raise HoldoutError(f"{where}: needs more memory than there is; use fewer rows or columns") from None


def _holds_arrays(path: Path) -> bool:
    """Whether a file, or the first of a folder that can be read, is no table."""
    if path.is_dir():
        return any(_readable(member) for member in path.iterdir() if member.is_file())
    return path.suffix.lower() in (".npy", ".npz") or path.name.lower().endswith(IDX_NAMES) or idx.is_idx(path)


def _from_arrays(paths: Sequence[str], label_paths: Sequence[str], wishes: Wishes) -> Dataset:
    if len(wishes.targets) > 1:
        raise HoldoutError(
            f"{paths[0]}: data.target names {len(wishes.targets)} columns, but files of arrays have one; save a table"
        )
    target = wishes.targets[0] if wishes.targets else None
    inputs, named = _expand(paths)
    outside, more = _expand(label_paths)
    label_files = [*named, *outside, *more]
    if label_files and len(label_files) != len(inputs):
        raise HoldoutError(
            f"{', '.join(map(str, inputs)) or paths[0]}: found {len(inputs)} data files and {len(label_files)} label "
            "files, expected as many of each"
        )
    given: list[Path | None] = [*label_files] or [None] * len(inputs)
    pairs = zip(inputs, given, strict=True)
    parts = [_read(path, label, target, wishes.groups) for path, label in pairs]
    return matrix.describe(_below(parts), wishes.task, wishes.columns)


def _expand(paths: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """Data files, and label files found beside them in a folder."""
    inputs: list[Path] = []
    labels_beside: list[Path] = []
    for path in map(Path, paths):
        if not path.exists():
            raise HoldoutError(f"{path}: there is no such file or folder; set data.path or data.labels in params.yaml")
        if not path.is_dir():
            inputs.append(path)
            continue
        members = sorted(member for member in path.iterdir() if member.is_file() and _readable(member))
        is_label = [idx.is_idx(member) and idx.rank(member) == 1 for member in members]
        labels_beside += [member for member, label in zip(members, is_label, strict=True) if label]
        inputs += [member for member, label in zip(members, is_label, strict=True) if not label]
        if not members:
            raise HoldoutError(f"{path}: the folder holds no data file, allowed: {FORMATS}")
    return inputs, labels_beside


def _readable(path: Path) -> bool:
    return not path.name.startswith(".") and (path.suffix.lower() in (".npz", ".npy") or idx.is_idx(path))


def _read(path: Path, label_path: Path | None, target: str | None, groups: str | None) -> Table:
    if not path.is_file() or path.stat().st_size == 0:
        raise HoldoutError(f"{path}: is empty, expected data ({FORMATS})")
    ending = path.suffix.lower()
    if ending == ".npz":
        if label_path:
            raise HoldoutError(f"{path}: data.labels is {label_path}, but a .npz file holds its own; set data.target")
        return archive.from_npz(path, target, groups)
    if groups:
        raise HoldoutError(f"{path}: data.groups is {groups!r}, allowed for tables and .npz only; set it to null")
    if ending == ".npy" and label_path is None:
        return arrays.from_npy(path, target)
    X = _array(path)
    if label_path is None:
        raise HoldoutError(f"{path}: has no labels; set data.labels in params.yaml to the file that holds them")
    return arrays.table(str(path), X, _array(label_path), target or "label", str(label_path))


def _array(path: Path) -> np.ndarray:
    if path.suffix.lower() == ".npy":
        return arrays.read_npy(path)
    if idx.is_idx(path) or path.name.lower().endswith(IDX_NAMES):
        return idx.read(path)
    raise HoldoutError(f"{path}: unknown kind of file, allowed: {FORMATS}")


def _below(parts: list[Table]) -> Table:
    first = parts[0]
    if len(parts) == 1:
        return first
    for part in parts[1:]:
        if part.features != first.features or part.image_shape != first.image_shape:
            raise HoldoutError(
                f"{part.name}: has {len(part.features)} input columns {part.features[:3]}…, expected those of "
                f"{first.name}: {checks.counted(len(first.features), 'column')} {first.features[:3]}…"
            )
    owners = [part.groups for part in parts if part.groups is not None]
    return Table(
        first.name, np.concatenate([part.X for part in parts]), np.concatenate([part.target for part in parts]),
        first.features, first.target_name, np.concatenate(owners) if owners else None, first.image_shape,
        notes=tuple(dict.fromkeys(note for part in parts for note in part.notes)),
    )  # fmt: skip
