"""The searches by the names that ``hydra.sweeper.search`` has: one function and one file in conf/hydra/sweeper each."""

from collections.abc import Callable
from typing import Any

from pipeline import extras
from pipeline.configuration.composing import Line
from pipeline.errors import HoldoutError
from pipeline.search.asking import Grid, Proposal, Search
from pipeline.search.drawn import Drawn, all_of, at_random, sobol
from pipeline.search.evolution import Evolution
from pipeline.search.parzen import Parzen
from pipeline.search.rounds import Rung, asha, halving, rungs
from pipeline.search.space import SearchSpace, space_of

MOST = 10_000  # trials
SMALLEST = 4  # trials of a generation, so that there are some to rank
GRID = "grid"
LIMITS = {
    "trials": (1, MOST),
    "batch": (1, MOST),
    "seed": (0, 2**32 - 1),
    "startup": (1, MOST),
    "min_epochs": (1, MOST),
    "reduction_factor": (2, MOST),
    "brackets": (1, 100),
}
DRAWS = {"random": at_random, "sobol": sobol}  # of candidates, for a search that stops trials early


def _random(space: SearchSpace, section: Any) -> Search:
    return Drawn(space, section.trials, section.seed, at_random)


def _sobol(space: SearchSpace, section: Any) -> Search:
    return Drawn(space, section.trials, section.seed, sobol)


def _tpe(space: SearchSpace, section: Any) -> Search:
    extras.need("optuna", "search", "hydra/sweeper=tpe")
    return Parzen(space, section.trials, section.batch, section.seed, section.startup)


def _cmaes(space: SearchSpace, section: Any) -> Search:
    extras.need("cmaes", "search", "hydra/sweeper=cmaes")
    if section.batch < SMALLEST:
        allowed = f"a batch of cmaes is a generation, of at least {SMALLEST} trials"
        raise HoldoutError(f"hydra.sweeper.batch={section.batch} is not allowed: {allowed}")
    return Evolution(space, section.trials, section.batch, section.seed)


def _halving(space: SearchSpace, section: Any) -> Search:
    return halving(*_early(space, section), section.brackets)


def _asha(space: SearchSpace, section: Any) -> Search:
    return asha(*_early(space, section), section.batch)


def _early(space: SearchSpace, section: Any) -> tuple[list[Proposal], tuple[Rung, ...], int]:
    """Candidates, rungs and factor of a search that stops trials early."""
    if section.draw not in (GRID, *DRAWS):
        raise HoldoutError(f"hydra.sweeper.draw={section.draw} is not allowed: it must be {GRID}, {', '.join(DRAWS)}")
    if section.min_epochs >= section.max_epochs:
        raise HoldoutError(
            f"hydra.sweeper.min_epochs={section.min_epochs} is not allowed: nothing can be stopped early with "
            f"stopping.epochs={section.max_epochs}; it must be below"
        )
    candidates = all_of(space) if section.draw == GRID else _drawn(space, section)
    return candidates, rungs(section.min_epochs, section.reduction_factor, section.max_epochs), section.reduction_factor


def _drawn(space: SearchSpace, section: Any) -> list[Proposal]:
    return list(Drawn(space, section.trials, section.seed, DRAWS[section.draw]).ask([]))


SEARCHES: dict[str, Callable[[SearchSpace, Any], Search]] = {
    "random": _random,
    "sobol": _sobol,
    "tpe": _tpe,
    "cmaes": _cmaes,
    "halving": _halving,
    "asha": _asha,
}


def search_of(line: Line) -> Search:
    """What asks for the jobs of a command line.

    Raises:
        HoldoutError: a value of ``hydra.sweeper`` that is not allowed, or a space that can't be searched.
    """
    if not line.searches:
        return Grid(line.jobs)
    section = line.config.hydra.sweeper
    if section.search not in SEARCHES:
        raise HoldoutError(f"hydra.sweeper.search is {section.search!r}, allowed: {', '.join(SEARCHES)}")
    for name, (least, most) in LIMITS.items():
        if not least <= section[name] <= most:
            raise HoldoutError(
                f"hydra.sweeper.{name}={section[name]} is not allowed: it must be from {least:,} to {most:,}"
            )
    return SEARCHES[section.search](space_of(line), section)
