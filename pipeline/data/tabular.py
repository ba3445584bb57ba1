"""From a table as its file has it to checked rows and their schema."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.data import checks, features, kinds, noting
from pipeline.data.aims import Aim, aim_of
from pipeline.data.card import SourceColumn
from pipeline.data.collecting import Collected, Sinks
from pipeline.data.dataset import Dataset
from pipeline.data.features import Plan
from pipeline.data.kinds import Verdict
from pipeline.data.planning import plan_of
from pipeline.data.roles import DROP, GROUP, INPUT, TARGET, TIME, WEIGHT, Roles, Wishes, assign
from pipeline.data.source import Source
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows, numbered
from pipeline.feed.schema import CLASSIFICATION, NUMBER, Schema

Array = np.ndarray
SAMPLE = 20_000  # rows by which kinds are guessed


def read_table(source: Source, wishes: Wishes, sinks: Sinks) -> Dataset:
    """All rows of ``source`` that have a target.

    Raises:
        HoldoutError: names the line, the column, the value, what is allowed and the setting that would allow it.
    """
    roles = assign(source, wishes)
    if not roles.inputs:
        raise HoldoutError(f"{source.name}: has no input columns beside the target, expected at least 1")
    aim = aim_of(source, roles.targets, wishes.task, SAMPLE)
    plan: Plan = {**plan_of(source, roles, SAMPLE), **aim.plan}
    found, plan = features.collected(source, roles, plan, sinks)
    if len(found.dropped) and not found.facts.rows:
        names = " and ".join(map(repr, roles.targets))
        raise HoldoutError(
            f"{source.name}: no row has a value of {names} (data.target); expected at least 3 rows with one"
        )
    checks.not_empty(source.name, found.facts.rows, len(roles.inputs))
    return _dataset(source, roles, plan, aim, found, sinks)


def _dataset(source: Source, roles: Roles, plan: Plan, aim: Aim, found: Collected, sinks: Sinks) -> Dataset:
    numbers = all(plan[name].kind == NUMBER for name in roles.inputs)
    pixels = numbers and not roles.kinds and kinds.alike(found.facts)
    alike = [Verdict(NUMBER)] * len(roles.inputs)
    decided = alike if pixels else features.decided(source, roles, plan, found)
    if not any(kind.used for kind in decided):
        reasons = "; ".join(f"{name!r} {kind.reason}" for name, kind in zip(roles.inputs, decided, strict=True))
        raise HoldoutError(
            f"{source.name}: no input column is left ({reasons}); name those to use in data.columns, as {{age: number}}"
        )
    y, classes = aim.encoded(found, source)
    for name, values in zip(roles.targets, y.reshape(len(y), -1).T, strict=True):
        checks.usable_target(source.name, values, name, classes if aim.task == CLASSIFICATION else ())
    inputs = features.selected(roles.inputs, plan, decided, found, sinks)
    schema = Schema(
        task=aim.task,
        features=inputs.names,
        classes=classes,
        kinds=() if pixels else inputs.kinds,
        levels=() if pixels else inputs.levels,
        targets=roles.targets,
    )
    rows = Rows(inputs.X, y, _groups(source, roles, found), _weights(source, roles, found), numbered(len(y)))
    rows = replace(rows, moments=_moments(source, roles, found))
    columns = _described(source, roles, decided, aim)
    return Dataset(rows, schema, columns, noting.notes(source, roles, plan, decided, found, classes))


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
