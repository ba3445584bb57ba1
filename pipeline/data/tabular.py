"""From a table as its file has it to checked rows and their schema."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.data import checks, kinds, noting
from pipeline.data.aims import Aim, aim_of
from pipeline.data.card import SourceColumn
from pipeline.data.collecting import Collected, Sinks, collect
from pipeline.data.dataset import Dataset
from pipeline.data.encoding import Unreadable
from pipeline.data.guessing import Guess
from pipeline.data.kinds import Verdict
from pipeline.data.labels import ordered
from pipeline.data.planning import plan_of, refusal
from pipeline.data.roles import DROP, GROUP, INPUT, TARGET, TIME, WEIGHT, Roles, Wishes, assign
from pipeline.data.source import Source
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows, numbered
from pipeline.feed.schema import CLASSIFICATION, DATE, NUMBER, Schema

Array = np.ndarray
SAMPLE = 20_000  # rows by which kinds are guessed
CHUNK = 8192
Plan = dict[str, Guess]


def read_table(source: Source, wishes: Wishes, sinks: Sinks) -> Dataset:
    """All rows of ``source`` that have a target.

    Raises:
        HoldoutError: names the line, the column, the value, what is allowed and the setting that would allow it.
    """
    roles = assign(source, wishes)
    if not roles.inputs:
        raise HoldoutError(f"{source.name}: has no input columns beside the target, expected at least 1")
    aim = aim_of(source, roles.targets, wishes.task, SAMPLE)
    plan = {**plan_of(source, roles, SAMPLE), **aim.plan}
    found, plan = _collected(source, roles, plan, sinks)
    if len(found.dropped) and not found.facts.rows:
        names = " and ".join(map(repr, roles.targets))
        raise HoldoutError(
            f"{source.name}: no row has a value of {names} (data.target); expected at least 3 rows with one"
        )
    checks.not_empty(source.name, found.facts.rows, len(roles.inputs))
    return _dataset(source, roles, plan, aim, found, sinks)


def _collected(source: Source, roles: Roles, plan: Plan, sinks: Sinks) -> tuple[Collected, Plan]:
    """The table, and the plan that it was read by: a column that shows to be text further down is read as text."""
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


def _dataset(source: Source, roles: Roles, plan: Plan, aim: Aim, found: Collected, sinks: Sinks) -> Dataset:
    numbers = all(plan[name].kind == NUMBER for name in roles.inputs)
    pixels = numbers and not roles.kinds and kinds.alike(found.facts)
    decided = [Verdict(NUMBER)] * len(roles.inputs) if pixels else _decided(source, roles, plan, found)
    used = [index for index, kind in enumerate(decided) if kind.used]
    if not used:
        reasons = "; ".join(f"{name!r} {kind.reason}" for name, kind in zip(roles.inputs, decided, strict=True))
        raise HoldoutError(
            f"{source.name}: no input column is left ({reasons}); name those to use in data.columns, as {{age: number}}"
        )
    y, classes = aim.encoded(found, source)
    for name, values in zip(roles.targets, y.reshape(len(y), -1).T, strict=True):
        checks.usable_target(source.name, values, name, classes if aim.task == CLASSIFICATION else ())
    chosen = [decided[index] for index in used]
    schema = Schema(
        task=aim.task,
        features=tuple(roles.inputs[index] for index in used),
        classes=classes,
        kinds=() if pixels else tuple(kind.kind for kind in chosen),
        levels=() if pixels else tuple(_levels(plan, roles.inputs[i], decided[i]) for i in used),
        targets=roles.targets,
    )
    X = found.X if pixels else _selected(found, roles.inputs, used, chosen, sinks)
    rows = Rows(X, y, _groups(source, roles, found), _weights(source, roles, found), numbered(len(y)))
    rows = replace(rows, moments=_moments(source, roles, found))
    columns = _described(source, roles, decided, aim)
    return Dataset(rows, schema, columns, noting.notes(source, roles, plan, decided, found, classes))


def _decided(source: Source, roles: Roles, plan: Plan, found: Collected) -> list[Verdict]:
    try:
        return kinds.decide(plan, roles.inputs, roles.kinds, found)
    except HoldoutError as error:
        raise HoldoutError(f"{source.name}: {error}") from None


def _levels(plan: Plan, name: str, kind: Verdict) -> tuple[str, ...]:
    return (plan[name].date,) if kind.kind == DATE and plan[name].date else kind.levels


def _selected(found: Collected, inputs: Sequence[str], used: list[int], chosen: list[Verdict], sinks: Sinks) -> Array:
    """The columns that are used, with codes by the order of their levels."""
    tables = {
        place: found.levels[inputs[index]].ordered(ordered)[1]
        for place, (index, kind) in enumerate(zip(used, chosen, strict=True))
        if inputs[index] in found.levels
    }
    if not tables and len(used) == len(inputs):
        return found.X
    sink = sinks(len(used))
    for start in range(0, len(found.X), CHUNK):
        X = np.asarray(found.X[start : start + CHUNK][:, used], np.float64)
        for place, table in tables.items():
            codes = X[:, place]
            X[:, place] = np.where(np.isnan(codes), np.nan, table[np.where(np.isnan(codes), 0, codes).astype(np.int64)])
        sink.append(X)
    return sink.close()


def _groups(source: Source, roles: Roles, found: Collected) -> Array | None:
    return None if roles.group is None else _complete(source, roles.group, GROUP, found).astype(np.int64)


def _moments(source: Source, roles: Roles, found: Collected) -> Array | None:
    return None if roles.time is None else _complete(source, roles.time, TIME, found)


def _weights(source: Source, roles: Roles, found: Collected) -> Array | None:
    if roles.weight is None:
        return None
    weights = _complete(source, roles.weight, WEIGHT, found)
    if (weights < 0).any() or not (weights > 0).any():
        low = f"{weights.min():g}"
        raise HoldoutError(
            f"{source.name}: column {roles.weight!r} is the rows' weight in data.columns and holds {low}, allowed: "
            "numbers, 0 or greater, one of them above 0"
        )
    return weights


def _complete(source: Source, name: str, role: str, found: Collected) -> Array:
    values = found.others[name]
    if np.isnan(values).any():
        count, place = int(np.isnan(values).sum()), source.place(found.row_of(int(np.isnan(values).argmax())))
        more = f", nor in {checks.counted(count - 1, 'other row')}" if count > 1 else ""
        raise HoldoutError(
            f"{source.name}: {place}: column {name!r} is the rows' {role}, and has no value here{more}; allowed: a "
            "value in each; fill it in or remove the row"
        )
    return values


def _described(source: Source, roles: Roles, decided: Sequence[Verdict], aim: Aim) -> tuple[SourceColumn, ...]:
    """Each column of the source with its kind and use, in the file's order."""
    by_name = dict(zip(roles.inputs, decided, strict=True))
    uses = {roles.group: GROUP, roles.time: TIME, roles.weight: WEIGHT}
    made = []
    for name in source.types:
        if kind := by_name.get(name):
            made.append(SourceColumn(name, kind.kind, INPUT if kind.used else DROP, kind.reason))
        elif name in roles.targets:
            made.append(SourceColumn(name, aim.kind, TARGET))
        elif name in roles.out:
            made.append(SourceColumn(name, "" if name in roles.dropped else kinds.IDENTIFIER, DROP, roles.out[name]))
        else:
            made.append(SourceColumn(name, "", uses[name]))
    return tuple(made)
