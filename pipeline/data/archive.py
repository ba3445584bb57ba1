"""NPZ files: which of their arrays are the inputs, the target and the groups."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pipeline.data import checks
from pipeline.data.arrays import read_npz, table
from pipeline.data.dataset import Table
from pipeline.errors import HoldoutError

Arrays = Mapping[str, np.ndarray]
INPUTS = ("x", "data", "features", "inputs", "images")
TARGETS = ("y", "target", "targets", "labels", "label")
PARTS = ("train", "training", "val", "valid", "validation", "test")  # rows of a part are put below those before it
OF_A_PART = re.compile(rf"(?P<stem>.+)_(?P<part>{'|'.join(PARTS)})|(?P<first>{'|'.join(PARTS)})_(?P<rest>.+)", re.I)


def from_npz(path: Path, target: str | None, groups: str | None) -> Table:
    """The rows of an archive.

    Inputs are named X, data, features, inputs or images; else they are the one array with the most dimensions, or the
    most values. The target is the one that is named, or y, target, labels; else the one array of as many rows.
    Arrays of parts (x_train, x_test) are put below one another.

    Raises:
        HoldoutError: there is no such array, or several could be it.
    """
    found, notes = _joined(path, read_npz(path))
    owner = checks.column_there(str(path), groups, list(found), "data.groups") if groups else None
    if target:
        target = checks.column_there(str(path), target, list(found), "data.target")
    left = {name: array for name, array in found.items() if name not in (target, owner)}
    inputs = _known(left, INPUTS) or _largest(path, left, target or _known(left, TARGETS))
    target = target or _only_target(
        path, {name: array for name, array in left.items() if name != inputs}, found[inputs]
    )
    made = table(str(path), found[inputs], found[target], target, f"{path}: {target}", found[owner] if owner else None)
    if not (inputs.lower() in INPUTS and target.lower() in TARGETS):
        notes = (*notes, f"inputs are the array {inputs!r}, the target is {target!r} (data.target in params.yaml)")
    return Table(**{**vars(made), "notes": (*notes, *made.notes)})


def _joined(path: Path, found: Arrays) -> tuple[dict[str, np.ndarray], tuple[str, ...]]:
    """x_train and x_test as one x, and so on; the other arrays as they are."""
    parts: dict[str, dict[str, np.ndarray]] = {}
    for name, array in found.items():
        if match := OF_A_PART.fullmatch(name):
            parts.setdefault(match["stem"] or match["rest"], {})[name] = array
    parts = {stem: arrays for stem, arrays in parts.items() if stem not in found}
    whole = {name: array for name, array in found.items() if not any(name in arrays for arrays in parts.values())}
    notes = []
    for stem, arrays in parts.items():
        names = sorted(arrays, key=_place)
        if len({arrays[name].shape[1:] for name in names}) > 1 or not all(arrays[name].ndim for name in names):
            shapes = ", ".join(f"{name} {arrays[name].shape}" for name in names)
            raise HoldoutError(f"{path}: can't put {shapes} below one another; allowed: rows of one shape")
        whole[stem] = np.concatenate([arrays[name] for name in names])
        if len(names) > 1:
            rows = " + ".join(str(len(arrays[name])) for name in names)
            notes.append(f"{', '.join(names)} are put below one another ({rows} rows); the split deals them anew")
    return whole, tuple(notes)


def _place(name: str) -> int:
    match = OF_A_PART.fullmatch(name)
    return PARTS.index((match["part"] or match["first"]).lower()) if match else 0


def _known(found: Arrays, names: tuple[str, ...]) -> str | None:
    """The first of the well-known names that an array has, whatever its case."""
    return next((there for name in names for there in found if there.lower() == name), None)


def _largest(path: Path, found: Arrays, target: str | None) -> str:
    """The array with the most dimensions, or of several such the one with the most values."""
    sizes = {name: (array.ndim, array.size) for name, array in found.items() if name != target}
    largest = [name for name, size in sizes.items() if size == max(sizes.values())]
    if len(largest) == 1:
        return largest[0]
    what = f"any of {', '.join(largest)} could be the inputs" if largest else "there are no inputs"
    raise HoldoutError(
        f"{path}: {what}; name them 'X', and the target 'y' or by data.target; there are: {_listed(found)}"
    )


def _only_target(path: Path, found: Arrays, inputs: np.ndarray) -> str:
    if known := _known(found, TARGETS):
        return known
    fitting = [name for name, array in found.items() if array.ndim and inputs.ndim and len(array) == len(inputs)]
    if len(fitting) == 1:
        return fitting[0]
    what = f"any of {', '.join(fitting)} could be the target" if fitting else "there is no target"
    raise HoldoutError(f"{path}: {what}; name it 'y', or set data.target in params.yaml; there are: {_listed(found)}")


def _listed(found: Arrays) -> str:
    return ", ".join(f"{name} {array.shape}" for name, array in found.items()) or "no other arrays"
