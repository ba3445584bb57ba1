"""Looking at a network by the compiled passes gives what the reference gives; a row's readout is its own."""

import numpy as np
import pytest

from pipeline.nn import reference
from pipeline.nn.compiled import measuring
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from tests.nn.test_compiled import HEADS, HIDDEN


def network(head: tuple[str, str], hidden: str = "tanh") -> tuple[Architecture, list[np.ndarray]]:
    sizes = (7, 12, 9, 3)
    weights = initialize(sizes, "fan_in", np.random.default_rng(2), np.dtype(float))
    return Architecture(sizes, (hidden, hidden, head[0]), head[1]), weights


def rows(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(count)
    x = np.hstack([np.ones((count, 1)), rng.standard_normal((count, 7))])
    return x, np.eye(3)[rng.integers(0, 3, count)], rng.uniform(0.5, 1.5, count)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("count", [0, 1, 2, 335, 700])
def test_the_readout_is_that_of_the_reference(head: tuple[str, str], count: int) -> None:
    """Parts of 334 rows: 335 would leave a single one."""
    known, (x, _, _) = network(head), rows(count)
    expected = reference.readout(*known, x)
    np.testing.assert_allclose(measuring.readout(*known, x), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("weighed", [False, True])
def test_a_probe_is_that_of_the_reference(head: tuple[str, str], hidden: str, weighed: bool) -> None:
    known, (x, d, importance) = network(head, hidden), rows(32)
    known_rows = x, d, importance if weighed else None
    found, expected = measuring.probed(*known, *known_rows), reference.probed(*known, *known_rows)
    for one, other in zip(found, expected, strict=True):
        for a, b in zip(one, other, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_slopes_are_those_of_many_parts() -> None:
    known, known_rows = network(HEADS[0]), rows(700)
    found, expected = measuring.probed(*known, *known_rows), reference.probed(*known, *known_rows)
    for a, b in zip(found.slopes, expected.slopes, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
