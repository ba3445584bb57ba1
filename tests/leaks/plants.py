"""Data that a careless person could bring, each with a leak planted in it, and what must be said of it."""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from pipeline.data.bundled import load
from pipeline.feed.parting import deal
from pipeline.feed.rows import Rows
from pipeline.feed.schema import CATEGORY, CLASSIFICATION, DATE, MULTILABEL, NUMBER, REGRESSION, Schema

Array = np.ndarray
ROWS = 420
RATIO = (5, 1, 1)


class Dealt(NamedTuple):
    """Rows in their parts; origin says where each stands in the file."""

    schema: Schema
    train: Rows
    validation: Rows
    test: Rows


class Plant(NamedTuple):
    """make: the data; code, severity: of the finding that must be there; about: what it must name."""

    name: str
    make: Callable[[np.random.Generator], Dealt]
    code: str
    severity: str
    about: str = ""


PLANTS: list[Plant] = []


def plant(code: str, severity: str, about: str = "") -> Callable[[Callable[..., Dealt]], Callable[..., Dealt]]:
    def add(make: Callable[..., Dealt]) -> Callable[..., Dealt]:
        PLANTS.append(Plant(make.__name__.replace("_", " "), make, code, severity, about))
        return make

    return add


def dealt(rows: Rows, schema: Schema, seed: int = 1) -> Dealt:
    """As split deals them."""
    rows = replace(rows, origin=np.arange(len(rows)))
    parts = deal(rows, schema, RATIO, seed, stratify=True)
    return Dealt(schema, *(rows.take(part) for part in parts))


def table(X: Array, y: Array, classes: int = 2, names: dict[int, str] | None = None, **more: Array) -> Dealt:
    """Columns of numbers, some of them named; classes=0: a regression."""
    features = tuple((names or {}).get(j, f"c{j}") for j in range(X.shape[1]))
    return dealt(Rows(X, y, **more), schema_of(features, classes))


def schema_of(features: tuple[str, ...], classes: int, kinds: dict[int, str] | None = None, **more: object) -> Schema:
    task = CLASSIFICATION if classes else REGRESSION
    labels = tuple(map(str, range(classes)))
    every = tuple((kinds or {}).get(j, NUMBER) for j in range(len(features)))
    given = {"levels": ((),) * len(features), "targets": ("y",), "kinds": every, **more}
    return Schema(task, features, labels, **given)  # type: ignore[arg-type]


def plain(rng: np.random.Generator, rows: int = ROWS, columns: int = 8) -> tuple[Array, Array]:
    """Inputs and a class that depends on them, honestly."""
    X = rng.normal(size=(rows, columns))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=rows) > 0).astype(np.int64)
    return X, y


def amounts(rng: np.random.Generator) -> tuple[Array, Array]:
    X, _ = plain(rng)
    return X, 3 * X[:, 0] + X[:, 1] ** 2 + rng.normal(size=len(X))


def split_of(data: Dealt) -> tuple[int, int, int]:
    return len(data.train), len(data.validation), len(data.test)


