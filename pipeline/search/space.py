"""A space of settings: what is varied, between what, and with which choices of others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hydra.core.override_parser.types import Override

from pipeline.configuration.composing import Line, Words
from pipeline.errors import HoldoutError
from pipeline.search.dimensions import Discrete, Interval, dimension_of

# The text of each setting that a trial has, by label, in the order of the space.
Point = Mapping[str, str]


@dataclass(frozen=True)
class Condition:
    """Some texts of a choice; what is given under it is varied with these alone."""

    name: str
    texts: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name}={','.join(self.texts)}"


@dataclass(frozen=True)
class Dimension:
    """A setting and what it may be; condition: under which alone it is, None for always."""

    name: str
    values: Discrete | Interval
    condition: Condition | None = None

    @property
    def label(self) -> str:
        """Its name, with its condition: a setting may have other values under another one."""
        return f"{self.name} when {self.condition}" if self.condition else self.name

    @property
    def varied(self) -> bool:
        return not isinstance(self.values, Discrete) or len(self.values.texts) > 1


@dataclass(frozen=True)
class SearchSpace:
    """settings: in the order of their words, those of one value too; a choice comes before what has it as condition."""

    settings: tuple[Dimension, ...]

    @cached_property
    def varied(self) -> tuple[Dimension, ...]:
        """The dimensions of the unit cube in which searches draw."""
        return tuple(one for one in self.settings if one.varied)

    def at(self, units: Iterable[float]) -> Point:
        """The point at a place of the unit cube, (varied,); a coordinate whose setting is not given has no effect."""
        unit = dict(zip((one.label for one in self.varied), map(float, units), strict=True))
        return self.point(lambda one: one.values.at(unit[one.label]))

    def point(self, pick: Callable[[Dimension], str]) -> Point:
        """The point whose texts ``pick`` gives for each varied setting that is given there, in their order."""
        found: dict[str, str] = {}
        chosen: dict[str, str] = {}
        for one in self.settings:
            if one.condition is None or chosen.get(one.condition.name) in one.condition.texts:
                assert one.varied or isinstance(one.values, Discrete)
                text = pick(one) if one.varied else one.values.at(0)
                found[one.label] = chosen[one.name] = text
        return found

    def words(self, point: Point) -> Words:
        """What a trial at that point changes, as ``name=value``."""
        return tuple(f"{one.name}={point[one.label]}" for one in self.settings if one.label in point)


def space_of(line: Line) -> SearchSpace:
    """The space that a command line and its experiment describe.

    Raises:
        HoldoutError: it varies nothing, or a part of it can't be.
    """
    settings = [_dimension(one, None) for one in line.params]
    for choice, params in line.when:
        condition = _condition(choice, settings)
        for one in params:
            added = _dimension(one, condition)
            if other := next((before for before in settings if _both(before, added)), None):
                where = f"under {other.condition}" if other.condition else "in params"
                raise HoldoutError(f"hydra.sweeper.when: {added.name} is {where} and under {condition}: name it in one")
            settings.append(added)
    space = SearchSpace(tuple(settings))
    if not space.varied:
        raise HoldoutError(
            "hydra.sweeper.params names nothing to search: give settings several values, as "
            "optimizer.learning_rate: tag(log,interval(0.001,1))"
        )
    return space


def _dimension(one: Override, condition: Condition | None) -> Dimension:
    values = dimension_of(one) or Discrete((one.get_value_element_as_str(),))
    return Dimension(one.get_key_element(), values, condition)


def _condition(choice: Override, settings: Sequence[Dimension]) -> Condition:
    """The condition that a choice's words stand for; the setting must be a choice that has these texts."""
    name, values = choice.get_key_element(), dimension_of(choice)
    texts = values.texts if isinstance(values, Discrete) else (choice.get_value_element_as_str(),)
    where = f"hydra.sweeper.when: {choice.input_line}"
    above = [one.values for one in settings if one.name == name]
    if not above:
        raise HoldoutError(f"{where}: {name} is not varied above, allowed: {', '.join(_names(settings))}")
    known = [text for one in above if isinstance(one, Discrete) for text in one.texts]
    if unknown := [text for text in texts if text not in known]:
        allowed = f"allowed: {', '.join(known)}" if known else f"{name} is an interval, and it must be a choice"
        raise HoldoutError(f"{where}: {name} is never {unknown[0]}, {allowed}")
    return Condition(name, texts)


def _names(settings: Sequence[Dimension]) -> list[str]:
    return [one.name for one in settings if one.varied and isinstance(one.values, Discrete)] or [
        "none, for no choice is"
    ]


def _both(one: Dimension, other: Dimension) -> bool:
    """Whether one trial could have both, which are of one setting then."""
    if one.name != other.name or not (one.condition and other.condition):
        return one.name == other.name
    apart = one.condition.name == other.condition.name and not {*one.condition.texts} & {*other.condition.texts}
    return not apart
