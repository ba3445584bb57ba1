"""From the input columns of a table to rows of numbers, with the kind and the levels of each column that is used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.data import kinds
from pipeline.data.collecting import Collected, Sinks, collect
from pipeline.data.encoding import Unreadable
from pipeline.data.guessing import Guess
from pipeline.data.kinds import Verdict
from pipeline.data.labels import ordered
from pipeline.data.planning import plan_of, refusal
from pipeline.data.roles import Roles
from pipeline.data.source import Source
from pipeline.errors import HoldoutError
from pipeline.feed.schema import DATE, NUMBER

Array = np.ndarray
CHUNK = 8192
Plan = Mapping[str, Guess]


@dataclass(frozen=True)
class Features:
    """The columns that are used.

    X: (rows, features); names, kinds and levels: as in a Schema, one each. decided: what each input column is, those
    that are left out too.
    """

    X: Array
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    levels: tuple[tuple[str, ...], ...]
    decided: tuple[Verdict, ...]


def collected(source: Source, roles: Roles, plan: Plan, sinks: Sinks) -> tuple[Collected, Plan]:
    """The table, and the plan that it was read by: a column that shows to be text further down is read as text.

    Raises:
        HoldoutError: a value is not what its column is.
    """
    while True:
        try:
            found = collect(source, plan, roles.inputs, roles.targets, sinks)
            late = [name for name in plan if plan[name].kind == NUMBER and name in source.coded and _free(name, roles)]
            if not late:
                return found, plan
            plan = {**plan, **plan_of(source, roles, None, late)}
        except Unreadable as error:
            if error.column in roles.targets:
                raise refusal(source, roles, error) from None
            again = plan_of(source, roles, None, [error.column])
            if again[error.column] == plan[error.column]:
                raise refusal(source, roles, error) from None
            plan = {**plan, **again}


def _free(name: str, roles: Roles) -> bool:
    """Whether a column's kind is for its values to tell."""
    return name in roles.inputs and name not in roles.kinds


def decided(source: Source, roles: Roles, plan: Plan, found: Collected) -> list[Verdict]:
    """What each input column is.

    Raises:
        HoldoutError: a kind that is set can't be.
    """
    try:
        return kinds.decide(plan, roles.inputs, roles.kinds, found)
    except HoldoutError as error:
        raise HoldoutError(f"{source.name}: {error}") from None


def selected(
    inputs: Sequence[str], plan: Plan, verdicts: Sequence[Verdict], found: Collected, sinks: Sinks
) -> Features:
    """The columns that their verdicts let in, with codes by the order of their levels."""
    used = [index for index, kind in enumerate(verdicts) if kind.used]
    chosen = [verdicts[index] for index in used]
    tables = {
        place: found.levels[inputs[index]].ordered(ordered)[1]
        for place, (index, kind) in enumerate(zip(used, chosen, strict=True))
        if inputs[index] in found.levels
    }
    return Features(
        _recoded(found.X, used, tables, sinks) if tables or len(used) < len(inputs) else found.X,
        tuple(inputs[index] for index in used),
        tuple(kind.kind for kind in chosen),
        tuple(_levels(plan, inputs[index], verdicts[index]) for index in used),
        tuple(verdicts),
    )


def _levels(plan: Plan, name: str, kind: Verdict) -> tuple[str, ...]:
    return (plan[name].date,) if kind.kind == DATE and plan[name].date else kind.levels


def _recoded(X: Array, used: list[int], tables: Mapping[int, Array], sinks: Sinks) -> Array:
    """The columns ``used`` of X, with the codes that ``tables`` give them, by their places among those."""
    sink = sinks(len(used))
    for start in range(0, len(X), CHUNK):
        some = np.asarray(X[start : start + CHUNK][:, used], np.float64)
        for place, table in tables.items():
            codes = some[:, place]
            gaps = np.isnan(codes)
            some[:, place] = np.where(gaps, np.nan, table[np.where(gaps, 0, codes).astype(np.int64)])
        sink.append(some)
    return sink.close()
