"""The compiled engine against the reference in NumPy, and its arithmetic against NumPy's."""

import dataclasses
import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from pipeline.arithmetic.cache import compiled
from pipeline.arithmetic.scalars import erf, exp, tanh
from pipeline.nn.activations import ACTIVATIONS, OUTPUT_ONLY, parse, tanh_linear, uncompiled
from pipeline.nn.compiled.engine import Engine
from pipeline.nn.initializers import initialize
from pipeline.nn.network import Architecture
from pipeline.nn.optimizers import Optimizer
from pipeline.nn.reference import Reference
from pipeline.nn.regularizers import Regularizer

RULES = [
    Optimizer(),
    Optimizer("momentum", momentum=0.9),
    Optimizer("nesterov", momentum=0.9),
    Optimizer("adam", beta1=0.8, beta2=0.9),
    Optimizer("descent", clip=0.05),
    Optimizer("momentum", momentum=0.5, clip=0.05),
    Optimizer("adamw", weight_decay=0.3, clip=0.05),
    Optimizer("adamw", weight_decay=0.3, bias_factor=0.2, input_scale=3.0),
    Optimizer("descent", bias_factor=0.2),
    Optimizer("momentum", momentum=0.9, input_scale=2.0, clip=0.5),
]
PENALTIES = [Regularizer(), Regularizer(l2=0.1), Regularizer(l1=0.01), Regularizer(l2=0.1, l1=0.01)]
PENALTIES += [Regularizer(l2=0.1, l1=0.1, l1_step="proximal")]
HEADS = [
    ("softmax", "cross_entropy"),
    ("logistic", "binary_cross_entropy"),
    ("identity", "squared_error"),
    ("tanh(0.5,1.2)", "squared_error"),
    ("softmax", "squared_error"),
]
HIDDEN = [name for name in ACTIVATIONS if name not in OUTPUT_ONLY and not uncompiled([name])]
HIDDEN += ["tanh(0.5,1.2)", "tanh_linear(0.3)"]


def trained(
    engine: type[Any],
    architecture: Architecture,
    rules: Optimizer,
    penalty: Regularizer,
    batch: int,
    dropout: float,
    rows: int,
    rate: float = 0.05,
    dtype: str = "float64",
) -> list[np.ndarray]:
    """Weights after two passes over the same rows, masks and weights of the examples."""
    rng, sizes = np.random.default_rng(5), architecture.sizes
    weights = initialize(sizes, "fan_in", rng, np.dtype(dtype))
    x = np.ones((rows, sizes[0] + 1), dtype)
    x[:, 1:] = rng.standard_normal((rows, sizes[0]))
    d = np.eye(sizes[-1], dtype=dtype)[rng.integers(0, sizes[-1], rows)]
    importance = rng.uniform(0.5, 1.5, rows).astype(dtype)
    made = engine(architecture, weights, rules, dataclasses.replace(penalty, dropout=dropout), batch)
    u = rng.random((rows, made.mask_units), np.dtype(dtype)) if dropout else None
    rates = [rate * (layer + 1) for layer in range(len(weights) + (rules.input_scale > 0))]
    for _ in range(2):
        made.train(x, d, rates, u, importance)
    return weights


def assert_equal_engines(*arguments: Any, **more: Any) -> None:
    tolerance = 1e-9 if more.get("dtype", "float64") == "float64" else 1e-4
    one, other = trained(Engine, *arguments, **more), trained(Reference, *arguments, **more)
    for layer, (a, b) in enumerate(zip(one, other, strict=True)):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=f"layer {layer + 1}")


@pytest.mark.parametrize("batch", [1, 5, 37])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("rules", RULES)
@pytest.mark.parametrize("penalty", PENALTIES)
def test_every_rule_penalty_and_batch_is_that_of_the_reference(
    rules: Optimizer, penalty: Regularizer, dropout: float, batch: int
) -> None:
    """37 rows: the last batch of 5 has 2."""
    architecture = Architecture((6, 5, 4, 3), ("tanh", "relu", "softmax"), "cross_entropy")
    assert_equal_engines(architecture, rules, penalty, batch, dropout, 37)


@pytest.mark.parametrize(("hidden", "head"), list(itertools.product(HIDDEN, HEADS)))
@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_every_activation_and_output_is_that_of_the_reference(
    hidden: str, head: tuple[str, str], batch: int, dropout: float
) -> None:
    architecture = Architecture((6, 5, 4, 3), (hidden, hidden, head[0]), head[1])
    rule = Optimizer("momentum", momentum=0.5)
    assert_equal_engines(architecture, rule, Regularizer(l2=0.1), batch, dropout, 22, rate=0.01)