@plant("HD06", "alarm", "paid")
def the_target_itself_as_a_column(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    return table(np.c_[X, y], y, names={8: "paid"})


@plant("HD06", "alarm", "c8")
def the_target_with_noise(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    return table(np.c_[X, y + rng.normal(0, 0.1, len(y))], y)


@plant("HD06", "alarm", "c8")
def one_of_ten_classes_with_noise(rng: np.random.Generator) -> Dealt:
    X, _ = plain(rng, 900)
    y = rng.integers(0, 10, 900)
    return table(np.c_[X, y + rng.normal(0, 0.1, 900)], y, 10)


@plant("HD06", "alarm", "verdict")
def the_target_in_other_words(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    names = (*(f"c{j}" for j in range(8)), "verdict")
    schema = schema_of(names, 2, {8: CATEGORY}, levels=(*((),) * 8, ("guilty", "innocent", "none")))
    return dealt(Rows(np.c_[X, y], y), schema)


@plant("HD06", "alarm", "c8")
def a_value_that_is_missing_where_the_answer_is_no(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    return table(np.c_[X, np.where(y == 0, np.nan, rng.normal(size=len(y)))], y)


@plant("HD06", "alarm", "c8")
def the_amount_in_another_unit(rng: np.random.Generator) -> Dealt:
    X, y = amounts(rng)
    return table(np.c_[X, 2.54 * y + 3], y, 0)


@plant("HD06", "alarm", "c8")
def the_amount_by_a_curve_and_with_noise(rng: np.random.Generator) -> Dealt:
    X, y = amounts(rng)
    return table(np.c_[X, np.exp(y / 3 + rng.normal(0, 0.02, len(y)))], y, 0)


@plant("HD06", "alarm", "c9")
def an_amount_that_two_columns_add_up_to(rng: np.random.Generator) -> Dealt:
    X, y = amounts(rng)
    paid = rng.normal(0, 9, len(y))
    return table(np.c_[X, paid, y - paid], y, 0)


@plant("HD06", "alarm", "c9")
def a_class_that_two_columns_add_up_to(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    before = rng.normal(0, 5, len(y))
    return table(np.c_[X, before, y - before], y)


@plant("HD06", "alarm", "c8")
def one_of_several_labels_as_a_column(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    flags = np.stack([y, rng.integers(0, 2, len(y))], axis=1)
    schema = replace(schema_of(tuple(f"c{j}" for j in range(9)), 2), task=MULTILABEL, classes=("a", "b"))
    return dealt(Rows(np.c_[X, flags[:, 1] + rng.normal(0, 0.1, len(y))], flags), schema)


@plant("HD06", "alarm", "c8")
def a_number_given_out_class_by_class(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    number = np.empty(len(y))
    number[np.argsort(y, kind="stable")] = 1000 + 7 * np.arange(len(y))
    return table(np.c_[X, number], y)


@plant("HD06", "alarm", "c0")
def a_mark_on_the_images_of_one_class(rng: np.random.Generator) -> Dealt:
    X = rng.integers(0, 255, (ROWS, 64)).astype(np.uint8)
    y = rng.integers(0, 2, ROWS)
    X[:, 0] = np.where(y, 200, 20) + rng.integers(0, 30, ROWS)
    schema = schema_of(tuple(f"c{j}" for j in range(64)), 2, levels=(), image_shape=(8, 8))
    return dealt(Rows(X, y), replace(schema, kinds=()))


@plant("HD07", "alarm", "line")
def the_number_of_the_row_in_a_file_sorted_by_class(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    order = np.argsort(y, kind="stable")
    return table(np.c_[X[order], np.arange(len(y)) * 3.0], y[order], names={8: "line"})


@plant("HD07", "warning", "c8")
def the_moment_of_recording_as_a_number(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    return table(np.c_[X, 1.7e9 + np.cumsum(rng.random(len(y)))], y)


@plant("HD07", "warning", "c0")
def an_index_in_a_plain_array(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    schema = schema_of(tuple(f"c{j}" for j in range(9)), 2, levels=())
    return dealt(Rows(np.c_[np.arange(len(y)) + 0.5, X], y), replace(schema, kinds=()))


@plant("HD07", "warning", "customer_id")
def a_number_for_each_customer(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    return table(np.c_[X, rng.permutation(10_000)[: len(y)]], y, names={8: "customer_id"})


def repeated(rng: np.random.Generator, change: Callable[[Array], Array], share: float = 1.0) -> Dealt:
    """Each row twice, the second time changed: equal rows are tied, changed ones are not."""
    X, y = plain(rng, ROWS // 2, 12)
    again = rng.random(len(y)) < share
    return table(np.r_[X, change(X[again])], np.r_[y, y[again]])


@plant("HD02", "alarm", "test")
def each_row_again_with_a_little_noise(rng: np.random.Generator) -> Dealt:
    return repeated(rng, lambda X: X + rng.normal(0, 0.01, X.shape))


@plant("HD02", "alarm", "test")
def each_row_again_rounded(rng: np.random.Generator) -> Dealt:
    return repeated(rng, lambda X: X.round(1))


@plant("HD02", "alarm", "test")
def each_row_again_times_a_factor(rng: np.random.Generator) -> Dealt:
    return repeated(rng, lambda X: X * rng.uniform(1.5, 3, (len(X), 1)))


@plant("HD02", "alarm", "validation")
def a_tenth_of_the_rows_again(rng: np.random.Generator) -> Dealt:
    return repeated(rng, lambda X: X + rng.normal(0, 0.01, X.shape), 0.3)


@plant("HD02", "alarm", "test")
def test_rows_made_from_training_rows(rng: np.random.Generator) -> Dealt:
    """197 of 200."""
    X, y = plain(rng, 1400, 20)
    data = table(X, y)
    made = data.test.X.copy()
    made[:-3] = data.train.X[: len(made) - 3] + rng.normal(0, 0.02, (len(made) - 3, 20))
    return data._replace(test=replace(data.test, X=made))


@plant("HD04", "alarm", "test")
def each_row_again_with_one_column_changed(rng: np.random.Generator) -> Dealt:
    def change(X: Array) -> Array:
        X = X.copy()
        X[:, 5] = rng.normal(50, 20, len(X))
        return X

    return repeated(rng, change)


def images(rng: np.random.Generator, change: Callable[[Array], Array]) -> Dealt:
    """Digits, each once more and changed; the class is kept."""
    found, _ = load("digits")
    X = np.kron(np.asarray(found.X[:200]).reshape(-1, 8, 8), np.ones((2, 2), np.uint8)) * 15
    X = np.pad(X, ((0, 0), (4, 4), (4, 4)))
    both = np.r_[X, change(X)].reshape(400, -1).astype(np.uint8)
    y = np.tile(np.asarray(found.target[:200], np.int64), 2)
    schema = schema_of(tuple(map(str, range(both.shape[1]))), 10, levels=(), image_shape=X.shape[1:])
    return dealt(Rows(both, y), replace(schema, kinds=()))


@plant("HD03", "alarm", "test")
def mirrored_images(rng: np.random.Generator) -> Dealt:
    return images(rng, lambda X: X[:, :, ::-1])


@plant("HD03", "alarm", "validation")
def moved_images(rng: np.random.Generator) -> Dealt:
    return images(rng, lambda X: np.roll(X, (3, -2), (1, 2)))


@plant("HD03", "alarm", "test")
def turned_images(rng: np.random.Generator) -> Dealt:
    return images(rng, lambda X: np.rot90(X, 1, (1, 2)))


@plant("HD02", "alarm", "test")
def darker_images(rng: np.random.Generator) -> Dealt:
    return images(rng, lambda X: X * 0.6)


@plant("HD02", "alarm", "test")
def images_with_noise(rng: np.random.Generator) -> Dealt:
    return images(rng, lambda X: np.clip(X + rng.normal(0, 4, X.shape), 0, 255))


@plant("HD01", "alarm", "validation")
def rows_in_two_parts(rng: np.random.Generator) -> Dealt:
    data = table(*plain(rng))
    return data._replace(validation=data.validation + data.train.take(np.arange(5)))


@plant("HD05", "warning")
def equal_rows_of_two_classes(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    return table(np.r_[X, X[:60]], np.r_[y, 1 - y[:60]])


def persons(rng: np.random.Generator, each: int = 10) -> tuple[Array, Array, Array]:
    """Rows of persons that differ much, with a class that is the person's and random; and who they are of."""
    who = np.repeat(np.arange(ROWS // each), each)
    centers, labels = rng.normal(size=(who.max() + 1, 8)), rng.integers(0, 2, who.max() + 1)
    order = rng.permutation(len(who))
    X = centers[who] + rng.normal(0, 0.1, (len(who), 8))
    return X[order], labels[who][order], who[order]


@plant("HD08", "alarm", "patient")
def patients_as_a_category(rng: np.random.Generator) -> Dealt:
    X, y, who = persons(rng)
    levels = tuple(f"P{number}" for number in range(who.max() + 1))
    schema = schema_of((*(f"c{j}" for j in range(8)), "patient"), 2, {8: CATEGORY}, levels=(*((),) * 8, levels))
    return dealt(Rows(np.c_[rng.normal(size=X.shape), who], y), schema)


@plant("HD08", "warning", "c8")
def persons_as_an_unnamed_number(rng: np.random.Generator) -> Dealt:
    X, y, who = persons(rng)
    return table(np.c_[rng.normal(size=X.shape), who], y)


@plant("HD08", "alarm")
def persons_that_no_column_names(rng: np.random.Generator) -> Dealt:
    X, y, _ = persons(rng)
    return table(X, y)


@plant("HD08", "alarm", "test")
def a_group_in_two_parts(rng: np.random.Generator) -> Dealt:
    X, y, who = persons(rng)
    data = table(X, y, groups=who)
    return data._replace(test=replace(data.test, groups=np.resize(data.train.groups, len(data.test))))


@plant("HD09", "warning", "when")
def dates_under_a_random_split(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    names = (*(f"c{j}" for j in range(8)), "when")
    schema = schema_of(names, 2, {8: DATE}, levels=(*((),) * 8, ("%Y-%m-%d",)))
    return dealt(Rows(np.c_[X, 86400.0 * rng.integers(18_000, 19_000, len(y))], y), schema)


@plant("HD09", "warning")
def a_series_in_the_order_of_the_file(rng: np.random.Generator) -> Dealt:
    X, _ = plain(rng)
    for row in range(1, len(X)):
        X[row] = 0.9 * X[row - 1] + 0.4 * X[row]
    return table(X, (X[:, 0] + rng.normal(size=len(X)) > 0).astype(np.int64))


@plant("HD09", "warning")
def an_amount_that_drifts_with_the_rows(rng: np.random.Generator) -> Dealt:
    X, y = amounts(rng)
    return table(X, y + np.cumsum(rng.normal(0, 1, len(y))), 0)


@plant("HD10", "alarm", "test")
def test_rows_from_another_device(rng: np.random.Generator) -> Dealt:
    data = table(*plain(rng, 1400))
    return data._replace(test=replace(data.test, X=data.test.X * 1.5 + 0.5))


@plant("HD10", "warning", "validation")
def a_world_that_moves_with_time(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng, 1400)
    return table(X + np.linspace(0, 3, len(X))[:, None], y, moments=np.arange(1400) * 60.0)


@plant("HD11", "warning", "2")
def a_class_that_comes_too_early_for_the_test(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng)
    y[:50] = 2
    return table(X, y, 3, moments=np.arange(len(y)) * 60.0)


@plant("HD12", "warning", "test")
def a_test_part_of_ten_rows(rng: np.random.Generator) -> Dealt:
    return table(*plain(rng, 70))


@plant("HD13", "warning", "y")
def negatives_nearly_everywhere(rng: np.random.Generator) -> Dealt:
    X, y = plain(rng, 1000)
    y[:] = rng.random(1000) < 0.03
    return table(X, y)


@plant("HD13", "warning", "y")
def an_amount_that_is_mostly_zero(rng: np.random.Generator) -> Dealt:
    X, y = amounts(rng)
    return table(X, np.where(rng.random(len(y)) < 0.97, 0, y), 0)
