"""Dealing rows to parts, by class, group and equality. Takes and returns index arrays only."""

import hashlib
from collections.abc import Sequence

import numpy as np
import scipy  # loads its parts when they are first used, which most commands never do

from pipeline.errors import HoldoutError

NAMES = ("training", "validation", "test")
Array = np.ndarray


def split(
    y: Array, groups: Array | None, ratio: Sequence[float], seed: int, stratify: bool, duplicates: Array | None = None
) -> tuple[Array, ...]:
    """Index arrays, sorted, one per part; together each of the rows once.

    y: (rows,) class indices (used when ``stratify``); groups, duplicates: (rows,) numbers; rows with an equal number
    in either stay in one part. Without such ties each part has its exact size, and each class is within one row of
    its share in each part. Raises HoldoutError when a part would have no row, or a class fewer rows than parts.
    """
    rng = np.random.default_rng(seed)
    strata = np.unique(y, return_inverse=True)[1] if stratify else np.zeros(len(y), np.int64)
    shares = quotas(np.bincount(strata), part_sizes(len(y), ratio), stratify)
    part = _deal(strata, tied(len(y), groups, duplicates), shares, rng)
    parts = tuple(np.flatnonzero(part == index) for index in range(len(ratio)))
    _none_empty([len(rows) for rows in parts], "groups and repeated rows leave too little to deal")
    return parts


def part_sizes(rows: int, ratio: Sequence[float]) -> Array:
    """Whole sizes in proportion to ``ratio`` that sum to ``rows``, by largest remainder."""
    exact = np.asarray(ratio, np.float64) / np.max(ratio)
    exact = rows * (exact / exact.sum())
    sizes: Array = np.floor(exact).astype(np.int64)
    order = np.argsort(sizes - exact, kind="stable")  # largest remainder first
    sizes[order[: rows - sizes.sum()]] += 1
    _none_empty(sizes, f"split.ratio {list(ratio)} is too uneven for {rows} rows")
    return sizes


def _none_empty(sizes: Sequence[int] | Array, reason: str) -> None:
    for name, size in zip(NAMES, sizes, strict=False):
        if size == 0:
            raise HoldoutError(f"the {name} part would have no rows: {reason}; expected at least 1 row in each part")


def quotas(per_class: Array, sizes: Array, stratify: bool = True) -> Array:
    """Rows of each class for each part, (classes, parts), with the sums ``per_class`` and ``sizes``.

    Each entry is its exact share n_c·s_p/N rounded down or up (controlled rounding, a transport problem, whose
    vertices are whole numbers); entries that would be 0 are rounded up first.
    """
    parts = len(sizes)
    if stratify and (per_class < parts).any():
        rare = int((per_class < parts).argmax())
        raise HoldoutError(f"class {rare} has {per_class[rare]} rows, expected at least {parts}: one for each part")
    total = int(per_class.sum())
    floor, rest = np.divmod(np.outer(per_class, sizes), total)
    gain = rest / total + (floor == 0)
    rows = np.kron(np.eye(len(per_class)), np.ones(parts))
    columns = np.tile(np.eye(parts), len(per_class))
    needed = np.concatenate([per_class - floor.sum(axis=1), sizes - floor.sum(axis=0)])
    bounds = np.stack([np.zeros(floor.size), (rest > 0).ravel()], axis=1)
    solved = scipy.optimize.linprog(
        -gain.ravel(), A_eq=np.vstack([rows, columns]), b_eq=needed, bounds=bounds, method="highs-ds"
    )
    found: Array = floor + np.rint(solved.x).astype(np.int64).reshape(floor.shape)
    return found


def tied(rows: int, *ties: Array | None) -> Array:
    """(rows,) numbers of units: rows that share a number in any of ``ties``, directly or through others."""
    links = [np.unique(tie, return_inverse=True)[1] for tie in ties if tie is not None]
    if not links:
        return np.arange(rows)
    # A graph of rows and the numbers they carry; units are its connected pieces.
    offsets = rows + np.cumsum([0, *(link.max() + 1 for link in links)])
    ends = np.concatenate([link + offset for link, offset in zip(links, offsets, strict=False)])
    starts = np.tile(np.arange(rows), len(links))
    graph = scipy.sparse.coo_array((np.ones(len(ends), bool), (starts, ends)), shape=(offsets[-1], offsets[-1]))
    found: Array = scipy.sparse.csgraph.connected_components(graph, directed=False)[1][:rows]
    return found


def _deal(strata: Array, units: Array, left: Array, rng: np.random.Generator) -> Array:
    """(rows,) part of each row. Units of several rows first, largest first; single rows fill what is left."""
    part = np.empty(len(strata), np.int64)
    left = left.copy()
    sizes = np.bincount(units)
    order = np.argsort(units, kind="stable")
    members = np.split(order, np.cumsum(sizes)[:-1])
    shuffled = rng.permutation(np.flatnonzero(sizes > 1))
    for unit in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
        classes = np.bincount(strata[members[unit]], minlength=len(left))
        chosen = _part_for(classes, left, rng)
        part[members[unit]] = chosen
        left[:, chosen] -= classes
    _deal_singles(part, strata, np.flatnonzero(sizes[units] == 1), left, rng)
    return part


def _part_for(classes: Array, left: Array, rng: np.random.Generator) -> int:
    """A part at random in proportion to the room it has left, among those where the unit fits; else the roomiest."""
    room = np.where((left >= classes[:, None]).all(axis=0), classes @ left, 0).astype(np.float64)
    if not room.any():
        return int(np.argmax(left.sum(axis=0)))
    return int(rng.choice(len(room), p=room / room.sum()))


def _deal_singles(part: Array, strata: Array, singles: Array, left: Array, rng: np.random.Generator) -> None:
    for index, room in enumerate(left):
        rows = rng.permutation(singles[strata[singles] == index])
        part[rows] = np.repeat(np.arange(len(room)), _fit(np.maximum(room, 0), len(rows)))


def _fit(room: Array, rows: int) -> Array:
    """``room``, cut in proportion where an oversized unit elsewhere has left fewer rows than room."""
    while room.sum() > rows:
        room = room.copy()
        room[np.argmax(room)] -= 1
    return room


def same_rows(X: Array) -> Array:
    """(rows,) equal numbers for rows of X (rows, features) with equal values; −0 equals 0."""
    seen: dict[bytes, int] = {}
    found = np.empty(len(X), np.int64)
    for index, row in enumerate(X):
        key = hashlib.blake2b((row + 0 if X.dtype.kind == "f" else row).tobytes(), digest_size=16).digest()
        found[index] = seen.setdefault(key, index)
    return found
