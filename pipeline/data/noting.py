"""What a person should know of how a table was read, one line each."""

from collections.abc import Iterator, Mapping, Sequence

from pipeline.data import kinds
from pipeline.data.checks import counted
from pipeline.data.collecting import Collected
from pipeline.data.currency import sign_beside
from pipeline.data.guessing import Guess
from pipeline.data.kinds import Verdict
from pipeline.data.numerals import MISSING
from pipeline.data.roles import Roles
from pipeline.data.source import Source
from pipeline.feed.schema import DATE, NUMBER

LISTED = 5  # columns that a note names
Verdicts = Mapping[str, Verdict]


def notes(
    source: Source,
    roles: Roles,
    plan: Mapping[str, Guess],
    decided: Sequence[Verdict],
    found: Collected,
    classes: Sequence[str],
) -> tuple[str, ...]:
    """Those of the file, of its target, and of its columns; ``decided``: of each input."""
    by_name = dict(zip(roles.inputs, decided, strict=True))
    made = [*source.notes, *_of_target(roles, found, classes)]
    if kinds.alike(found.facts):
        made.append(f"all {len(roles.inputs)} columns hold whole numbers from 0 to 255: taken for one scale")
    made += [f"column {name!r} is left out: it {why}" for name, why in roles.out.items() if name not in roles.dropped]
    return (*made, *_of_reading(roles, plan, by_name), *_of_kinds(plan, by_name, found), *_of_constant(by_name))


def _of_target(roles: Roles, found: Collected, classes: Sequence[str]) -> Iterator[str]:
    for name in classes:
        if name in MISSING:
            yield f"class {name!r} is a class; set data.read.missing: [{name!r}] if it means none"
    if alike := spelled_alike(classes):
        yield f"classes {alike} differ in spelling only: make them one in the file if they mean the same"
    if count := len(found.dropped):
        names = " or ".join(map(repr, roles.targets))
        lost = counted(count, "row has", "rows have")
        yield f"{lost} no value of {names}: {'it is' if count == 1 else 'they are'} left out"


def _of_reading(roles: Roles, plan: Mapping[str, Guess], by_name: Verdicts) -> Iterator[str]:
    if roles.time and plan[roles.time].note:
        yield f"column {roles.time!r}: {plan[roles.time].note}".replace("`date ", "`time ")
    for name, kind in by_name.items():
        if plan[name].note and kind.used:
            yield f"column {name!r}: {plan[name].note}"
        if plan[name].like and name not in roles.kinds:
            yield f"column {name!r} looks like dates: set data.columns: {{{name!r}: '{DATE} {plan[name].like}'}}"
        if kind.used and (alike := spelled_alike(kind.levels)):
            yield f"column {name!r}: {alike} differ in spelling only: make them one in the file if they mean the same"


def _of_kinds(plan: Mapping[str, Guess], by_name: Verdicts, found: Collected) -> Iterator[str]:
    for name, kind in by_name.items():
        if kind.kind in (kinds.IDENTIFIER, kinds.VARIED):
            word = NUMBER if plan[name].kind == NUMBER else "category"
            sign = sign_beside(found.levels[name].known) if name in found.levels else ""
            like = f"; looks like numbers with {sign!r}: remove the sign from the file" if sign else ""
            set_ = f"data.columns: {{{name!r}: {word}}} would use it"
            yield f"column {name!r} is left out: it {kind.reason} ({set_}){like}"
        elif kind.used and kind.reason:
            yield f"column {name!r} {kind.reason}"


def _of_constant(by_name: Verdicts) -> Iterator[str]:
    constant = [f"{name!r}" for name, kind in by_name.items() if kind.kind == kinds.CONSTANT]
    if constant:
        listed = ", ".join(constant[:LISTED]) + (", …" if len(constant) > LISTED else "")
        why = "it is" if len(constant) == 1 else "they are"
        verb = "is" if len(constant) == 1 else "are"
        yield f"{counted(len(constant), 'column')} {verb} left out, for {why} constant or empty: {listed}"


def spelled_alike(levels: Sequence[str]) -> str:
    """Levels that are one but for case, blanks and hyphens, as 'Male', 'male'; "" if there are none."""
    found: dict[str, list[str]] = {}
    for level in levels:
        found.setdefault("".join(level.casefold().replace("_", " ").replace("-", " ").split()), []).append(level)
    alike = [
        level for same in found.values() if len(same) > 1 and any(char.isalpha() for char in same[0]) for level in same
    ]
    return ", ".join(map(repr, alike[: 2 * LISTED])) + (", …" if len(alike) > 2 * LISTED else "")
