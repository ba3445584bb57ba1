"""The rules of claims 13 to 19 come out each way, on results that are made up."""

from typing import Any

import pytest

from pipeline.claims import (
    best_of_many,
    early_stopping,
    expanded_data,
    folds_compared,
    friction,
    lost_units,
    shrinking,
    sparse_weights,
)
from pipeline.claims.claim import CONFIRMED, LIMITED, NOT_CONFIRMED, Claim, graded
from tests.claims.small import small

SEEDS = list(range(10))
UP = [0.01 * (1 + seed / 10) for seed in SEEDS]  # differences that no chance would give all one sign


def early(clean: float, noisy: float, stopped: int = 10) -> dict[str, Any]:
    """By how much the last error is above the kept one, with and without wrong labels."""
    errors = {"0.0": clean, "0.2": noisy}
    return {
        share: [
            {
                "stopped": stopped,
                "kept": 5,
                "error_kept": 0.1,
                "error_last": 0.1 + sign * up,
                "loss_kept": 1,
                "loss_last": 1,
            }
            for up in UP
        ]
        for share, sign in errors.items()
    }


def best(many: float, test: float, second: float) -> dict[str, Any]:
    """By how much the best of K, its test score and the second look flatter, as shares of UP."""
    scores = [[[0.1, 0.1, 0.1]] * 6 + [[0.1 - many * up, 0.1 - test * up, 0.1]] for up in UP]
    looks = [[[0.1, 0.1, 0.1], *[[0.1, 0.1 - second * up, 0.1]] * 4] for up in UP]
    return {"best_of": scores, "looks": looks}


def ways(held_out: float, folded: float, halves: float) -> dict[str, Any]:
    """How far from the true error hold-out and the folds are, and by how much 2 folds are above leave-one-out."""
    return {"true": [0.1] * 10, "ways": [[0.1 + held_out * u, 0.1 + halves * u, 0.1 + folded * u, 0.1] for u in UP]}


def shrunk(norm: float, saturated: float, response: float) -> dict[str, Any]:
    """What L2 leaves of each, beside 1 without it."""
    sizes = {"norm": norm, "saturated": saturated, "response": response}
    return {
        "0": [dict.fromkeys(sizes, 1 + up) for up in UP],
        "0.001": [{name: size + up for name, size in sizes.items()} for up in UP],
    }


def zeros(subgradient: float, proximal: float) -> dict[str, Any]:
    """Shares of weights that are exactly 0, by each step of L1; one seed has a little less."""
    shares = {"subgradient": subgradient, "proximal": proximal}
    values = {step: [share] * 9 + [max(0, share - 0.01)] for step, share in shares.items()}
    return {
        step: {"0.001": [{"zero": value, "near": value, "error": 0.1} for value in own]} for step, own in values.items()
    }


def units(gap: float, harm: float) -> dict[str, Any]:
    """The gap with dropout, and the harm by removing half of the units, beside 1 without dropout."""

    def runs(gap: float, harm: float) -> list[dict[str, Any]]:
        found = {"train/error": 0.0, "train/loss": 0.0, "removed": [0.0, 0, 0, 0, 0, harm, 0, 0]}
        return [{**found, "validation/error": gap + up, "validation/loss": gap + up} for up in UP]

    return {"0.0": runs(1, 1), "0.5": runs(gap, harm)}


def arms(**errors: float) -> dict[str, Any]:
    """The held-out error of each expansion, beside 0.1 without."""
    return {name: [{"train": [0.0], "held_out": [error + up]} for up in UP] for name, error in errors.items()}


def speeds(steps: int, same: int, own: int, beyond: float = 0.5) -> dict[str, Any]:
    """Steps of μ = 0.9 beside 100 in the valley, its epochs beside 20 at one η, and beside 10 at the fastest."""
    valley = {"0.0": {"steps": 100, "beyond": [0]}, "0.9": {"steps": steps, "beyond": [0.1]}}
    valley["0.99"] = {"steps": 200, "beyond": [beyond]}

    def curves(epochs: int) -> list[list[float]]:
        return [[1.0] * (epochs - 1 + seed % 2) + [0.05] for seed in SEEDS]

    def name(mu: float, rate: float) -> str:
        return f"momentum={mu:g} learning_rate={rate:g}"

    rates = (0.003, 0.01, 0.03, 0.1, 0.3)
    images = {name(mu, rate): curves(25) for mu in (0, 0.9) for rate in rates}
    images |= {name(0, 0.01): curves(20), name(0.9, 0.01): curves(same)}
    images |= {name(0, 0.1): curves(10), name(0.9, 0.003): curves(own)}
    return {"valley": valley, "friction": {"0.9": 1e-15}, "images": images}


