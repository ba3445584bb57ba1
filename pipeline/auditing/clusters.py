"""Groups that no column names: rows that lie together in clumps, as the rows of one person or one device do."""

from typing import NamedTuple

import numpy as np
import scipy  # loads its parts when they are first used

from pipeline.auditing.views import nearest

Array = np.ndarray
NEIGHBORS = 8
MOST = 3_000  # rows that are looked at
WIDER = 1.6  # clumps stay apart while the distance that joins rows grows by this factor; chance clusters do not
LARGEST = 0.1  # of the rows: larger clumps are kinds of rows, such as classes
LEAST = 5  # clumps


class Clumps(NamedTuple):
    """share: of the rows that are in clumps; member: (rows,) the number of each row's clump, −1 in none."""

    share: float
    member: Array

    @property
    def number(self) -> int:
        return len(np.unique(self.member[self.member >= 0]))


def clumps(points: Array) -> Clumps:
    """Clumps of points (rows, d) that stay whole and apart over the widest range of distances.

    Single linkage: the rows that are joined at a distance are connected pieces of the minimum spanning tree. The share
    of rows in pieces of two rows to LARGEST of all is taken at its least between a distance and WIDER times that, and
    the distance where this is largest is the one.
    """
    rows = len(points)
    ends, lengths = _tree(points)
    shares = _shares(rows, ends)
    last = np.searchsorted(lengths, WIDER * lengths, side="right")
    worst = np.array([shares[start : stop + 1].min() for start, stop in zip(range(len(lengths)), last, strict=True)])
    best = int(worst.argmax())
    member = _pieces(rows, ends[: best + 1])
    sizes = np.bincount(member, minlength=rows)[member]
    member = np.where((sizes > 1) & (sizes <= LARGEST * rows), member, -1)
    found = Clumps(float(worst[best]), member)
    return found if found.number >= LEAST else Clumps(0.0, np.full(rows, -1))


def _tree(points: Array) -> tuple[Array, Array]:
    """Edges (n, 2) of the minimum spanning forest of the nearest neighbors, and their lengths (n,), rising."""
    distances, places = nearest(points, points, NEIGHBORS + 1)
    own = np.repeat(np.arange(len(points)), places.shape[1])
    kept = own != places.ravel()
    lengths = np.maximum(distances.ravel()[kept], 1e-9)
    graph = scipy.sparse.coo_array((lengths, (own[kept], places.ravel()[kept])), shape=(len(points),) * 2)
    graph = graph.tocsr()
    found = scipy.sparse.csgraph.minimum_spanning_tree(graph.maximum(graph.T)).tocoo()
    order = np.argsort(found.data, kind="stable")
    return np.stack([found.row, found.col], axis=1)[order], found.data[order]


def _shares(rows: int, ends: Array) -> Array:
    """(edges,) the share of rows in clumps once the edges up to each are joined."""
    leader, size = list(range(rows)), [1] * rows
    inside, found = 0, np.empty(len(ends))

    def first(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    def counted(rows_in: int) -> int:
        return rows_in if 1 < rows_in <= LARGEST * rows else 0

    for place, (one, other) in enumerate(ends.tolist()):
        one, other = first(one), first(other)
        inside += counted(size[one] + size[other]) - counted(size[one]) - counted(size[other])
        leader[other] = one
        size[one] += size[other]
        found[place] = inside / rows
    return found


def _pieces(rows: int, ends: Array) -> Array:
    graph = scipy.sparse.coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(rows, rows))
    found: Array = scipy.sparse.csgraph.connected_components(graph, directed=False)[1]
    return found