@pytest.mark.parametrize("batch", [4, 400])
def test_an_activation_keeps_its_slope_under_any_name(batch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """φ′ of tanh v + αv can't be had from y; buffers sized by names ended in a corrupt heap."""
    monkeypatch.setitem(ACTIVATIONS, "leaky_tanh", tanh_linear)
    architecture = Architecture((6, 50, 40, 3), ("tanh", "leaky_tanh", "identity"), "squared_error")
    try:
        assert_equal_engines(architecture, Optimizer(), Regularizer(), batch, 0.0, 500, rate=0.01)
    finally:
        parse.cache_clear()


@pytest.mark.parametrize("batch", [1, 3, 4, 8])
@pytest.mark.parametrize("rules", [Optimizer(), Optimizer("momentum", momentum=0.9)])
@pytest.mark.parametrize("penalty", [Regularizer(), Regularizer(l2=0.3)])
@pytest.mark.parametrize("sizes", [(784, 30, 10), (200, 90, 20, 10), (600, 30)])
def test_steps_taken_in_blocks_are_the_same_steps(
    sizes: tuple[int, ...], rules: Optimizer, penalty: Regularizer, batch: int
) -> None:
    """A wide first layer with small batches; 153 rows: blocks and batches both end with fewer."""
    architecture = Architecture(sizes, ("tanh",) * (len(sizes) - 2) + ("softmax",), "cross_entropy")
    assert_equal_engines(architecture, rules, penalty, batch, 0.0, 153, rate=0.005)


@pytest.mark.slow
@pytest.mark.parametrize("batch", [2, 10, 40, 300])
@pytest.mark.parametrize("sizes", [(784, 30, 10), (784, 130, 101, 10), (70, 33, 10)])
def test_products_in_pieces_are_the_whole_product(sizes: tuple[int, ...], batch: int) -> None:
    """Every way of cutting the products, in both precisions."""
    architecture = Architecture(sizes, ("tanh",) * (len(sizes) - 2) + ("softmax",), "cross_entropy")
    for dtype in ("float32", "float64"):
        rule = Optimizer("nesterov", momentum=0.5)
        assert_equal_engines(architecture, rule, Regularizer(), batch, 0.2, 310, rate=1e-3, dtype=dtype)


@pytest.mark.parametrize("rules", [*RULES, Optimizer("descent")])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_large_batches_go_forward_in_parts_and_gather_their_own_rows(rules: Optimizer, dropout: float) -> None:
    """1,200 rows a batch, a part at a time, in an order, against the reference; the second batch has 300."""
    rng, sizes = np.random.default_rng(3), (7, 6, 3)
    architecture = Architecture(sizes, ("tanh", "softmax"), "cross_entropy")
    x = np.hstack([np.ones((1600, 1)), rng.standard_normal((1600, 7))])
    d, order = np.eye(3)[rng.integers(0, 3, 1600)], rng.permutation(1600)[:1500]
    importance, u, found = rng.uniform(0.5, 1.5, 1500), rng.random((1500, 6)), []
    for engine in (Engine, Reference):
        weights = initialize(sizes, "fan_in", np.random.default_rng(1), np.dtype(float))
        made = engine(architecture, weights, rules, Regularizer(l2=0.1, l1=0.01, dropout=dropout), 1200)
        for _ in range(3):
            made.train(x, d, [0.3, 0.2, 0.1][: 2 + (rules.input_scale > 0)], u if dropout else None, importance, order)
        found.append(weights)
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("batch", [1, 7, 60, 100])
@pytest.mark.parametrize("hidden", ["logistic", "tanh_linear(0.3)"])
@pytest.mark.parametrize("rules", [Optimizer(), Optimizer("momentum", momentum=0.9), Optimizer("adam")])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_rows_are_gathered_chunk_by_chunk_and_dead_units_stay_dead(
    hidden: str, rules: Optimizer, dropout: float, batch: int
) -> None:
    """210 of 250 rows in an order, 83 to a chunk; 30 hidden units are rounded up to 32, and 31 to 32."""
    rng, sizes = np.random.default_rng(3), (784, 30, 31, 4)
    architecture = Architecture(sizes, (hidden, hidden, "softmax"), "cross_entropy")
    x = np.hstack([np.ones((250, 1)), rng.standard_normal((250, 784))])
    d, order = np.eye(4)[rng.integers(0, 4, 250)], rng.permutation(250)[:210]
    importance, u, found = rng.uniform(0.5, 1.5, 210), rng.random((210, 61)), []
    for engine in (Engine, Reference):
        weights = initialize(sizes, "fan_in", np.random.default_rng(1), np.dtype(float))
        made = engine(architecture, weights, rules, Regularizer(l2=0.1, dropout=dropout), batch)
        for _ in range(3):
            made.train(x, d, [0.005, 0.004, 0.003], u if dropout else None, importance, order)
        found.append(weights)
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-10)


@settings(deadline=None, max_examples=60)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=5).map(tuple),
    batch=st.integers(1, 12),
    rows=st.integers(1, 25),
    dropout=st.sampled_from([0.0, 0.5]),
    rules=st.sampled_from(RULES),
)
def test_networks_of_any_shape_are_those_of_the_reference(
    sizes: tuple[int, ...], batch: int, rows: int, dropout: float, rules: Optimizer
) -> None:
    architecture = Architecture(sizes, ("logistic",) * (len(sizes) - 2) + ("identity",), "squared_error")
    assert_equal_engines(architecture, rules, Regularizer(l2=0.01), batch, dropout, rows)


