"""What rows must be before anything is made of them; each check raises HoldoutError with one line."""

from collections.abc import Sequence

import numpy as np

from pipeline.data.dataset import Place
from pipeline.errors import HoldoutError
from pipeline.feed.dealing import NAMES
from pipeline.headroom import free_bytes

PARTS = 3  # training, validation, test
SMALL = 16 << 20  # bytes that any process has: to ask what is free takes longer than to read them
MAX_BYTES = 4 << 30  # a file that unpacks to more than this is refused before memory is taken


def row_from_zero(row: int) -> str:
    """Where a row of an array is, as NumPy and pandas count."""
    return f"row {row} (counted from 0)"


def size(name: str, rows: int, row_bytes: int) -> None:
    """Refuse what would need more memory than MAX_BYTES, or than is free, before any is taken."""
    if rows * row_bytes <= SMALL:
        return
    allowed = min(MAX_BYTES, free_bytes())
    if rows * row_bytes > allowed:
        found = min(-(-rows * row_bytes >> 30), 1 << 60)  # a header may declare a number of a thousand digits
        raise HoldoutError(
            f"{name}: declares {found:,} GiB of values, allowed: {allowed / 2**30:.1f} GiB; use fewer rows"
        )


def not_empty(name: str, rows: int, columns: int) -> None:
    if rows == 0:
        raise HoldoutError(f"{name}: has no rows of data, expected at least {PARTS}")
    if columns == 0:
        raise HoldoutError(f"{name}: has no input columns beside the target, expected at least 1")


def numeric(name: str, array: np.ndarray, what: str) -> None:
    """Only bools, whole numbers and floats up to 64 bits can be inputs."""
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise HoldoutError(f"{name}: {what} has type {array.dtype}, allowed: numbers (bool, integer or float)")


def finite(name: str, X: np.ndarray, features: Sequence[str], place: Place = row_from_zero, gaps: bool = False) -> None:
    """No infinity in X (rows, features), and no NaN unless there may be ``gaps``; names the first one."""
    if X.dtype.kind != "f":
        return
    for start in range(0, len(X), 8192):  # chunks: the mask of a large X would be large as well
        rows = X[start : start + 8192]
        bad = np.isinf(rows) if gaps else ~np.isfinite(rows)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            value = X[start + row, column]
            raise HoldoutError(
                f"{name}: {place(start + int(row))}, column {features[column]}: found {value}, "
                "allowed: finite numbers; fill in or remove the row"
            )


