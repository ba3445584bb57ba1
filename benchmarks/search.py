"""Searches against one another at equal numbers of trained epochs: python -m benchmarks.search [--seeds 10].

Six data sets that are there without a network, each split anew for each seed; every trial trains as many epochs. Told
is how good the best trial so far is by its validation score, which is what a search goes by; not by a test score.
Runs go to benchmarks/results/search.csv as they end, and those that are there are not run again.
"""

import argparse
import csv
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from benchmarks.tables import dealt
from pipeline.configuration.composing import Line
from pipeline.configuration.params import DataParams
from pipeline.configuration.settings import resolve
from pipeline.data.bundled import BUNDLED
from pipeline.data.card import Card
from pipeline.feed.parting import deal
from pipeline.feed.rows import Rows
from pipeline.search.asking import Grid, Proposal, Search, Told
from pipeline.search.drawn import Drawn, at_random, sobol
from pipeline.search.evolution import Evolution
from pipeline.search.parzen import Parzen
from pipeline.search.space import SearchSpace, space_of
from pipeline.stages.prepare import card_of, load
from pipeline.storage.prepared import preparing
from pipeline.training.hyperparameters import Hyperparameters, changed
from pipeline.training.validation import validate

RESULTS = Path(__file__).parent / "results/search.csv"
EPOCHS, TRIALS = 10, 48  # of a trial; of a search
MARKS = (12, 24, 36, 48)  # trials after which the best is told
ROWS = 500  # of training, at most: small networks on few rows, for minutes
RATIO = (5.0, 1.0, 1.0)
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


@dataclass(frozen=True)
class Task:
    """A data set's open parts under one split."""

    name: str
    train: Rows
    validation: Rows
    card: Card

    def score(self, proposal: Proposal) -> tuple[str, float | None]:
        """Status and validation score of a trial."""
        values = {name: yaml.safe_load(text) for name, text in (word.split("=", 1) for word in proposal.words)}
        values["network.hidden"] = tuple(values["network.hidden"])
        settings = changed(Hyperparameters(), {**values, "stopping.epochs": EPOCHS, "stopping.patience": 0})
        outcome = validate(resolve(settings, self.card), self.train, self.validation, self.card)
        return outcome.status, outcome.score if outcome.status == "finished" else None


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


CONTESTANTS: dict[str, Callable[[int], Search]] = {
    "grid": grid,
    "random": lambda seed: Drawn(space(), TRIALS, seed, at_random),
    "sobol": lambda seed: Drawn(space(), TRIALS, seed, sobol),
    "tpe": lambda seed: Parzen(space(), TRIALS, 4, seed, 10),
    "cmaes": lambda seed: Evolution(space(), TRIALS, 8, seed),
}


def best(search: Search, task: Task) -> list[float]:
    """The best score after each of MARKS trials."""
    tried: list[Told] = []
    while batch := search.ask(tried):
        tried += [Told(one, " ".join(one.words), *task.score(one)) for one in batch]
    scores = [np.inf if one.score is None else one.score for one in tried]
    return [min(scores[:mark]) for mark in MARKS]


def task_of(name: str, seed: int, folder: Path | None) -> Task:
    """A bundled data set, or a table of the folder, split by the seed."""
    with tempfile.TemporaryDirectory() as place:
        if folder is not None:
            rows, card = dealt.prepared(next(one for one in dealt.tables(folder) if one.name == name), Path(place))
        else:
            params = DataParams(name)
            with preparing(Path(place) / name) as made:
                data = load(params, made)
            rows, card = data.rows, card_of(data, params)
        train, validation, _ = deal(rows, card, RATIO, seed, stratify=True)
        some = np.sort(np.random.default_rng(seed).permutation(train)[:ROWS])
        return Task(name, rows.take(some), rows.take(validation), card)


def runs(names: Sequence[str], seeds: int, folder: Path | None) -> Iterator[dict[str, Any]]:
    """All that are not there yet, seed by seed, so that a run that is cut short has whole blocks."""
    there = {(one["data"], one["seed"], one["search"]) for one in read()}
    for seed, name in itertools.product(range(1, seeds + 1), names):
        missing = [search for search in CONTESTANTS if (name, str(seed), search) not in there]
        task = task_of(name, seed, folder) if missing else None
        for search in missing:
            assert task is not None
            began = time.perf_counter()
            found = best(CONTESTANTS[search](seed), task)
            print(f"{name} seed {seed} {search}: {found} in {time.perf_counter() - began:.0f} s", flush=True)
            yield {"data": name, "seed": seed, "search": search, **dict(zip(map(str, MARKS), found, strict=True))}


def read() -> list[dict[str, str]]:
    if not RESULTS.exists():
        return []
    return list(csv.DictReader(RESULTS.read_text(encoding="utf-8").splitlines()))


def write(found: Iterator[dict[str, Any]]) -> None:
    for one in found:
        head = not RESULTS.exists()
        with RESULTS.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, list(one), lineterminator="\n")
            if head:
                writer.writeheader()
            writer.writerow(one)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.search", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="+", default=list(BUNDLED), metavar="NAME", help="data sets (all six)")
    parser.add_argument("--tables", type=Path, help="a folder of tables with its index.json; --only names some")
    parser.add_argument("--told", action="store_true", help="only the tables of what is there")
    options = parser.parse_args()
    if not options.told:
        write(runs(options.only, options.seeds, options.tables))


if __name__ == "__main__":
    main()
