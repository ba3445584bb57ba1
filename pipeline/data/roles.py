"""What each column is for: what params.yaml says of it, and what follows from that."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.data.source import Source
from pipeline.errors import HoldoutError
from pipeline.feed.schema import DATE, KINDS

TARGET, GROUP, TIME, WEIGHT, INPUT, DROP = "target", "group", "time", "weight", "input", "left out"
SET = (*KINDS, "drop", GROUP, TIME, WEIGHT)  # what data.columns may say
FORMED = (DATE, TIME)  # to which it may add how dates are written: "date %d.%m.%Y"


@dataclass(frozen=True)
class Wishes:
    """What params.yaml says of a table: data.target, data.groups, data.task and data.columns (name → one of SET)."""

    targets: tuple[str, ...] = ()
    groups: str | None = None
    task: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Roles:
    """Columns by what they are for.

    Attributes:
        targets, group, time, weight: their names. inputs: the columns that may become features, in the file's order.
        kinds: of columns whose kind is set: one of KINDS; dates: how a column of dates, or the
            time, is written, where that is set.
        out: columns that are left out → why. dropped: those of them that params.yaml names.
    """

    targets: tuple[str, ...]
    inputs: tuple[str, ...]
    group: str | None = None
    time: str | None = None
    weight: str | None = None
    kinds: Mapping[str, str] = field(default_factory=dict)
    dates: Mapping[str, str] = field(default_factory=dict)
    out: Mapping[str, str] = field(default_factory=dict)
    dropped: frozenset[str] = frozenset()


def assign(source: Source, wishes: Wishes) -> Roles:
    """Roles of the columns of ``source``.

    Raises:
        HoldoutError: a name that no column has, or two roles for one column.
    """
    names = tuple(source.types)
    _there(source, wishes)
    said = {name: word.split(maxsplit=1) for name, word in wishes.columns.items()}
    groups = [*([wishes.groups] if wishes.groups else []), *_said(said, GROUP)]
    group, time, weight = (_only(source, role, found) for role, found in _single(said, groups).items())
    taken = {*wishes.targets, group, time, weight}
    dropped = _said(said, "drop")
    out = dict.fromkeys(dropped, "data.columns says drop")
    kinds = {name: words[0] for name, words in said.items() if words[0] in KINDS}
    out |= {name: why for name, why in _nameless(source).items() if name not in {*taken, *kinds, *out}}
    if clash := next((name for name in wishes.targets if name in said and name not in kinds), None):
        raise HoldoutError(
            f"{source.name}: column {clash!r} is data.target, and data.columns says {wishes.columns[clash]}; choose one"
        )
    inputs = tuple(name for name in names if name not in taken and name not in out)
    dates = {name: words[1] for name, words in said.items() if words[0] in FORMED and len(words) > 1}
    return Roles(wishes.targets, inputs, group, time, weight, kinds, dates, out, frozenset(dropped))


def _there(source: Source, wishes: Wishes) -> None:
    names = list(source.types)
    asked = [("data.target", name) for name in wishes.targets]
    asked += [("data.groups", wishes.groups)] if wishes.groups else []
    asked += [("data.columns", name) for name in wishes.columns]
    listed = ", ".join(map(repr, names[:20])) + (", …" if len(names) > 20 else "")
    if not wishes.targets:
        raise HoldoutError(f"{source.name}: data.target is not set in params.yaml; set it to one of: {listed}")
    for key, name in asked:
        if name in source.nested and (key != "data.columns" or wishes.columns[name] != "drop"):
            raise HoldoutError(
                f"{source.name}: column {name!r} ({key} in params.yaml) holds {source.nested[name]}, allowed: one "
                "number, text, flag or date in each row; save it as columns of these, or let data.columns drop it"
            )
        if name not in names and name not in source.nested:
            close = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {listed}"
            if where := source.elsewhere(name):
                hint = f"{hint}; {where}"
            raise HoldoutError(f"{source.name}: there is no column {name!r} ({key} in params.yaml); {hint}")


def _said(said: Mapping[str, list[str]], word: str) -> list[str]:
    return [name for name, words in said.items() if words[0] == word]


def _single(said: Mapping[str, list[str]], groups: list[str]) -> dict[str, list[str]]:
    return {GROUP: groups, TIME: _said(said, TIME), WEIGHT: _said(said, WEIGHT)}


def _only(source: Source, role: str, found: list[str]) -> str | None:
    different = [*dict.fromkeys(found)]
    if len(different) > 1:
        listed = " and ".join(map(repr, different))
        raise HoldoutError(f"{source.name}: {listed} are both to be the {role} in params.yaml; allowed: one column")
    return different[0] if different else None


def _nameless(source: Source) -> dict[str, str]:
    """Columns that number the rows by what the file itself says of them."""
    found = dict.fromkeys(source.index, "is the file's own row index")
    if len(source.unnamed) < len(source.types):  # in a file without a header no name is missing
        found |= {name: "has no name, as an index has" for name in source.unnamed if name not in found}
    return found