def counted(number: int, one: str, many: str = "") -> str:
    """The number with the word for ``one`` or for ``many``, without which it takes an s: 1 row, 2 rows."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def no_missing_target(name: str, target: np.ndarray, column: str, place: Place = row_from_zero) -> None:
    """Every row has a target (rows,): no NaN, no infinity, no empty text; the word NA can be a class."""
    if target.dtype.kind == "f":
        bad = ~np.isfinite(target)
    elif target.dtype.kind in "OUT":
        bad = np.array([not str(value).strip() for value in target], bool)
    else:
        return
    if bad.any():
        row = int(bad.argmax())
        found = str(target[row]).strip() or "nothing"
        raise HoldoutError(
            f"{name}: {place(row)}, target {column}: found {found}, allowed: a value in each row; "
            "fill it in or remove the row"
        )


def same_length(name: str, rows: int, labels_name: str, labels: int) -> None:
    if rows != labels:
        raise HoldoutError(
            f"{name} has {counted(rows, 'row')} but {labels_name} has "
            f"{counted(labels, 'label')}; expected one label per row"
        )


def column_there(name: str, wanted: str | None, there: Sequence[str], key: str) -> str:
    """``wanted``, if it is one of the columns ``there``."""
    listed = ", ".join(there[:20]) + (f", … ({len(there)} in all)" if len(there) > 20 else "")
    if wanted is None:
        raise HoldoutError(f"{name}: {key} is not set in params.yaml; set it to one of: {listed}")
    if wanted not in there:
        raise HoldoutError(f"{name}: there is no column {wanted!r} ({key} in params.yaml); there are: {listed}")
    return wanted


def usable_target(name: str, y: np.ndarray, column: str, classes: Sequence[str]) -> None:
    """The target varies, and each class has a row for each part."""
    if len(np.unique(y[:PARTS])) == 1 and (y == y[0]).all():
        value = classes[0] if classes else f"{y[0]:g}"
        raise HoldoutError(
            f"{name}: target {column} is {value} in each of {counted(len(y), 'row')}; expected at least 2 values"
        )
    if len(y) < PARTS:
        raise HoldoutError(
            f"{name}: found {counted(len(y), 'row')}, expected at least {PARTS}: one for each part of the split"
        )
    if classes:
        enough_per_class(name, y, column, classes)


def enough_per_class(name: str, y: np.ndarray, column: str, classes: Sequence[str]) -> None:
    counts = np.bincount(y, minlength=len(classes))
    if (counts < PARTS).any():
        rare = int((counts < PARTS).argmax())
        raise HoldoutError(
            f"{name}: class {classes[rare]} of target {column} has {counted(counts[rare], 'row')}, expected at least "
            f"{PARTS} (training, validation, test); add rows, merge it, or set data.task: regression if these are "
            "amounts"
        )


def notes(y: np.ndarray, same: np.ndarray, X: np.ndarray, features: Sequence[str]) -> tuple[str, ...]:
    """Findings that are no error: repeated rows, equal inputs with different targets, constant columns.

    same: (rows,) equal numbers for rows with equal inputs.
    """
    found = []
    repeated = len(same) - len(np.unique(same))
    if repeated:
        found.append(f"{repeated} of {len(same)} rows repeat the inputs of another row; they stay in one part")
        pairs = np.unique(np.stack([same, np.unique(y, return_inverse=True)[1]]), axis=1)
        conflicts = int((np.unique(pairs[0], return_counts=True)[1] > 1).sum())
        if conflicts:
            found.append(
                f"{counted(conflicts, 'set of rows has', 'sets of rows have')} equal inputs but different targets"
            )
    constant = [name for name, low, high in zip(features, X.min(axis=0), X.max(axis=0), strict=True) if low == high]
    if constant:
        listed = ", ".join(constant[:5]) + (", …" if len(constant) > 5 else "")
        found.append(
            f"{len(constant)} of {len(features)} columns {'is' if len(constant) == 1 else 'are'} constant: {listed}"
        )
    return tuple(found)


def absent_classes(y: np.ndarray, parts: Sequence[np.ndarray], classes: Sequence[str]) -> list[str]:
    """One line per class that time, groups, repeated rows or rarity keep out of a part.

    y: (rows,) class indices, or (rows, labels) flags: a label is in a part that has rows with it and without it.
    Raises HoldoutError when a class has no training row: it could never be learned.
    """
    notes = []
    for index, name in enumerate(classes):
        missing = [part for part, rows in zip(NAMES, parts, strict=True) if not _there(y[rows], index)]
        word = "class" if y.ndim == 1 else "label"
        lacks = "no row" if y.ndim == 1 else "the same value in each row"
        if NAMES[0] in missing:
            where = "in the training part" if y.ndim == 1 else "of the training part"
            raise HoldoutError(
                f"{word} {name} has {lacks} {where}: its rows are few, late, equal or in one group; "
                f"add rows of it, remove the {word}, or change split.seed, data.groups or the column of time"
            )
        notes += [f"{word} {name} has {lacks} {'in' if y.ndim == 1 else 'of'} the {part} part" for part in missing]
    return notes


def _there(y: np.ndarray, index: int) -> bool:
    if y.ndim == 1:
        return bool((y == index).any())
    return bool(y[:, index].any() and not y[:, index].all())