@compiled
def _apply(x: Any, e: Any, t: Any, f: Any) -> None:
    for i in range(len(x)):
        e[i] = exp(x[i])
        t[i] = tanh(x[i])
        f[i] = erf(x[i])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp_tanh_and_erf_are_good_to_a_few_units_in_the_last_place(dtype: type) -> None:
    x = np.concatenate([np.linspace(-80, 80, 200_001), np.linspace(-1, 1, 20_001), np.logspace(-30, 1, 1000)])
    x = x.astype(dtype)
    e, t, f = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    _apply(x, e, t, f)
    true = x.astype(np.longdouble)
    for found, exact in ((e, np.exp(true)), (t, np.tanh(true)), (f, special.erf(x.astype(np.float64)))):
        units = np.abs(found - exact) / np.spacing(np.abs(exact).astype(dtype))
        assert units.max() < 5, x[units.argmax()]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_exp_tanh_and_erf_at_the_ends(dtype: type) -> None:
    x = np.array([-np.inf, -1e4, 0, 1e4, np.inf, np.nan], dtype)
    e, t, f = np.empty_like(x), np.empty_like(x), np.empty_like(x)
    _apply(x, e, t, f)
    np.testing.assert_allclose(f[:-1], [-1, -1, 0, 1, 1], atol=1e-7)
    np.testing.assert_allclose(t[:-1], [-1, -1, 0, 1, 1], atol=1e-7)
    assert (e[:2] < 1e-37).all() and (e[3:5] > 1e38).all() and e[2] == 1
    assert np.isnan([e[-1], t[-1], f[-1]]).all()


@pytest.mark.parametrize("rules", RULES)
def test_training_goes_on_from_a_snapshot_to_the_bit(rules: Optimizer, rng: np.random.Generator) -> None:
    architecture = Architecture((4, 5, 3), ("tanh", "softmax"), "cross_entropy")
    x, d = np.hstack([np.ones((30, 1)), rng.standard_normal((30, 4))]), np.eye(3)[rng.integers(0, 3, 30)]
    for kind in (Engine, Reference):
        weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(1), np.dtype(float))
        engine = kind(architecture, weights, rules, Regularizer(), 4)
        rates = [0.1] * (3 if rules.input_scale else 2)
        engine.train(x, d, rates)
        copies, saved = [w.copy(order="K") for w in weights], engine.snapshot()
        engine.train(x, d, rates)
        resumed = kind(architecture, copies, rules, Regularizer(), 4)
        resumed.restore(saved)
        resumed.train(x, d, rates)
        for a, b in zip(weights, copies, strict=True):
            np.testing.assert_array_equal(a, b)


def test_a_snapshot_of_another_network_is_refused() -> None:
    def engine(hidden: int) -> Engine:
        architecture = Architecture((2, hidden, 2), ("tanh", "softmax"), "cross_entropy")
        weights = initialize(architecture.sizes, "fan_in", np.random.default_rng(0), np.dtype(float))
        return Engine(architecture, weights, Optimizer("momentum", momentum=0.9), Regularizer(), 1)

    with pytest.raises(ValueError, match="of another network or rule"):
        engine(3).restore(engine(4).snapshot())


def test_a_diverging_network_shows_it_in_its_weights(rng: np.random.Generator) -> None:
    """No clipping inside exp or tanh may hide a NaN: the trial must be seen to have diverged."""
    architecture = Architecture((3, 4, 2), ("relu", "identity"), "squared_error")
    weights = initialize(architecture.sizes, "fan_in", rng, np.dtype(np.float32))
    x = np.hstack([np.ones((50, 1)), 100 * rng.standard_normal((50, 3))]).astype(np.float32)
    d = rng.standard_normal((50, 2)).astype(np.float32)
    engine = Engine(architecture, weights, Optimizer(), Regularizer(), 5)
    for _ in range(20):
        engine.train(x, d, [10.0, 10.0])
    assert not all(np.isfinite(w).all() for w in weights)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_error_is_subnormal_where_an_answer_is_sure(dtype: str) -> None:
    """Else a well trained network takes ten times as long: its δ, and η δ, would be multiplied at a crawl."""
    sizes, kind = (4, 8, 3), np.dtype(dtype)
    weights = [np.full((m, k + 1), 0.1, kind) for k, m in itertools.pairwise(sizes)]
    weights[1][0, 0] = 85 if dtype == "float32" else 700  # the first output is sure: the others are e^-85
    x, d = np.ones((2, 5), kind), np.eye(3, dtype=kind)[[0, 0]]
    engine = Engine(Architecture(sizes, ("tanh", "softmax"), "cross_entropy"), weights, Optimizer(), Regularizer(), 2)
    engine.train(x, d, [1e-3, 1e-3])
    deltas = np.abs(engine._space.v)
    assert not np.any((deltas > 0) & (deltas < np.finfo(kind).tiny))
