"""How often intervals hold the true score, by simulation: ``python -m tests.reporting.simulated`` (make coverage).

Losses are drawn thousands of times at once, as (times, units), and the interval is asked for each.
"""

from collections.abc import Callable

import numpy as np
from scipy import stats

from pipeline.reporting.evidence import Evidence, of_mean, of_share
from pipeline.reporting.intervals import interval

Rng = np.random.Generator
Draw = Callable[[Rng, int], np.ndarray]
SIZES = (5, 10, 30, 100, 700)
NORMAL, SKEWED = "normal", "lognormal"
# Losses: how to draw them, and their true mean. Squared errors of normal residuals are χ² of one degree.
LOSSES: dict[str, tuple[Draw, float]] = {
    NORMAL: (lambda rng, n: rng.normal(10, 1, n), 10.0),
    "squared normal": (lambda rng, n: rng.normal(size=n) ** 2, 1.0),
    "exponential": (lambda rng, n: rng.exponential(size=n), 1.0),
    SKEWED: (lambda rng, n: rng.lognormal(size=n), float(np.exp(0.5))),
}
RATES = (0.001, 0.01, 0.05, 0.1, 0.3, 0.5)


def of_losses(name: str, n: int, times: int, rng: Rng) -> float:
    """How often the interval of the mean of n losses holds the true one."""
    draw, true = LOSSES[name]
    return float(np.mean([_holds(of_mean(draw(rng, n)), true) for _ in range(times)]))


def of_counts(rate: float, n: int) -> float:
    """How often, exactly, the interval of a count of n rows holds the true rate: a sum over all counts."""
    chance = stats.binom.pmf(np.arange(n + 1), n, rate)
    known = (Evidence(kind="count", score=wrong / n, units=n, by="rows", least=n) for wrong in range(n + 1))
    return float(sum(share for share, one in zip(chance, known, strict=True) if _holds(one, rate)))


def of_persons(rate: float, persons: int, alike: float, times: int, rng: Rng, sizes: tuple[int, ...] = (20,)) -> float:
    """How often, where each person's rows are wrong at a rate of their own; ``alike`` is their correlation."""
    groups = np.repeat(np.arange(persons), np.resize(sizes, persons))
    strength = 1 / alike - 1 if alike else np.inf

    def once() -> bool:
        own = np.full(persons, rate) if not alike else rng.random(persons) < rate
        if 0 < alike < 1:
            own = rng.beta(rate * strength, (1 - rate) * strength, persons)
        return _holds(of_share(rng.random(len(groups)) < own[groups], groups=groups), rate)

    return float(np.mean([once() for _ in range(times)]))


def _holds(known: Evidence, true: float) -> bool:
    bounds = interval(known)
    return bounds is None or bounds[0] - 1e-9 <= true <= bounds[1] + 1e-9


def main(times: int = 10_000) -> None:
    rng = np.random.default_rng(559)
    print("interval of a mean (95 % wanted), % of simulations that held the true mean")
    print(f"{'losses':<18}" + "".join(f"{f'n={n}':>8}" for n in SIZES))
    for name in LOSSES:
        print(f"{name:<18}" + "".join(f"{100 * of_losses(name, n, times, rng):8.1f}" for n in SIZES), flush=True)
    print("interval of a count, % of cases, exactly")
    for rate in RATES:
        print(f"{f'true rate {rate:g}':<18}" + "".join(f"{100 * of_counts(rate, n):8.1f}" for n in SIZES), flush=True)
    rates = np.linspace(0.001, 0.999, 199)
    print(f"{'least of 199 rates':<18}" + "".join(f"{100 * min(of_counts(r, n) for r in rates):8.1f}" for n in SIZES))
    print("interval of a share, 20 rows a person, % of simulations by persons")
    print(f"{'rate, correlation':<18}" + "".join(f"{f'{k}':>8}" for k in SIZES[:4]))
    for rate in (0.5, 0.1, 0.03):
        for alike in (0.0, 0.1, 0.5, 1.0):
            held = (of_persons(rate, k, alike, times // 5, rng) for k in SIZES[:4])
            print(f"{f'{rate:g}, {alike:g}':<18}" + "".join(f"{100 * share:8.1f}" for share in held), flush=True)


if __name__ == "__main__":
    main()
