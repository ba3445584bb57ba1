"""Products, penalties, masks, initial weights and update rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nn.initializers import allocate, initialize
from pipeline.nn.optimizers import OPTIMIZERS, Factor, Optimizer, State, UpdateRule, clip
from pipeline.nn.outer import add_product
from pipeline.nn.regularizers import Regularizer, thinning

NO_PENALTY = Regularizer()


def rule_of(name: str, penalty: Regularizer = NO_PENALTY, **constants: float) -> UpdateRule:
    return OPTIMIZERS[name](Optimizer(name, **constants), penalty)


sizes = st.integers(1, 7)
seeds = st.integers(0, 2**32 - 1)


def one_layer(seed: int, units: int, inputs: int, batch: int, dtype: type = float) -> tuple[np.ndarray, Factor]:
    rng = np.random.default_rng(seed)
    w = allocate(inputs, units, (), np.dtype(dtype))
    w[...] = rng.standard_normal(w.shape)
    return w, Factor(
        rng.standard_normal((batch, units)).astype(dtype), rng.standard_normal((batch, inputs + 1)).astype(dtype)
    )


@given(seeds, sizes, sizes, sizes, st.sampled_from([np.float32, np.float64]), st.floats(-2, 2), st.floats(-2, 2))
def test_the_product_lands_in_place(
    seed: int, units: int, inputs: int, batch: int, dtype: type, alpha: float, beta: float
) -> None:
    w, (delta, y) = one_layer(seed, units, inputs, batch, dtype)
    expected = beta * w.astype(float) + alpha * delta.T.astype(float) @ y.astype(float)
    add_product(w, delta, y, alpha, beta)
    np.testing.assert_allclose(w, expected, rtol=1e-4, atol=1e-4)


def test_the_product_of_many_networks_is_that_of_each(rng: np.random.Generator) -> None:
    many = allocate(3, 2, (4,), np.dtype(float))
    delta, y = rng.standard_normal((4, 5, 2)), rng.standard_normal((4, 5, 4))
    add_product(many, delta, y, alpha=0.5, beta=0.9)
    for index in range(4):
        one = allocate(3, 2, (), np.dtype(float))
        add_product(one, delta[index], y[index], alpha=0.5, beta=0.9)
        np.testing.assert_allclose(many[index], one, rtol=1e-13)


@given(seeds, sizes, sizes, sizes, st.floats(0, 0.5), st.floats(0, 0.5))
def test_zero_momentum_is_plain_descent(seed: int, units: int, inputs: int, batch: int, l2: float, l1: float) -> None:
    (a, factor), (b, _) = one_layer(seed, units, inputs, batch), one_layer(seed, units, inputs, batch)
    for rule, w in ((rule_of("descent", Regularizer(l2, l1)), a), (rule_of("momentum", Regularizer(l2, l1)), b)):
        rule.update([w], rule.init([w]), [factor], [0.1])
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)


@given(seeds, st.floats(0.001, 1), st.floats(0, 1))
def test_weight_decay_is_the_gradient_of_the_l2_penalty(seed: int, rate: float, l2: float) -> None:
    """Notes §6: (1 − ηλ)w − η∇E, biases exempt."""
    w, factor = one_layer(seed, 3, 4, 5)
    gradient = -factor.delta.T @ factor.y / 5
    expected = w - rate * gradient
    expected[:, 1:] = (1 - rate * l2) * w[:, 1:] - rate * gradient[:, 1:]
    rule_of("descent", Regularizer(l2=l2)).update([w], State(), [factor], [rate])
    np.testing.assert_allclose(w, expected, rtol=1e-11, atol=1e-13)


def test_l1_steps_toward_zero_by_the_sign(rng: np.random.Generator) -> None:
    w, factor = one_layer(3, 3, 4, 5)
    gradient, before = -factor.delta.T @ factor.y / 5, w.copy()
    rule_of("descent", Regularizer(l1=0.2)).update([w], State(), [factor], [0.1])
    np.testing.assert_allclose(w[:, 1:], (before - 0.1 * gradient - 0.1 * 0.2 * np.sign(before))[:, 1:], rtol=1e-12)
    np.testing.assert_allclose(w[:, 0], (before - 0.1 * gradient)[:, 0], rtol=1e-12)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_the_proximal_step_comes_last_and_rests_at_0(name: str) -> None:
    """w ← sgn(w) max(0, |w| − ηλ₁) after the step without L1; biases exempt."""
    (w, factor), (plain, _) = one_layer(3, 3, 4, 5), one_layer(3, 3, 4, 5)
    for target, penalty in ((w, Regularizer(0.1, 3.0, l1_step="proximal")), (plain, Regularizer(0.1))):
        rule = rule_of(name, penalty)
        rule.update([target], rule.init([target]), [factor], [0.1])
    np.testing.assert_array_equal(w[:, 1:], np.sign(plain[:, 1:]) * np.maximum(0, np.abs(plain[:, 1:]) - 0.1 * 3.0))
    np.testing.assert_array_equal(w[:, 0], plain[:, 0])
    assert 0 < (w[:, 1:] == 0).sum() < w[:, 1:].size


@pytest.mark.parametrize(("step", "exact"), [("subgradient", False), ("proximal", True)])
def test_without_a_gradient_l1_brings_weights_to_0_or_to_and_fro_about_it(step: str, exact: bool) -> None:
    w, factor = one_layer(3, 3, 4, 5)
    still = factor._replace(delta=np.zeros_like(factor.delta))
    rule = rule_of("descent", Regularizer(l1=0.7, l1_step=step))
    for _ in range(100):
        rule.update([w], State(), [still], [0.1])
    assert np.abs(w[:, 1:]).max() <= 0.07
    assert (w[:, 1:] == 0).all() == exact


def test_momentum_is_the_notes_recursion() -> None:
    """v ← μv − η∇E(w), w ← w + v, from v = 0, three steps by hand on one weight with a constant gradient of −1."""
    w = allocate(1, 1, (), np.dtype(float))
    rule = rule_of("momentum", momentum=0.5)
    state = rule.init([w])
    for expected in (0.1, 0.1 + 0.15, 0.1 + 0.15 + 0.175):
        rule.update([w], state, [Factor(np.ones((1, 1)), np.array([[0.0, 1.0]]))], [0.1])
        np.testing.assert_allclose(w, [[0, expected]], rtol=1e-14)


@pytest.mark.parametrize("rule", [rule_of(name, momentum=0.9) for name in OPTIMIZERS])
def test_each_layer_has_its_own_rate(rule: UpdateRule) -> None:
    (a, factor), (b, _) = one_layer(1, 2, 3, 4), one_layer(1, 2, 3, 4)
    start = a.copy()
    rule.update([a, b], rule.init([a, b]), [factor, factor], [0.1, 0.3])
    np.testing.assert_allclose(b - start, 3 * (a - start), rtol=1e-12)


def steps(rule: UpdateRule, count: int) -> list[float]:
    """One weight with a constant gradient of −1, after each step."""
    w = allocate(1, 1, (), np.dtype(float))
    state, found = rule.init([w]), []
    for _ in range(count):
        rule.update([w], state, [Factor(np.ones((1, 1)), np.array([[0.0, 1.0]]))], [0.1])
        found.append(float(w[0, 1]))
    return found


def test_nesterov_looks_ahead_by_one_momentum_step() -> None:
    """v ← μv + η, w ← w + μv + η: 0.15, then v = 0.15 gives 0.175 more."""
    np.testing.assert_allclose(steps(rule_of("nesterov", momentum=0.5), 2), [0.15, 0.15 + 0.175], rtol=1e-14)


def test_adam_takes_steps_of_the_rate_while_the_gradient_stays() -> None:
    """Kingma & Ba 2015: with a constant gradient both corrected moments are exact, so each step is η (but for ε)."""
    np.testing.assert_allclose(steps(rule_of("adam"), 3), [0.1, 0.2, 0.3], rtol=1e-6)


def test_adam_by_hand_for_a_changing_gradient() -> None:
    w = allocate(1, 1, (), np.dtype(float))
    rule = rule_of("adam", beta1=0.8, beta2=0.6, epsilon=1e-3)
    state, first, second, expected = rule.init([w]), 0.0, 0.0, 0.0
    for t, g in enumerate((1.0, -3.0, 0.5), 1):
        rule.update([w], state, [Factor(np.full((1, 1), g), np.array([[0.0, 1.0]]))], [0.1])
        first, second = 0.8 * first + 0.2 * g, 0.6 * second + 0.4 * g * g
        expected += 0.1 * (first / (1 - 0.8**t)) / ((second / (1 - 0.6**t)) ** 0.5 + 1e-3)
        np.testing.assert_allclose(w[0, 1], expected, rtol=1e-12)


@pytest.mark.parametrize("limit", [0.5, 1e6])
def test_clipping_shortens_the_whole_gradient_and_keeps_its_direction(limit: float, rng: np.random.Generator) -> None:
    before = [rng.standard_normal((3, 4)), rng.standard_normal((2, 4))]
    after = [g.copy() for g in before]
    clip(after, limit)
    norm = np.sqrt(sum(np.square(g).sum() for g in before))
    for a, b in zip(after, before, strict=True):
        np.testing.assert_allclose(a, b * min(1, limit / norm), rtol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rate", [0.2, 0.5, 0.9])
def test_dropout_keeps_the_mean(rate: float, dtype: type, rng: np.random.Generator) -> None:
    mask = np.empty((400, 500), dtype)
    thinning(rng.random(mask.shape, dtype), rate, mask)
    assert set(np.unique(mask)) <= {dtype(0), dtype(1) / dtype(1 - rate)}
    deviation = (rate / (1 - rate) / mask.size) ** 0.5
    assert abs(float(mask.mean(dtype=float)) - 1) < 5 * deviation


def test_fan_in_gives_fields_of_variance_one(rng: np.random.Generator) -> None:
    """Notes §4: with inputs of variance 1 and σ² = 1/m, E[v²] = mσ² = 1."""
    (w,) = initialize((300, 400), "fan_in", rng, np.dtype(float))
    v = np.hstack([np.ones((500, 1)), rng.standard_normal((500, 300))]) @ w.T
    assert abs(v.var() - 1) < 0.05
    assert not w[:, 0].any()


def test_the_same_draws_whatever_the_precision() -> None:
    single, double = (
        initialize((5, 4, 3), "fan_in", np.random.default_rng(1), np.dtype(d)) for d in (np.float32, np.float64)
    )
    for a, b in zip(single, double, strict=True):
        np.testing.assert_array_equal(a, b.astype(np.float32))


def test_adamw_decays_the_weights_beside_the_gradient() -> None:
    """By hand: w ← (1 − ηλ)w + η, for Adam's first step is η whatever the gradient; the bias is exempt."""
    w = allocate(1, 1, (), np.dtype(float))
    w[...] = [[2.0, 3.0]]
    rule = rule_of("adamw", weight_decay=0.5)
    rule.update([w], rule.init([w]), [Factor(np.array([[7.0]]), np.array([[1.0, 4.0]]))], [0.1])
    np.testing.assert_allclose(w, [[2.1, 3 * (1 - 0.05) + 0.1]], rtol=1e-7)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_biases_have_a_rate_of_their_own(name: str) -> None:
    """Steps of the biases are those of a rate that is so many times smaller; the others are as they were."""
    found = []
    for factor, rate in ((1.0, 0.1), (0.25, 0.1), (1.0, 0.025)):
        w, pair = one_layer(3, 2, 4, 5)
        rule = rule_of(name, bias_factor=factor)
        state = rule.init([w])
        for _ in range(3):
            rule.update([w], state, [pair], [rate])
        found.append(w)
    np.testing.assert_allclose(found[1][:, 1:], found[0][:, 1:], rtol=1e-12)
    np.testing.assert_allclose(found[1][:, 0], found[2][:, 0], rtol=1e-12)


def test_scales_of_the_inputs_follow_their_own_gradient(rng: np.random.Generator) -> None:
    """E(W s) = −Σ δᵢ (W s x)ᵢ: ∂E/∂s_j = −Σ_i δ_i W_ij x_j, and plain descent on W and s at once, by hand."""
    w, (delta, y) = one_layer(1, 3, 2, 1)
    y[:, 0] = 1
    base, s, scale_rate = w.copy(), np.ones(2), 0.3
    rule = rule_of("descent", input_scale=2.0)
    state = rule.init([w])
    for _ in range(3):
        rule.update([w], state, [Factor(delta, y)], [0.1, scale_rate])
        step = delta.T @ y
        of_scales = (step[:, 1:] * base[:, 1:]).sum(axis=0)
        base[:, 0] += 0.1 * step[:, 0]
        base[:, 1:] += 0.1 * step[:, 1:] * s
        s += scale_rate * of_scales
        np.testing.assert_allclose(w[:, 1:], base[:, 1:] * s, rtol=1e-12)
        np.testing.assert_allclose(w[:, 0], base[:, 0], rtol=1e-12)
