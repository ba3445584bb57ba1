"""Whose an experiment or a registered model in MLflow is: that of one project's data, by tags that say which."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.configuration.project import read_project_name
from pipeline.errors import HoldoutError
from pipeline.storage.documents import read_object
from pipeline.tracking.address import place
from pipeline.tracking.contents import SPLIT_CARD

DATA, WORDS = "holdout.data", "holdout.data.is"  # tags
LONGEST = 200  # characters of what a person reads


@dataclass(frozen=True)
class Owner:
    """The name that this project wants in MLflow, for which data.

    project: the name, of the experiment and of the registered model.
    data: what makes these data the same problem, as a hash; None while they are not split yet.
    words: the data as a person knows them.
    """

    project: str
    data: str | None
    words: str

    @property
    def tags(self) -> dict[str, str]:
        """What an experiment or a registered model of these data carries."""
        return {DATA: self.data, WORDS: self.words} if self.data else {}

    def check(self, kind: str, tags: Mapping[str, str]) -> None:
        """HoldoutError where what has the name (an experiment, a registered model) shows other data.

        Without tags it is taken for this project's: older versions left none.
        """
        found = tags.get(DATA)
        if found and found != self.data:
            others = shown(tags.get(WORDS, "data of another project"))
            raise HoldoutError(
                f"{kind} {self.project!r} of MLflow at {place()} is that of other data ({others}), "
                f"not of {self.words}: set project in params.yaml to a name of its own"
            )


def make_owner() -> Owner:
    """That of the project in the current folder, as params.yaml and data/split say."""
    card = read_object(SPLIT_CARD)
    return Owner(read_project_name(), identity(card) if card else None, _words(card))


def identity(card: Mapping[str, Any]) -> str:
    """Sixteen hex digits: the same for more rows, another split or other features chosen from the same columns.

    They are made of the names of the source, of what is predicted, and of all the source's columns in any order.
    """
    columns = [column[0] for column in card.get("columns") or ()] or card.get("features") or ()
    facts = [card.get("source"), sorted(card.get("targets") or ()), sorted(columns)]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _words(card: Mapping[str, Any]) -> str:
    """``flowers.csv, target species``"""
    if not card:
        return "data that are not split yet"
    return shown(f"{card.get('source')}, target {', '.join(card.get('targets') or ())}")


def shown(text: str) -> str:
    """``text`` for one line: a server's tags are anybody's."""
    return "".join(char if char.isprintable() else " " for char in text)[:LONGEST]
