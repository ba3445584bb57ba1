"""The settings of the selected trial: those that are not the defaults, and all of them."""

from dataclasses import asdict
from typing import Any

from pipeline.data.card import Card
from pipeline.reporting.findings import Findings, text_of
from pipeline.training.hyperparameters import Hyperparameters, resolved
from pipeline.trials.folder import flatten


def facts(findings: Findings) -> dict[str, Any]:
    found, usual = flatten(findings.chosen.settings), defaults(findings.card)
    changed = {name: value for name, value in found.items() if value != usual.get(name)}
    return {
        "changed": [[name, text_of(value), text_of(usual.get(name))] for name, value in changed.items()],
        "rest": {name: text_of(value) for name, value in found.items() if name not in changed},
    }


def defaults(card: Card) -> dict[str, Any]:
    """Every setting's default on these data by its dotted name, in the form of settings.json."""
    plain = flatten(asdict(resolved(Hyperparameters(), card)))
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}
