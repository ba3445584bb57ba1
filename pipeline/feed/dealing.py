"""Dealing rows to parts, by class, group and equality. Takes and returns index arrays only."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import scipy  # loads its parts when they are first used, which most commands never do

from pipeline.errors import HoldoutError
from pipeline.feed.equality import same_rows

NAMES = ("training", "validation", "test")
Array = np.ndarray
Seed = int | Sequence[int]


def split(
    y: Array, groups: Array | None, ratio: Sequence[float], seed: Seed, stratify: bool, duplicates: Array | None = None
) -> tuple[Array, ...]:
    """Index arrays, sorted, one per part; together each of the rows once.

    y: (rows,) class indices (used when ``stratify``); groups, duplicates: (rows,) numbers; rows with an equal number
    in either stay in one part. Without such ties each part has its exact size, and each class is within one row of
    its share in each part. Raises HoldoutError when a part would have no row, or a class fewer rows than parts.
    """
    rng = np.random.default_rng(seed)
    strata, counts = _strata(y) if stratify else (np.zeros(len(y), np.uint8), np.array([len(y)]))
    shares = quotas(counts, part_sizes(len(y), ratio), stratify)
    part = _deal(strata, _together(tied(len(y), groups, duplicates)), shares, rng)
    parts = tuple(np.flatnonzero(part == index) for index in range(len(ratio)))
    _none_empty([len(rows) for rows in parts], "groups and repeated rows leave too little to deal")
    return parts


def _strata(y: Array) -> tuple[Array, Array]:
    """(rows,) numbers of the classes that there are, and how many rows each has."""
    values, counts = np.unique(y, return_counts=True)
    return np.searchsorted(values, y).astype(np.min_scalar_type(len(values))), counts


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
    """(rows,) units: the first row of those that share a number in any of ``ties``, directly or through others."""
    units: Array = np.arange(rows, dtype=_index_type(rows))
    for tie in ties:
        units = units if tie is None else _joined(units, same_rows(tie[:, None]))
    return units


def _joined(units: Array, firsts: Array) -> Array:
    """Units of what is in one unit, or has one first row; both (rows,)."""
    repeated = _repeated(firsts)
    ends = np.stack([units[repeated], units[firsts[repeated]]])
    nodes, links = np.unique(ends, return_inverse=True)
    if not len(nodes):
        return units
    # A graph of the units that are linked; what becomes one unit is a connected piece of it.
    graph = scipy.sparse.coo_array((np.ones(len(repeated), bool), links.reshape(2, -1)), shape=(len(nodes),) * 2)
    pieces = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    leaders: Array = np.arange(len(units), dtype=units.dtype)
    leaders[nodes] = nodes[np.unique(pieces, return_index=True)[1]][pieces]
    found: Array = leaders[units]
    return found


def _repeated(firsts: Array) -> Array:
    """Rows that come after another of their unit."""
    return np.flatnonzero(firsts != np.arange(len(firsts), dtype=firsts.dtype))


def _index_type(rows: int) -> type:
    """Half the memory where it is enough."""
    return np.int32 if rows < 2**31 else np.int64


class _Together(NamedTuple):
    """Units of several rows: ``rows`` of unit after unit, where each unit starts among them, and its size.

    alone: (all rows,) whether a row is in none of them.
    """

    rows: Array
    starts: Array
    sizes: Array
    alone: Array


def _together(units: Array) -> _Together:
    repeated = _repeated(units)
    alone = np.ones(len(units), bool)
    alone[repeated] = alone[units[repeated]] = False
    rows = np.flatnonzero(~alone)
    rows = rows[np.argsort(units[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(units[rows], prepend=-1))
    return _Together(rows, starts, np.diff(starts, append=len(rows)), alone)


def _deal(strata: Array, units: _Together, left: Array, rng: np.random.Generator) -> Array:
    """(rows,) part of each row. Units of several rows first, largest first; single rows fill what is left."""
    part = np.empty(len(strata), np.uint8)
    left = left.copy()
    shuffled = rng.permutation(len(units.starts))
    for unit in shuffled[np.argsort(-units.sizes[shuffled], kind="stable")]:
        members = units.rows[units.starts[unit] :][: units.sizes[unit]]
        classes = np.bincount(strata[members], minlength=len(left))
        chosen = _part_for(classes, left, rng)
        part[members] = chosen
        left[:, chosen] -= classes
    _deal_singles(part, strata, units.alone, left, rng)
    return part


def _part_for(classes: Array, left: Array, rng: np.random.Generator) -> int:
    """A part at random in proportion to the room it has left, among those where the unit fits; else the roomiest."""
    room = np.where((left >= classes[:, None]).all(axis=0), classes @ left, 0).astype(np.float64)
    if not room.any():
        return int(np.argmax(left.sum(axis=0)))
    return int(rng.choice(len(room), p=room / room.sum()))


def _deal_singles(part: Array, strata: Array, alone: Array, left: Array, rng: np.random.Generator) -> None:
    for index, room in enumerate(left):
        rows = np.arange(len(part), dtype=_index_type(len(part)))[alone & (strata == index)]
        rng.shuffle(rows)
        counts = _fit(np.maximum(room, 0), len(rows))
        for chosen, mine in enumerate(np.split(rows, np.cumsum(counts)[:-1])):
            part[mine] = chosen


def _fit(room: Array, rows: int) -> Array:
    """``room``, cut in proportion where an oversized unit elsewhere has left fewer rows than room."""
    while room.sum() > rows:
        room = room.copy()
        room[np.argmax(room)] -= 1
    return room
