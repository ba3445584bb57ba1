"""Whether sparse rows can be trained on, which are made dense a few at a time."""

from typing import Any

from pipeline.feed.preprocessing import CHUNK
from pipeline.feed.sparsity import SparseRows, together
from pipeline.headroom import free_bytes
from pipeline.training.readout import CHUNK as MEASURED

COPIES = 3  # of rows that are dense: as they were, centered, and as the network takes them


def fitting(X: Any) -> SparseRows:
    """Rows of a CSR matrix, if as many of them as are used together fit into the memory that is free.

    Raises:
        ValueError: they don't.
    """
    dense = min(X.shape[0], max(MEASURED, together(X.shape[1], CHUNK)))
    needed, free = COPIES * dense * X.shape[1] * 8, free_bytes()
    if needed > free:
        raise ValueError(
            f"X is sparse, and {dense:,} of its rows of {X.shape[1]:,} columns take {needed / 2**30:.1f} GiB when "
            f"they are made dense, as they are a few at a time; free: {free / 2**30:.1f} GiB; reduce its columns first"
        )
    return SparseRows(X)
