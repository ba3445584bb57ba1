"""Bounds on the errors of the functions of the room, in units in the last place; they are the promise of the docs."""

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from scipy import special

from pipeline.arithmetic import elementwise, scalars
from pipeline.arithmetic.cache import compiled
from pipeline.arithmetic.draws import standard_normal
from pipeline.arithmetic.exponents import power
from pipeline.arithmetic.softmax import log_softmax, log_sum, softmax
from tests.arithmetic import exact

rng = np.random.default_rng(3)
LINE = rng.uniform(-20, 20, 150)
NEAR = np.concatenate([rng.uniform(-1, 1, 150), [0.0, 1e-8]])
WIDE = rng.uniform(-700, 700, 150)
POSITIVE = np.concatenate([np.exp(WIDE), rng.uniform(0.6, 1.7, 150)])


@pytest.mark.parametrize(
    ("function", "of", "x", "bound"),
    [
        (elementwise.exp, exact.exp, WIDE, 2.0),
        (elementwise.exp, exact.exp, NEAR, 2.0),
        (elementwise.log, exact.log, POSITIVE, 2.0),
        (elementwise.softplus, exact.softplus, LINE, 3.0),
        (elementwise.logistic, exact.logistic, LINE, 2.0),
        (elementwise.sine, exact.sine, rng.uniform(-0.24, 0.24, 150), 1.5),
    ],
)
def test_double_functions_are_good_to_a_few_units_in_the_last_place(
    function: Callable[..., np.ndarray], of: Callable[[Decimal], Decimal], x: np.ndarray, bound: float
) -> None:
    assert exact.ulps(function(x), of, x) <= bound


@compiled
def exp_tanh_erf(x: np.ndarray, found: np.ndarray) -> None:
    for i in range(len(x)):
        found[0, i], found[1, i], found[2, i] = scalars.exp(x[i]), scalars.tanh(x[i]), scalars.erf(x[i])


@pytest.mark.parametrize(
    ("dtype", "bounds"), [("float32", (1.0, 4.5, 2.5)), ("float64", (2.0, 1.5, 2.5))], ids=["float32", "float64"]
)
@pytest.mark.parametrize("x", [rng.uniform(-6, 6, 200), NEAR], ids=["wide", "near"])
def test_the_functions_of_the_units_are_good_to_a_few_units_in_the_last_place(
    x: np.ndarray, dtype: str, bounds: tuple[float, ...]
) -> None:
    x = x.astype(dtype)
    found = np.empty((3, len(x)), dtype)
    exp_tanh_erf(x, found)
    for values, of, bound in zip(found, (exact.exp, exact.tanh, exact.erf), bounds, strict=True):
        assert exact.ulps(values, of, x) <= bound


def test_functions_hold_at_the_ends_and_pass_on_what_is_no_number() -> None:
    ends = np.array([-np.inf, -1.0, 0.0, np.inf, np.nan])
    np.testing.assert_array_equal(elementwise.log(ends), [np.nan, np.nan, -np.inf, np.inf, np.nan])
    np.testing.assert_array_equal(elementwise.exp(ends[[0, 2, 3, 4]]), [0, 1, np.inf, np.nan])
    np.testing.assert_array_equal(elementwise.softplus(ends[[0, 3, 4]]), [0, np.inf, np.nan])


def test_turns_come_around_to_the_bit() -> None:
    t = rng.integers(-64, 64, 50) / 256
    np.testing.assert_array_equal(elementwise.sine(t + 7), elementwise.sine(t))
    np.testing.assert_array_equal(elementwise.cosine([0, 0.25, 0.5, 0.75]), [1, 0, -1, 0])
    np.testing.assert_allclose(elementwise.sine(LINE), np.sin(2 * np.pi * LINE), atol=1e-13)


def test_quantiles_are_those_of_the_normal_distribution() -> None:
    p = np.concatenate([rng.random(1000), 10.0 ** rng.uniform(-290, -1, 1000), 1 - 10.0 ** rng.uniform(-15, -1, 1000)])
    np.testing.assert_allclose(elementwise.quantile(p), special.ndtri(p), rtol=2e-15)
    assert elementwise.quantile(0.5) == 0


def test_normal_draws_have_the_moments_of_the_normal_distribution() -> None:
    """Of a million: the fourth moment is 3, and the tails are there."""
    x = standard_normal(np.random.default_rng(0), (10**6,))
    assert abs(x.mean()) < 0.004 and abs(x.std() - 1) < 0.003 and abs((x**4).mean() - 3) < 0.03
    assert 4.3 < x.max() < 6 and -6 < x.min() < -4.3


def test_softmax_is_stable_and_sums_to_one() -> None:
    z = np.array([[1000.0, 0.0, -1000.0], [0.1, 0.2, 0.3]])
    np.testing.assert_allclose(log_softmax(z), special.log_softmax(z, axis=-1), rtol=1e-15, atol=1e-300)
    np.testing.assert_allclose(softmax(z).sum(axis=-1), 1, rtol=1e-15)
    np.testing.assert_allclose(log_sum(z[:, 1:]), special.logsumexp(z[:, 1:], axis=0), rtol=1e-15)


def test_whole_powers_are_products() -> None:
    assert [power(0.5, n) for n in range(4)] == [1, 0.5, 0.25, 0.125]
    assert power(0.999, 12345) == pytest.approx(0.999**12345, rel=1e-12)
