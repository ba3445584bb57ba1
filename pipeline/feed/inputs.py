"""From raw rows to the m_0 inputs of the network: columns expanded by their kinds, then normalized (notes §4)."""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeVar

import numpy as np

from pipeline.errors import Note
from pipeline.feed import expansion as expansions
from pipeline.feed import preprocessing
from pipeline.feed.cycles import CALENDAR, Cycles, fit_calendar, fit_waves
from pipeline.feed.expansion import Expansion
from pipeline.feed.folding import folding_note
from pipeline.feed.gaps import fit_gaps
from pipeline.feed.levels import fit_levels
from pipeline.feed.preprocessing import Affine, Matrix
from pipeline.feed.ramps import fit_ramps
from pipeline.feed.scaling import Numbers, Scores, fit_plain, fit_scores, fit_squashed
from pipeline.feed.schema import CATEGORY, DATE, FLAG, NUMBER, Schema
from pipeline.feed.survey import Survey, chunks, survey
from pipeline.limits import setting

Array = np.ndarray
Step = TypeVar("Step", Numbers, Cycles)
AUTO = "auto"
EMBEDDINGS = ("none", "piecewise_linear", "periodic")
CHUNK = 2**15  # numbers that are expanded at a time, to stay in the cache; no result depends on it


class Recipe(NamedTuple):
    """numbers: fits what becomes of number columns; affine: fits the map of all inputs that comes after."""

    numbers: Callable[[Survey, list[int]], Numbers | Scores]
    affine: Callable[..., Affine]


RECIPES = {name: Recipe(fit_plain, affine) for name, affine in preprocessing.PREPROCESSING.items()} | {
    "robust": Recipe(fit_squashed, preprocessing.none),
    "quantile": Recipe(fit_scores, preprocessing.none),
}


@dataclass(frozen=True)
class Preprocessing:
    """How raw rows become inputs.

    name: ``auto`` is robust for tables, center for images and plain arrays. components: of pca and whiten; 0 for all,
    a whole number, or a share of the variance. rare: training rows that a level of a category needs for an input of
    its own; levels: that have one at most, those with the most rows. embedding: further inputs for each number, by
    ``bins`` intervals or ``waves`` sines and cosines.
    """

    name: str = setting(AUTO, choices=(AUTO, *RECIPES))
    components: float = setting(0.0, least=0, only={"name": ("pca", "whiten")})
    rare: int = setting(3, least=1)
    levels: int = setting(128, least=1)
    embedding: str = setting("none", choices=EMBEDDINGS)
    bins: int = setting(8, least=2, most=1024, only={"embedding": ("piecewise_linear",)})
    waves: int = setting(4, least=1, most=16, only={"embedding": ("periodic",)})