EACH_WAY: list[tuple[Claim, dict[str, Any], str]] = [
    (early_stopping.CLAIM, early(1, 1), CONFIRMED),
    (early_stopping.CLAIM, early(-0.1, 1), LIMITED),
    (early_stopping.CLAIM, early(-1, 1), NOT_CONFIRMED),
    (early_stopping.CLAIM, early(1, 1, stopped=50), NOT_CONFIRMED),
    (best_of_many.CLAIM, best(1, 0, 1), CONFIRMED),
    (best_of_many.CLAIM, best(1, 0, 0), LIMITED),
    (best_of_many.CLAIM, best(1, 1, 1), NOT_CONFIRMED),
    (best_of_many.CLAIM, best(0, 0, 1), NOT_CONFIRMED),
    (folds_compared.CLAIM, ways(2, 1, 1), CONFIRMED),
    (folds_compared.CLAIM, ways(2, 1, 0), LIMITED),
    (folds_compared.CLAIM, ways(1, 2, 1), NOT_CONFIRMED),
    (shrinking.CLAIM, shrunk(0.5, 0.5, 0.5), CONFIRMED),
    (shrinking.CLAIM, shrunk(0.5, 0.5, 1), LIMITED),
    (shrinking.CLAIM, shrunk(0.5, 1, 1), NOT_CONFIRMED),
    (sparse_weights.CLAIM, zeros(0.6, 0.6), CONFIRMED),
    (sparse_weights.CLAIM, zeros(0.0, 0.6), LIMITED),
    (sparse_weights.CLAIM, zeros(0.0, 0.505), NOT_CONFIRMED),
    (lost_units.CLAIM, units(0.5, 0.5), CONFIRMED),
    (lost_units.CLAIM, units(1, 0.5), LIMITED),
    (lost_units.CLAIM, units(1, 1), NOT_CONFIRMED),
    (expanded_data.CLAIM, arms(none=0.1, rotation=0.08, elastic=0.07, noise=0.09), CONFIRMED),
    (expanded_data.CLAIM, arms(none=0.1, rotation=0.08, elastic=0.07, noise=0.1), LIMITED),
    (expanded_data.CLAIM, arms(none=0.1, rotation=0.1, elastic=0.1, noise=0.1), NOT_CONFIRMED),
    (friction.CLAIM, speeds(20, 5, 5), CONFIRMED),
    (friction.CLAIM, speeds(20, 15, 15), LIMITED),
    (friction.CLAIM, speeds(90, 5, 5), NOT_CONFIRMED),
    (friction.CLAIM, speeds(20, 5, 5, beyond=0), NOT_CONFIRMED),
]


@pytest.mark.parametrize(("claim", "results", "outcome"), EACH_WAY, ids=lambda value: getattr(value, "name", ""))
def test_the_rule_comes_out_each_way(claim: Claim, results: dict[str, Any], outcome: str) -> None:
    assert claim.judge(small(claim), results).outcome == outcome


def test_momentum_makes_the_engine_overshoot_in_the_valley_and_friction_is_exact() -> None:
    settings = small(friction.CLAIM, seeds=[1], rows=60, epochs=1, momenta=[0.0], rates=[0.01], valley_steps=600)
    found = friction.CLAIM.measure(settings)
    assert found["valley"]["0.9"]["steps"] < found["valley"]["0.0"]["steps"] / 2
    assert max(found["valley"]["0.0"]["beyond"]) < 0.01 < max(found["valley"]["0.9"]["beyond"])
    assert max(found["friction"].values()) <= settings["exact"]


def test_per_cent_in_a_verdict_stand_apart() -> None:
    assert graded(True, True, f"{0.5:.0%}, 7.28 %").numbers == "50 %, 7.28 %"
