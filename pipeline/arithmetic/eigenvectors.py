"""Eigenvalues and eigenvectors of a symmetric matrix, in an order of operations that is written down here.

Householder's reflections make it tridiagonal; QL steps with implicit Wilkinson shifts make that diagonal, and turn the
eigenvectors along (Golub & Van Loan, Matrix Computations, §8.3). Vectors are the rows of what is worked on, so that
all long loops run over what lies side by side, and none of them is a sum: no order is left to the compiler.
"""

import math

import numpy as np

from pipeline.arithmetic.cache import compiled, loop

Array = np.ndarray
STEPS = 60  # for one eigenvalue; two or three are usual
EPSILON = 2.0**-52


@loop
def _dot(a: Array, b: Array) -> float:
    total = 0.0
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


@loop
def _times(a: Array, v: Array, out: Array) -> None:
    """out ← A v for a symmetric A, row by row."""
    out[:] = 0.0
    for i in range(len(v)):
        row, factor = a[i], v[i]
        for j in range(len(out)):
            out[j] += factor * row[j]


@loop
def _reflect(a: Array, v: Array, w: Array) -> None:
    """A ← H A H with H = 1 − 2 v vᵀ and v of length 1, by w = 2 A v − 2 (vᵀ A v) v."""
    _times(a, v, w)
    share = _dot(v, w)
    for j in range(len(w)):
        w[j] = 2.0 * (w[j] - share * v[j])
    for i in range(len(v)):
        row, v_i, w_i = a[i], v[i], w[i]
        for j in range(len(row)):
            row[j] -= v_i * w[j] + w_i * v[j]


@loop
def _tridiagonal(a: Array, mirrors: Array, d: Array, e: Array) -> None:
    """A = Q T Qᵀ: the diagonals d (n,) and e (n,) of T, and the vectors of Q's reflections as rows of ``mirrors``."""
    n, w = len(a), np.empty(len(a))
    for k in range(n - 1):
        d[k] = a[k, k]
        v, x = mirrors[k, k + 1 :], a[k, k + 1 :]
        length = math.sqrt(_dot(x, x))
        e[k] = -length if x[0] > 0.0 else length
        v[:] = x
        v[0] -= e[k]
        size = math.sqrt(_dot(v, v))
        if size > 0.0:
            for j in range(len(v)):
                v[j] /= size
            _reflect(a[k + 1 :, k + 1 :], v, w[k + 1 :])
    d[n - 1] = a[n - 1, n - 1]


@loop
def _reflections(mirrors: Array, q: Array) -> None:
    """Q, which is the product of all reflections, from q = 1."""
    n, u = len(q), np.empty(len(q))
    for k in range(n - 2, -1, -1):
        v = mirrors[k, k + 1 :]
        u[:] = 0.0
        for i in range(len(v)):
            row = q[k + 1 + i]
            for j in range(n):
                u[j] += v[i] * row[j]
        for i in range(len(v)):
            row, factor = q[k + 1 + i], 2.0 * v[i]
            for j in range(n):
                row[j] -= factor * u[j]


@loop
def _turn(one: Array, other: Array, c: float, s: float) -> None:
    """Two vectors, turned in their plane."""
    for j in range(len(one)):
        x, y = one[j], other[j]
        one[j] = c * x - s * y
        other[j] = s * x + c * y


@loop
def _step(d: Array, e: Array, vectors: Array, low: int, high: int) -> None:
    """One QL step on the block from ``low`` to ``high`` of T, the vectors (rows) turned along."""
    ahead = (d[low + 1] - d[low]) / (2.0 * e[low])
    root = math.sqrt(ahead * ahead + 1.0)
    shift = d[low] - e[low] / (ahead + (root if ahead >= 0.0 else -root))
    c, s, carried, bulge = 1.0, 1.0, 0.0, d[high] - shift
    for i in range(high - 1, low - 1, -1):
        f, b = s * e[i], c * e[i]
        r = math.sqrt(f * f + bulge * bulge)
        e[i + 1] = r
        if r == 0.0:  # the block falls apart here
            d[i + 1] -= carried
            e[high] = 0.0
            return
        s, c = f / r, bulge / r
        rest = d[i + 1] - carried
        turned = (d[i] - rest) * s + 2.0 * c * b
        carried = s * turned
        d[i + 1] = rest + carried
        bulge = c * turned - b
        _turn(vectors[i], vectors[i + 1], c, s)
    d[low] -= carried
    e[low], e[high] = bulge, 0.0


@loop
def _end_of_block(e: Array, low: int) -> int:
    """The first place from ``low`` on whose e is nothing beside the largest number of the matrix, which is 1."""
    for m in range(low, len(e) - 1):
        if abs(e[m]) <= EPSILON:
            return m
    return len(e) - 1


@compiled
def _solve(a: Array, d: Array, vectors: Array) -> bool:
    """Eigenvalues into d, eigenvectors into the rows of ``vectors``; A is lost. False if it doesn't end."""
    n, e = len(a), np.zeros(len(a))
    mirrors, q = np.zeros((n, n)), np.eye(n)
    _tridiagonal(a, mirrors, d, e)
    _reflections(mirrors, q)
    vectors[:] = q.T
    for low in range(n):
        for _ in range(STEPS):
            high = _end_of_block(e, low)
            if high == low:
                break
            _step(d, e, vectors, low, high)
        if _end_of_block(e, low) != low:
            return False
    return True


def eigenvectors(a: Array) -> tuple[Array, Array]:
    """Eigenvalues (n,), falling, and eigenvectors, the rows of (n, n), of length 1, of a symmetric matrix (n, n).

    Raises:
        ValueError: it holds something that is not finite.
    """
    a = np.array(a, np.float64)
    largest = float(np.abs(a).max(initial=0.0))
    if not math.isfinite(largest):
        raise ValueError("a matrix that is not finite has no eigenvectors")
    scale = largest if largest > 0 else 1.0
    values, vectors = np.empty(len(a)), np.empty(a.shape)
    if not _solve(a / scale, values, vectors):
        raise ValueError(f"the eigenvalues of a matrix of {len(a)} rows were not found in {STEPS} steps each")
    order = np.argsort(-values, kind="stable")
    return values[order] * scale, vectors[order]
