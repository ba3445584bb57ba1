"""Spaces as an experiment's file has them, and what may have come of their trials."""

from collections.abc import Mapping, Sequence

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from pipeline.configuration.composing import Line
from pipeline.search.asking import Proposal, Search, Told
from pipeline.search.space import SearchSpace, space_of

PARSER = OverridesParser.create()
PARAMS = {
    "network.hidden": "[4],[8],[4,4]",
    "optimizer": "descent,adam,momentum",
    "regularizer.l2": "tag(log,interval(0.00001,0.1))",
    "optimizer.batch_size": "tag(log,int(interval(4,64)))",
    "stopping.epochs": "range(2,9,3)",
    "seed": "7",
}
WHEN = {
    "optimizer=adam": {"optimizer.learning_rate": "tag(log,interval(0.0001,0.01))"},
    "optimizer=descent,momentum": {"optimizer.learning_rate": "interval(0.001,0.3)"},
    "optimizer=momentum": {"optimizer.momentum": "0.5,0.9"},
}


def line(params: Mapping[str, str], when: Mapping[str, Mapping[str, str]] | None = None) -> Line:
    branches = [(PARSER.parse_override(choice), parsed(some)) for choice, some in (when or {}).items()]
    return Line(OmegaConf.create({}), True, [], parsed(params), branches)


def parsed(params: Mapping[str, str]) -> tuple:  # type: ignore[type-arg]
    return tuple(PARSER.parse_overrides([f"{name}={value}" for name, value in params.items()]))


def space(params: Mapping[str, str] | None = None, when: Mapping[str, Mapping[str, str]] | None = None) -> SearchSpace:
    """Of these params, or of PARAMS and WHEN."""
    return space_of(line(PARAMS, WHEN) if params is None else line(params, when))


def told(proposal: Proposal, score: float | None, status: str = "finished") -> Told:
    return Told(proposal, " ".join(proposal.words), status, score)


def score(proposal: Proposal) -> float:
    """Of a trial that needs no training: how far its numbers are from 0.05 in all."""
    numbers = [float(text) for text in proposal.point.values() if text.replace(".", "").replace("e-", "").isdigit()]
    return sum(abs(number - 0.05) for number in numbers)


def batches(search: Search, scores: Mapping[str, float | None] | None = None) -> list[list[Proposal]]:
    """All that a search asks for, told of all before it; scores: of trials by their words, in place of ``score``."""
    tried: list[Told] = []
    found: list[list[Proposal]] = []
    while batch := list(search.ask(tried)):
        found.append(batch)
        tried += [told(one, (scores or {}).get(" ".join(one.words), score(one))) for one in batch]
    return found


def words(found: Sequence[Sequence[Proposal]]) -> list[str]:
    return [" ".join(one.words) for batch in found for one in batch]