@dataclass(frozen=True)
class Inputs:
    """The map of raw rows to inputs.

    expansion: what each column becomes; None for images and plain arrays, whose numbers go in as they are.
    """

    affine: Affine
    expansion: Expansion | None = None
    features: int = 0

    @property
    def columns(self) -> int:
        """Numbers per raw row."""
        return self.affine.columns if self.expansion is None else self.features

    @property
    def width(self) -> int:
        """Numbers per transformed row, m_0."""
        return self.affine.width

    def apply(self, X: Array, dtype: np.dtype, out: Array | None = None) -> Array:
        """Transform rows (rows, columns) into ``out`` or a new array (rows, width) of ``dtype``."""
        if self.expansion is None:
            return self.affine.apply(X, dtype, out)
        out = np.empty((len(X), self.width), dtype) if out is None else out
        largest = float(np.finfo(dtype).max)
        expanded = Expanded(X, self.expansion)
        for rows in chunks(len(X), max(1, CHUNK // self.affine.columns)):
            made = expanded[rows]
            made = made if self._plain else self.affine.apply(made, np.dtype(np.float64))
            np.clip(made, -largest, largest, out=made)
            out[rows] = made
        return out

    @property
    def _plain(self) -> bool:
        """Whether the affine map leaves all as it is."""
        mean, scale, axes = self.affine
        return axes is None and not mean.any() and bool((scale == 1).all())

    def names(self, schema: Schema) -> list[str]:
        """A readable name for each input: ``LotFrontage missing``, ``Street=Pave``, ``when week sin``."""
        if self.affine.axes is not None:
            return [f"component {number}" for number in range(1, self.width + 1)]
        return list(schema.features) if self.expansion is None else self.expansion.names(schema)

    def to_arrays(self) -> dict[str, Array]:
        """Plain arrays by name."""
        axes = {} if self.affine.axes is None else {"input_axes": self.affine.axes}
        arrays = {"input_mean": self.affine.mean, "input_scale": self.affine.scale, **axes}
        return arrays if self.expansion is None else arrays | self.expansion.to_arrays()


class Expanded:
    """Expanded rows of X, made when they are asked for: what the affine map is fitted to."""

    def __init__(self, X: Matrix, expansion: Expansion) -> None:
        self._X, self._expansion = X, expansion
        self.shape = (len(X), expansion.width)

    def __len__(self) -> int:
        return len(self._X)

    def __getitem__(self, rows: slice) -> Array:
        return self._expansion.apply(self._X[rows])


def fit_inputs(how: Preprocessing, X: Array, schema: Schema, importance: Array | None = None) -> Inputs:
    """Fitted to the training rows X (rows, features); a row of importance 2 counts as the row twice.

    Args:
        how: resolved, so not ``auto``.
    """
    recipe = RECIPES[how.name]
    if not schema.kinds and recipe.numbers is fit_plain and how.embedding == "none":
        return Inputs(recipe.affine(X, how.components, importance))
    expansion = fit_expansion(how, survey(X, _with_kinds(schema), importance))
    affine = recipe.affine(Expanded(X, expansion), how.components, importance)
    return Inputs(affine, expansion, X.shape[1])


def _with_kinds(schema: Schema) -> Schema:
    features = len(schema.features)
    return schema if schema.kinds else replace(schema, kinds=(NUMBER,) * features, levels=((),) * features)


def fit_expansion(how: Preprocessing, found: Survey) -> Expansion:
    """What each column becomes."""
    numbers, dates = ([j for j, k in enumerate(found.schema.kinds) if k == kind] for kind in (NUMBER, DATE))
    main = RECIPES[how.name].numbers(found, numbers)
    trends = fit_squashed(found, dates)
    ramps = fit_ramps(found, numbers if how.embedding == "piecewise_linear" else [], how.bins)
    squashed = fit_squashed(found, numbers if how.embedding == "periodic" else [])
    waves = fit_waves(squashed.columns, squashed.center, squashed.rate, how.waves)
    levels = fit_levels(found, how.rare, how.levels)
    if note := folding_note(found, levels, how.rare, how.levels):
        warnings.warn(note, Note, stacklevel=4)
    return Expansion(
        _joined(main, trends) if isinstance(main, Numbers) else trends,
        main if isinstance(main, Scores) else fit_scores(found, []),
        ramps,
        _joined(fit_calendar(found, dates), waves),
        levels,
        fit_gaps(found),
    )


def _joined(one: Step, other: Step) -> Step:
    """Two steps of one kind as one."""
    return type(one)(*map(np.concatenate, zip(one, other, strict=True)))


def widest(how: Preprocessing, schema: Schema) -> int:
    """The most inputs that rows of this schema can have."""
    kinds = _with_kinds(schema)
    extra = {"none": 0, "piecewise_linear": how.bins, "periodic": 2 * how.waves}[how.embedding]
    each = {NUMBER: 2 + extra, FLAG: 3, DATE: 2 + 2 * sum(waves for _, waves in CALENDAR.values())}
    return sum(
        min(how.levels, len(levels)) + 2 if kind == CATEGORY else each[kind]
        for kind, levels in zip(kinds.kinds, kinds.levels, strict=True)
    )


def from_arrays(arrays: Mapping[str, Array], schema: Schema, width: int) -> Inputs:
    """What ``Inputs.to_arrays`` gave; width: m_0, as the weights have it.

    Raises:
        KeyError: an array is missing.
        ValueError: names the array that has a shape, or holds values, that can't be.
    """
    features = len(schema.features)
    expanded = bool(schema.kinds) or "input_numbers_columns" in arrays
    expansion = expansions.from_arrays(arrays, _with_kinds(schema)) if expanded else None
    columns = features if expansion is None else expansion.width
    axes = arrays.get("input_axes")
    expected: dict[str, tuple[int, ...]] = {"input_mean": (columns,), "input_scale": (columns,)}
    if axes is not None or columns != width:
        expected |= {"input_axes": (width, columns)}
    for name, shape in expected.items():
        check_numbers(name, arrays[name], shape)
    return Inputs(Affine(arrays["input_mean"], arrays["input_scale"], axes), expansion, features)


def check_numbers(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Raise ValueError unless the array is of finite floats of this shape, above 0 if it is a scale or a spread."""
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}, expected {shape}")
    if array.dtype.kind != "f" or not np.isfinite(array).all():
        raise ValueError(f"{name} holds values that are not finite numbers")
    if name.endswith(("scale", "spread")) and not (array > 0).all():
        raise ValueError(f"{name} holds values that are not above 0")
