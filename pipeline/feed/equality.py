"""Which rows are equal: found by a hash of each row, decided by their values; memory stays at one number per row."""

import numpy as np

Array = np.ndarray
CHUNK = 1 << 20  # bytes of rows that are looked at together: they should stay in the cache
WORD = np.dtype(np.uint64)
# Odd constants of Steele, Lea and Flood's generator (2014), which spreads every bit of a word over all others.
STEP, MIX = np.uint64(0x9E3779B97F4A7C15), (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))


def same_rows(X: Array) -> Array:
    """(rows,) the first row of X (rows, features) that has equal values; −0 equals 0, NaN equals NaN.

    Rows are sorted by the upper bits of a 64-bit hash, with their own number in the lower bits.
    """
    rows = len(X)
    firsts = np.arange(rows, dtype=np.int32 if rows < 2**31 else np.int64)
    lower = WORD.type(max(rows - 1, 1).bit_length())
    order, run = _suspects(_sorted_keys(X, lower), lower)
    while len(order):  # once more where two different rows have one hash
        heads = np.flatnonzero(np.diff(run, prepend=-1))
        leaders = np.repeat(order[heads], np.diff(heads, append=len(run)))
        equal = _equal(X, order, leaders)
        firsts[order[equal]] = leaders[equal]
        order, run = order[~equal], run[~equal]
    return firsts


def _sorted_keys(X: Array, lower: np.uint64) -> Array:
    """(rows,) for each row the upper bits of its hash, and its number in the ``lower`` ones."""
    keys = np.empty(len(X), WORD)
    for part in _chunks(X, len(X)):
        keys[part] = _hashes(X[part]) >> lower << lower | np.arange(part.start, part.stop, dtype=WORD)
    keys.sort()
    return keys


def _suspects(keys: Array, lower: np.uint64) -> tuple[Array, Array]:
    """Numbers of the rows (n,) that share their hash with another, and a number for each hash, rising, (n,)."""
    again = np.zeros(len(keys) + 1, bool)
    for part in _chunks(keys, len(keys) - 1):
        again[part.start + 1 : part.stop + 1] = np.diff(keys[part.start : part.stop + 1] >> lower) == 0
    places = np.flatnonzero(again[1:] | again[:-1])
    return (keys[places] & ~(~WORD.type(0) << lower)).astype(np.int64), np.cumsum(~again[places])


def _equal(X: Array, some: Array, others: Array) -> Array:
    """(n,) whether row some[i] equals row others[i]."""
    found = np.empty(len(some), bool)
    for part in _chunks(X, len(some)):
        found[part] = (_words(X[some[part]]) == _words(X[others[part]])).all(axis=1)
    return found


def _hashes(rows: Array) -> Array:
    """(rows,) a hash of each row: its words, mixed, in a sum with odd factors, mixed again."""
    words = _words(rows)
    _mix(words)
    words *= np.arange(1, 2 * words.shape[1], 2, dtype=WORD) * STEP | WORD.type(1)
    found: Array = words.sum(axis=1, dtype=WORD)
    _mix(found)
    return found


def _mix(words: Array) -> None:
    """Bijective, in place."""
    words += STEP
    for shift, factor in zip((30, 27), MIX, strict=True):
        words ^= words >> WORD.type(shift)
        words *= factor
    words ^= words >> WORD.type(31)


def _words(rows: Array) -> Array:
    """A copy of the rows as (rows, words) of 64 bits, where equal values have equal bits."""
    rows = np.asarray(rows)
    if rows.dtype.kind == "f":
        rows = rows + rows.dtype.type(0)  # −0 + 0 is 0
        rows[np.isnan(rows)] = np.nan
    missing = -rows.shape[1] * rows.itemsize % WORD.itemsize
    data = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
    padded = np.zeros((len(rows), data.shape[1] + missing), np.uint8)
    padded[:, : data.shape[1]] = data
    return padded.view(WORD)


def _chunks(X: Array, rows: int) -> list[slice]:
    step = max(1, CHUNK // max(1, X[:1].nbytes))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
