import itertools
import re

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from pipeline.nn.activations import ACTIVATIONS, Kind, parse
from tests.nn.numeric import assert_slope

NAMES = [*ACTIVATIONS, "tanh(0.5,1.2)", "tanh_linear(0.3)"]
V = np.linspace(-3, 3, 601)[None, :]


def phi(name: str, v: np.ndarray) -> np.ndarray:
    out = np.empty_like(v)
    parse(name).forward(v.copy(), out)
    return out


@pytest.mark.parametrize("name", NAMES)
def test_backward_is_the_derivative(name: str, rng: np.random.Generator) -> None:
    v, weight = rng.standard_normal((4, 7)) * 2, rng.standard_normal((4, 7))
    e = weight.copy()
    parse(name).backward(e, v.copy(), phi(name, v))
    assert_slope(lambda: float((weight * phi(name, v)).sum()), [v], [e], seed=3)


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("tanh", np.tanh),
        ("lecun_tanh", lambda v: 1.7159 * np.tanh(2 / 3 * v)),
        ("tanh(0.5,1.2)", lambda v: 1.2 * np.tanh(0.5 * v)),
        ("tanh(2)", lambda v: np.tanh(2 * v)),
        ("tanh_linear", lambda v: np.tanh(v) + 0.1 * v),
        ("tanh_linear(0.3)", lambda v: np.tanh(v) + 0.3 * v),
        ("logistic", expit),
        ("relu", lambda v: np.maximum(v, 0)),
        ("selu", lambda v: 1.0507009873554805 * np.where(v > 0, v, 1.6732632423543772 * np.expm1(v))),
        ("silu", lambda v: v * expit(v)),
        ("gelu", lambda v: v * norm.cdf(v)),
        ("mish", lambda v: v * np.tanh(np.log1p(np.exp(v)))),
        ("identity", lambda v: v),
        ("softmax", lambda v: np.exp(v) / np.exp(v).sum()),
    ],
)
def test_forward_is_the_formula(name: str, formula: object) -> None:
    np.testing.assert_allclose(phi(name, V), formula(V), rtol=1e-13, atol=1e-15)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["tanh", "tanh(0.5,1.2)", "lecun_tanh", "tanh_linear(0.3)", "identity"])
def test_odd_functions_are_odd(name: str) -> None:
    np.testing.assert_array_equal(phi(name, -V), -phi(name, V))


def test_lecun_tanh_is_one_at_one_and_most_curved_there() -> None:
    """Notes §4: φ(1) = 1, φ(−1) = −1 and |φ″| largest at 1, as far as the rounded 1.7159 and 2/3 allow."""
    at_one = phi("lecun_tanh", np.array([[1.0, -1.0]]))
    np.testing.assert_allclose(at_one, [[1, -1]], atol=1e-4)
    fine = np.linspace(0, 3, 30001)
    curvature = np.abs(np.gradient(np.gradient(phi("lecun_tanh", fine[None])[0], fine), fine))
    assert abs(fine[curvature.argmax()] - 1) < 0.02


def test_selu_keeps_mean_0_and_variance_1_of_normal_fields() -> None:
    """Klambauer et al. 2017, by quadrature."""
    v = np.linspace(-12, 12, 200_001)
    density, y = norm.pdf(v), phi("selu", v[None])[0]
    mean, square = (np.trapezoid(moment * density, v) for moment in (y, y * y))
    np.testing.assert_allclose([mean, square], [0, 1], atol=1e-6)


def test_softmax_survives_large_fields() -> None:
    y = phi("softmax", np.array([[1000.0, 0.0, -1000.0]]))
    np.testing.assert_allclose(y, [[1, 0, 0]], atol=1e-300)


@pytest.mark.parametrize("name", NAMES)
def test_values_stay_between_the_asymptotes_and_come_near_them(name: str) -> None:
    """Notes §4: targets belong between them, with a guard interval. Tails may be as slow as 1/v."""
    unit = parse(name)
    grids = (np.linspace(-end, end, 1001) for end in (7, 70, 700))
    found = [phi(name, np.stack([v, np.zeros_like(v)], axis=-1))[:, 0] for v in grids]
    for limit, gaps in (
        (unit.low, [y.min() - unit.low for y in found]),
        (unit.high, [unit.high - y.max() for y in found]),
    ):
        assert min(gaps) >= 0
        if np.isfinite(limit):
            assert all(after <= max(before / 2, 1e-12) for before, after in itertools.pairwise(gaps)), gaps
    ends = [(y.min(), y.max()) for y in found]
    turns_back = name in ("silu", "gelu", "mish")  # from a least value to 0: neither a bound nor an asymptote
    assert np.isfinite(unit.low) or turns_back or ends[0][0] > ends[1][0] > ends[2][0]
    assert np.isfinite(unit.high) or ends[0][1] < ends[1][1] < ends[2][1]
    if np.isfinite([unit.low, unit.high]).all() and name != "softmax":
        assert 0 < unit.guard < (unit.high - unit.low) / 2


@pytest.mark.parametrize("name", NAMES)
def test_the_steepest_slope_is_that_of_a_unit_that_saturates(name: str) -> None:
    """The largest φ′ where an asymptote is finite, else 0: what diagnostics hold saturation against."""
    unit, v = parse(name), np.linspace(-20, 20, 4001)[:, None]
    slope = np.ones_like(v)
    unit.backward(slope, v.copy(), phi(name, v))
    saturates = np.isfinite([unit.low, unit.high]).any()
    np.testing.assert_allclose(unit.steepest, slope.max() if saturates else 0, rtol=1e-5)


def test_every_kind_is_the_family_of_an_activation() -> None:
    assert {parse(name).kind for name in ACTIVATIONS} >= set(Kind)


def test_the_targets_of_lecun_tanh_are_one() -> None:
    unit = parse("lecun_tanh")
    np.testing.assert_allclose([unit.low + unit.guard, unit.high - unit.guard], [-1, 1], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tahn", "tahn is not one of tanh, lecun_tanh"),
        ("tanh(", "is not one of"),
        ("tanh(1,2,3)", "tanh takes constants above 0: tanh(alpha,beta)"),
        ("tanh(x)", "tanh takes constants above 0"),
        ("tanh(0)", "tanh takes constants above 0"),
        ("tanh(-1)", "tanh takes constants above 0"),
        ("tanh(nan)", "tanh takes constants above 0"),
        ("tanh_linear(1,2)", "tanh_linear takes constants above 0: tanh_linear(alpha)"),
        ("relu(2)", "relu takes no constants"),
        ("__class__", "is not one of"),
    ],
)
def test_a_wrong_name_says_what_is_allowed(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(name)
