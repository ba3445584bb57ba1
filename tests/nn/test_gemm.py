"""Our own matrix product: what it computes, in which order, and that it touches nothing else."""

from fractions import Fraction

import numpy as np
import pytest

from pipeline.arithmetic.cache import compiled
from pipeline.nn.compiled.gemm import gemm, gemm_address, whole
from pipeline.nn.compiled.products import SHALLOW

Array = np.ndarray


@compiled
def product(
    address: int, shape: tuple[int, int, int], a: Array, a_row: int, a_step: int, b: Array, beta: float, c: Array,
    c_row: int,
) -> None:  # fmt: skip
    rows, width, depth = shape
    gemm(address, rows, width, depth, SHALLOW, a, 0, a_row, a_step, b, 1, width, beta, c, 2, c_row)


def computed(shape: tuple[int, int, int], turned: bool, beta: float, dtype: str) -> tuple[Array, Array, Array, Array]:
    """A, B, C before, and the whole buffer of C after C ← A B + βC, C's rows 3 apart and NaN around them."""
    rows, width, depth = shape
    rng, kind = np.random.default_rng(rows + width + depth), np.dtype(dtype).type
    a, b = rng.uniform(-1, 1, (rows, depth)).astype(dtype), rng.uniform(-1, 1, (depth, width)).astype(dtype)
    buffer = np.full(2 + rows * (width + 3), np.nan, dtype)
    before = rng.uniform(-1, 1, (rows, width)).astype(dtype) if beta else np.full((rows, width), np.nan, dtype)
    buffer[2:].reshape(rows, width + 3)[:, :width] = before
    lies, steps = (a.T, (1, rows)) if turned else (a, (depth, 1))
    flat_a, flat_b = np.ascontiguousarray(lies).reshape(-1), np.concatenate([np.zeros(1, dtype), b.reshape(-1)])
    product(gemm_address(np.dtype(dtype)), shape, flat_a, *steps, flat_b, kind(beta), buffer, width + 3)
    return a, b, before, buffer


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("beta", [0.0, 1.0, 0.25])
def test_every_edge_is_the_product_and_nothing_around_it_is_touched(beta: float, turned: bool, dtype: str) -> None:
    half = whole(1, np.dtype(dtype).itemsize)
    for rows in (1, 2, 5, 8, 12, 13, 29):
        for halves in (1, 2, 3, 4, 7, 13):
            for depth in (1, 3, SHALLOW + 5):
                a, b, before, buffer = computed((rows, halves * half, depth), turned, beta, dtype)
                found = buffer[2:].reshape(rows, halves * half + 3)
                expected = a.astype(float) @ b.astype(float) + (beta * before if beta else 0)
                bound = 1e-13 if dtype == "float64" else 5e-5
                np.testing.assert_allclose(found[:, : halves * half], expected, atol=bound)
                assert np.isnan(found[:, halves * half :]).all() and np.isnan(buffer[:2]).all()


def test_an_element_is_one_chain_of_fused_operations_in_blocks() -> None:
    """Rounded as exact fractions say: the same whatever the processor, and so whatever the tile."""
    width = whole(9, 8)
    a, b, before, buffer = computed((3, width, SHALLOW + 4), False, 0.25, "float64")
    found = buffer[2:].reshape(3, width + 3)
    for i, j in ((0, 0), (1, 7), (2, 8)):
        value = float(before[i, j])
        for low, beta in ((0, 0.25), (SHALLOW, 1.0)):
            total = 0.0
            for p in range(low, min(low + SHALLOW, SHALLOW + 4)):
                total = float(Fraction(float(a[i, p])) * Fraction(float(b[p, j])) + Fraction(total))
            value = float(Fraction(beta) * Fraction(value) + Fraction(total))
        assert found[i, j] == value
