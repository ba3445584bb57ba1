"""The searches, and a grid, over one space with a budget of BUDGET epochs."""

import itertools
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from benchmarks.searches.tasks import EPOCHS
from pipeline.configuration.composing import Line
from pipeline.search.asking import Grid, Proposal, Search
from pipeline.search.drawn import Drawn, at_random, sobol
from pipeline.search.evolution import Evolution
from pipeline.search.parzen import Parzen
from pipeline.search.rounds import halving, rungs
from pipeline.search.space import SearchSpace, space_of

TRIALS = 48
BUDGET = TRIALS * EPOCHS
PARAMS = {
    "network.hidden": "[4],[8],[16],[32],[64]",
    "network.activation": "lecun_tanh,relu",
    "optimizer.batch_size": "tag(log,int(interval(4,64)))",
    "regularizer.l2": "tag(log,interval(0.000001,0.1))",
    "optimizer.name": "momentum,adam",
}
WHEN = {
    "optimizer.name=adam": {"optimizer.learning_rate": "tag(log,interval(0.0001,0.1))"},
    "optimizer.name=momentum": {
        "optimizer.learning_rate": "tag(log,interval(0.001,1))",
        "optimizer.momentum": "interval(0,0.99)",
    },
}
# Of the same space, as people lay a grid: 48 trials, in an order drawn by the seed.
GRID = {
    "network.hidden": ("[8]", "[32]"),
    "network.activation": ("lecun_tanh", "relu"),
    "optimizer.batch_size": ("16",),
    "regularizer.l2": ("0.0001", "0.01"),
}
RATES = {"adam": ("0.001", "0.01", "0.1"), "momentum": ("0.01", "0.1", "1")}


@cache
def space() -> SearchSpace:
    parser = OverridesParser.create()

    def parsed(params: Mapping[str, str]) -> tuple[Any, ...]:
        return tuple(parser.parse_overrides([f"{name}={value}" for name, value in params.items()]))

    branches = [(parser.parse_override(choice), parsed(params)) for choice, params in WHEN.items()]
    return space_of(Line(OmegaConf.create({}), True, [], parsed(PARAMS), branches))


def grid(seed: int) -> Search:
    """All of GRID with all rates, in an order that the seed draws."""
    jobs = []
    for values in itertools.product(*GRID.values()):
        same = [f"{name}={value}" for name, value in zip(GRID, values, strict=True)]
        for name, rates in RATES.items():
            rest = ["optimizer.momentum=0.9"] if name == "momentum" else []
            jobs += [(*same, f"optimizer.name={name}", f"optimizer.learning_rate={rate}", *rest) for rate in rates]
    assert len(jobs) == TRIALS
    return Grid([jobs[place] for place in np.random.default_rng(seed).permutation(TRIALS)])


def drawn(trials: int, seed: int) -> list[Proposal]:
    """Candidates at random."""
    return list(Drawn(space(), trials, seed, at_random).ask([]))


CONTESTANTS: dict[str, Callable[[int], Search]] = {
    "grid": grid,
    "random": lambda seed: Drawn(space(), TRIALS, seed, at_random),
    "sobol": lambda seed: Drawn(space(), TRIALS, seed, sobol),
    "tpe": lambda seed: Parzen(space(), TRIALS, 4, seed, 10),
    "cmaes": lambda seed: Evolution(space(), TRIALS, 8, seed),
    "halving": lambda seed: halving(drawn(204, seed), rungs(1, 3, EPOCHS), 3, 1),  # 479 epochs
}
