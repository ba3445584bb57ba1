"""TPE: a tree-structured Parzen estimator (Bergstra et al. 2011; multivariate), Optuna's, made anew for each batch.

Nothing of Optuna's is kept: a study in memory is given all that was tried, in the order of asking, and a sampler whose
seed is the search's with the number of these; so that it asks for the same, whoever came back first.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.configuration.composing import Words
from pipeline.search.asking import Proposal, Told, left
from pipeline.search.dimensions import Discrete
from pipeline.search.drawn import at_random, fresh, sobol
from pipeline.search.space import Dimension, Point, SearchSpace

if TYPE_CHECKING:
    import optuna

RETRIES = 20  # for a batch, when it is asked for what is known


@dataclass(frozen=True)
class Parzen:
    """The first ``startup`` trials are Sobol' points; those after them come in batches, by the scores before them.

    In a batch, what is asked for already counts as bad (a constant liar), so that its trials are not all alike. A trial
    that diverged counts as the worst; one that failed says nothing of its settings.
    """

    space: SearchSpace
    trials: int
    batch: int
    seed: int
    startup: int

    def ask(self, tried: Sequence[Told]) -> Sequence[Proposal]:
        known, count = {one.proposal.words for one in tried}, left(self.trials, tried)
        if len(tried) < self.startup:
            rows = sobol(len(self.space.varied), self.seed)
            return fresh(self.space, rows, known, min(self.startup - len(tried), count))
        count = min(self.batch, count)
        seed = int(np.random.SeedSequence([self.seed, len(tried)]).generate_state(1)[0])
        found = self._modeled(tried, known, count, seed)
        rest = fresh(self.space, at_random(len(self.space.varied), seed), known | found.keys(), count - len(found))
        return [*found.values(), *rest]

    def _modeled(self, tried: Sequence[Told], known: set[Words], count: int, seed: int) -> dict[Words, Proposal]:
        """As many as the model has that are new; what is known is asked for again, some times."""
        found: dict[Words, Proposal] = {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # groups, which conditions need, are an experiment to Optuna
            study = self._study(seed)
            for one in tried:
                study.add_trial(self._frozen(one))
            for _ in range(count + RETRIES):
                if len(found) == count:
                    break
                trial = study.ask()
                point = self.space.point(partial(_suggested, trial))
                words = self.space.words(point)
                if words not in known:
                    found.setdefault(words, Proposal(words, point))
        return found

    def _study(self, seed: int) -> "optuna.Study":
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        conditions = any(one.condition for one in self.space.varied)
        sampler = optuna.samplers.TPESampler(
            seed=seed, n_startup_trials=1, multivariate=True, group=conditions, constant_liar=True
        )
        return optuna.create_study(sampler=sampler)

    def _frozen(self, one: Told) -> "optuna.trial.FrozenTrial":
        """What was tried, as Optuna has it."""
        import optuna

        given = [dimension for dimension in self.space.varied if dimension.label in one.proposal.point]
        failed = one.score is None and one.status != "diverged"
        return optuna.trial.create_trial(
            state=optuna.trial.TrialState.FAIL if failed else optuna.trial.TrialState.COMPLETE,
            value=None if failed else np.inf if one.score is None else one.score,
            params={dimension.label: _value(dimension, one.proposal.point) for dimension in given},
            distributions={dimension.label: _distribution(dimension) for dimension in given},
        )


def _distribution(dimension: Dimension) -> "optuna.distributions.BaseDistribution":
    from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution

    values = dimension.values
    if isinstance(values, Discrete):
        last = len(values.texts) - 1
        return IntDistribution(0, last) if values.ordered else CategoricalDistribution(values.texts)
    if values.whole:
        return IntDistribution(int(values.low), int(values.high), log=values.log)
    return FloatDistribution(values.low, values.high, log=values.log)


def _value(dimension: Dimension, point: Point) -> Any:
    """What Optuna has for a text: its place among ordered ones, a number, or the text."""
    text, values = point[dimension.label], dimension.values
    if isinstance(values, Discrete):
        return values.texts.index(text) if values.ordered else text
    return int(text) if values.whole else float(text)


def _suggested(trial: "optuna.Trial", dimension: Dimension) -> str:
    values = dimension.values
    found: Any = trial._suggest(dimension.label, _distribution(dimension))
    if isinstance(values, Discrete):
        return values.texts[found] if values.ordered else str(found)
    return values.text(found)
