"""What the columns of a table are taken for, and which of them become inputs."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.data.identifiers import named_like_one
from pipeline.data.source import Read
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CATEGORY, DATE, FLAG, NUMBER
from tests.data.made import lines, read

ROWS = 60
RNG = np.random.default_rng(0)
NOISE = RNG.normal(size=ROWS).round(3)
CLASS = [("no", "yes")[i % 2] for i in range(ROWS)]


def column(tmp_path: Path, values: list[object], name: str = "c", **said: str):  # type: ignore[no-untyped-def]
    """The data set of a column, one of noise and a class, and what became of the column."""
    rows = [f"{value},{NOISE[i]},{CLASS[i]}" for i, value in enumerate(values)]
    data = read(tmp_path, lines(f"{name},noise,y", *rows), **said)
    return data, next(found for found in data.columns if found.name == name)


@pytest.mark.parametrize(
    ("values", "kind", "levels"),
    [
        (["red", "green", "blue"] * 20, CATEGORY, ("blue", "green", "red")),
        (["10", "x", "9"] * 20, CATEGORY, ("10", "9", "x")),
        (["01", "02", "10"] * 20, CATEGORY, ("01", "02", "10")),  # codes: as numbers they would lose their zeros
        (["yes", "no"] * 30, FLAG, ("no", "yes")),
        ([0, 1] * 30, FLAG, ("0", "1")),
        (["True", "False"] * 30, FLAG, ("False", "True")),
        ([1, 2] * 30, NUMBER, ()),
        ([1, 2, ""] * 20, NUMBER, ()),
        ([1.5, "NA", 3] * 20, NUMBER, ()),
        ([17, "unknown", 18, 19] * 15, NUMBER, ()),
        (["2026-01-02", "2026-03-04"] * 30, DATE, ("ISO 8601",)),
        (["31.12.2025", "01.02.2026", ""] * 20, DATE, ("%d.%m.%Y",)),
        (["12/31/2025 10:30", "01/02/2026 08:00"] * 30, DATE, ("%m/%d/%Y %H:%M",)),
        (["area_1", "area_2", "area_3"] * 20, CATEGORY, ("area_1", "area_2", "area_3")),
    ],
)
def test_kinds(tmp_path: Path, values: list[object], kind: str, levels: tuple[str, ...]) -> None:
    data, found = column(tmp_path, values)
    assert (found.kind, found.use) == (kind, "input")
    place = data.schema.features.index("c")
    assert (data.schema.kinds[place], data.schema.levels[place]) == (kind, levels)


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("customer_id", RNG.permutation(1000)[:ROWS], "identifier"),
        ("Unnamed: 0", range(ROWS), "identifier"),
        ("", range(ROWS), "identifier"),
        ("c", range(100, 100 + ROWS), "identifier"),  # runs through
        ("c", RNG.permutation(ROWS), "identifier"),
        ("c", np.cumsum(RNG.integers(1, 9, ROWS)), "identifier"),  # follows the order of the rows
        ("c", np.arange(ROWS)[::-1] * 7.0, "identifier"),  # written as 413.0
        ("c", [f"N{i:03}" for i in RNG.permutation(ROWS)], "identifier"),
        ("c", [f"{i:03}" for i in range(ROWS)], "identifier"),
        ("title", [f"a film of {i % 45}" for i in range(ROWS)], "varied text"),
        ("c", ["same"] * ROWS, "constant"),
        ("c", [7] * ROWS, "constant"),
        ("c", [""] * ROWS, "constant"),
    ],
)
def test_what_says_nothing_of_a_new_row_is_left_out_with_a_note(
    tmp_path: Path, name: str, values: list[object], kind: str
) -> None:
    rows = [f"{value},{NOISE[i]},{CLASS[i]}" for i, value in enumerate(values)]
    data = read(tmp_path, lines(f"{name},noise,y", *rows))
    assert data.schema.features == ("noise",)
    left = [found for found in data.columns if found.use == "left out"]
    assert [found.kind for found in left] == [kind]
    assert any(repr(left[0].name) in note and "left out" in note for note in data.notes)


def test_a_number_with_a_fraction_is_no_identifier(tmp_path: Path) -> None:
    _, found = column(tmp_path, list(np.arange(ROWS) + 0.5), name="id")
    assert (found.kind, found.use) == (NUMBER, "input")


def test_a_unique_whole_number_without_evidence_is_kept_with_a_note(tmp_path: Path) -> None:
    data, found = column(tmp_path, list(RNG.permutation(1000)[:ROWS]), name="income")
    assert found.use == "input"
    assert any("'income' differs in every row" in note for note in data.notes)


@pytest.mark.parametrize("said", ["number", "category"])
def test_what_is_set_is_obeyed(tmp_path: Path, said: str) -> None:
    _, found = column(tmp_path, list(range(ROWS)), c=said)
    assert (found.kind, found.use) == (said, "input")
    assert column(tmp_path, ["a", "b", "c"] * 20, c="drop")[1].use == "left out"


def test_noise_with_row_numbers_teaches_nothing(tmp_path: Path) -> None:
    """The row number of a file that is sorted by class would give the class away."""
    rows = [f"{i},{NOISE[i]},{'ab'[i >= ROWS // 2]}" for i in range(ROWS)]
    assert read(tmp_path, lines(",x,y", *rows)).schema.features == ("x",)


def test_duplicates_are_found_without_identifiers(tmp_path: Path) -> None:
    from pipeline.data.remarks import remark

    rows = [f"{i},{(i // 2) / 7:.3f},{CLASS[i // 2]}" for i in range(ROWS)]
    data = read(tmp_path, lines("id,x,y", *rows))
    assert any(f"{ROWS // 2} of {ROWS} rows repeat" in note for note in remark(data.rows, data.schema, data.columns)[1])


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["01", "1"], ("01", "1")),
        (["1E2", "100"], ("100", "1E2")),
        (["1_0", "10"], ("10", "1_0")),
        (["1.10", "1.1"], ("1.1", "1.10")),
        (["9007199254740993", "9007199254740992"], ("9007199254740992", "9007199254740993")),
        (["NA", "EU"], ("EU", "NA")),
        (["10", "9"], ("9", "10")),
    ],
)
def test_class_labels_are_text_as_written(tmp_path: Path, labels: list[str], classes: tuple[str, ...]) -> None:
    rows = [f"{NOISE[i]},{labels[i % 2]}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,y", *rows), task="classification")
    assert data.schema.classes == classes
    assert [data.schema.classes[index] for index in data.rows.y[:2]] == labels


def test_a_stated_task_is_obeyed(tmp_path: Path) -> None:
    text = lines("x,y", *(f"{NOISE[i]},{(1.5, 2.5)[i % 2]}" for i in range(ROWS)))
    assert read(tmp_path, text).schema.task == "regression"
    assert read(tmp_path, text, task="classification").schema.classes == ("1.5", "2.5")


def test_rows_without_a_target_are_left_out_with_a_note(tmp_path: Path) -> None:
    rows = [f"{NOISE[i]},{'' if i in (3, 4) else i / 7}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,y", *rows))
    assert len(data.rows) == ROWS - 2
    assert any("2 rows have no value of 'y'" in note for note in data.notes)


def test_several_targets(tmp_path: Path) -> None:
    rows = [f"{NOISE[i]},{i / 7},{i * 2.5}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,a,b", *rows), "a", "b")
    assert (data.schema.task, data.schema.targets, data.rows.y.shape) == ("regression", ("a", "b"), (ROWS, 2))
    rows = [f"{NOISE[i]},{i % 2},{('no', 'yes')[i % 3 == 0]}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,a,b", *rows), "a", "b")
    assert (data.schema.task, data.schema.classes) == ("multilabel", ("a", "b"))
    assert data.rows.y[:4].tolist() == [[0, 1], [1, 0], [0, 0], [1, 1]]


def test_groups_times_and_weights(tmp_path: Path) -> None:
    rows = [f"{NOISE[i]},{CLASS[i]},p{i // 3},2026-01-{1 + i % 28:02},{1 + i % 2}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,y,who,when,w", *rows), who="group", when="time", w="weight")
    assert data.schema.features == ("x",)
    assert len(np.unique(data.rows.groups)) == ROWS // 3
    assert data.rows.moments[1] - data.rows.moments[0] == 86400
    assert data.rows.importance[:3].tolist() == [1, 2, 1]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [*(f"{i / 7},{'ab'[i % 2]}" for i in range(30)), "1O,a", *("0.5,b" for _ in range(30))],
            ["line 32", "'x'", "'1O'", "numbers", "data.read.missing", "category"],
        ),
        (["k,a"] * 9, ["no input column is left", "'x'"]),
    ],
)
def test_a_refusal_names_line_column_value_and_setting(tmp_path: Path, rows: list[str], words: list[str]) -> None:
    with pytest.raises(HoldoutError) as refusal:
        read(tmp_path, lines("x,y", *rows))
    assert all(word in str(refusal.value) for word in words), refusal.value


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"z": "drop"}, ["no column 'z'", "data.columns", "'x'"]),
        ({"y": "drop"}, ["'y' is data.target"]),
        ({"x": "weight", "n": "number"}, ["weight", "-"]),
    ],
)
def test_settings_that_do_not_fit_the_table(tmp_path: Path, said: dict[str, str], words: list[str]) -> None:
    rows = [f"{NOISE[i]},{i},{CLASS[i]}" for i in range(ROWS)]
    with pytest.raises(HoldoutError) as refusal:
        read(tmp_path, lines("x,n,y", *rows), **said)
    assert all(word in str(refusal.value) for word in words), refusal.value


def test_text_far_down_in_a_column_of_numbers(tmp_path: Path) -> None:
    """Kinds are guessed by the first rows; what the others show counts as well."""
    numbers = [f"{i % 50},{CLASS[i % ROWS]}" for i in range(30_000)]
    codes = [f"c{i % 50},{CLASS[i % ROWS]}" for i in range(6_000)]
    data = read(tmp_path, lines("x,y", *numbers, *codes))
    assert (data.schema.kinds, len(data.schema.levels[0])) == ((CATEGORY,), 100)


@pytest.mark.parametrize("name", ["id", "customer_id", "PassengerId", "Row number", "Unnamed: 0", "index", "SerialNo"])
def test_names_of_identifiers(name: str) -> None:
    assert named_like_one(name)


@pytest.mark.parametrize("name", ["humid", "casino", "keyword", "number_of_rooms", "video", "grid", "order"])
def test_names_of_others(name: str) -> None:
    assert not named_like_one(name)


@pytest.mark.parametrize("share", [100, 20, 7, 1])  # one in so many has a fraction
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_decimal_comma_in_few_values(tmp_path: Path, share: int, separator: str) -> None:
    cells = [f"{40 + i % 30},5" if i % share == 0 else str(40 + i % 30) for i in range(300)]
    rows = [separator.join((cell, str(1 + i % 4), "ab"[i % 2])) for i, cell in enumerate(cells)]
    data = read(tmp_path, lines(separator.join(("hours", "rooms", "y")), *rows))
    assert data.schema.kinds == (NUMBER, NUMBER)
    assert data.rows.X[:, 0].tolist() == [float(cell.replace(",", ".")) for cell in cells]


def test_a_number_in_another_notation_is_refused_with_the_setting_for_it(tmp_path: Path) -> None:
    rows = [f"{i % 50}.5;{'ab'[i % 2]}" for i in range(300)]
    for late in (["62,5;a"], ["62,5;a", "63,5;b"] * 40):
        with pytest.raises(HoldoutError, match=r"line 302, column 'hours': found '62,5'.*data\.read\.decimal: ','"):
            read(tmp_path, lines("hours;y", *rows, *late))
    many = [f"{i % 90};{'ab'[i % 2]}" for i in range(25_000)] + [f"{i % 90},5;a" for i in range(5000)]
    with pytest.raises(HoldoutError, match=r"line 25002, column 'hours': found '0,5'.*data\.read\.decimal: ','"):
        read(tmp_path, lines("hours;y", *many))
    data = read(tmp_path, lines("hours;y", *many), read=Read(decimal=","))
    assert data.rows.X[-1, 0] == 4999 % 90 + 0.5


@pytest.mark.parametrize("separator", [",", "\t", " "])
@pytest.mark.parametrize("late", ["01000", '"01000"'])
def test_leading_zeros_that_only_appear_late_are_kept(tmp_path: Path, separator: str, late: str) -> None:
    cells = [(10_000 + i % 50, i % 90 / 10, "ab"[i % 2]) for i in range(25_000)]
    cells += [(late if i % 2 else 10_000 + i % 50, 0.5, "ab"[i % 2]) for i in range(5000)]
    text = lines(separator.join(("zip", "x", "y")), *(separator.join(map(str, row)) for row in cells))
    data = read(tmp_path, text)
    assert data.schema.kinds == (CATEGORY, NUMBER)
    assert "01000" in data.schema.levels[0] and data.schema.levels[0][int(data.rows.X[-1, 0])] == "01000"
    assert any("'zip'" in note and "leading zeros" in note for note in data.notes)
    assert read(tmp_path, text, zip="number").schema.kinds == (NUMBER, NUMBER)


@pytest.mark.parametrize(
    "cells", [["-999.0", "1.5"], ["-999", "1.5"], ["-999.00", "2"], ["−999", "1"], ["-999,0", "1,5"]]
)
def test_a_number_that_stands_for_no_value_is_compared_as_a_number(tmp_path: Path, cells: list[str]) -> None:
    rows = [f"{cells[i % 5 > 0]};{i * 7 % 31};{'ab'[i % 2]}" for i in range(60)]
    data = read(tmp_path, lines("x;z;y", *rows), read=Read(missing=("-999",)))
    assert data.schema.kinds == (NUMBER, NUMBER)
    assert np.isnan(data.rows.X[:, 0]).sum() == 12 and np.nanmin(data.rows.X[:, 0]) > 0


@pytest.mark.parametrize("word", ["\\N", "(null)", "(NULL)"])
def test_what_databases_write_for_no_value(tmp_path: Path, word: str) -> None:
    data, _ = column(tmp_path, [word, 1.5, 2.5] * 20)
    assert np.isnan(data.rows.X[:, 0]).sum() == 20
    assert column(tmp_path, [word, "red", "blue"] * 20)[1].kind == FLAG


def test_a_minus_sign_of_typography_is_one(tmp_path: Path) -> None:
    data, found = column(tmp_path, ["−1.5", "2e−3", "-1.5"] * 20)
    assert found.kind == NUMBER and data.rows.X[:3, 0].tolist() == [-1.5, 0.002, -1.5]


def test_one_is_singular(tmp_path: Path) -> None:
    rows = [f"{i % 7}.5,7,{'ab'[i % 2]}" for i in range(60)]
    notes = " | ".join(read(tmp_path, lines("x,same,y", *rows, "1.5,7,")).notes)
    assert "1 column is left out, for it is constant or empty: 'same'" in notes
    assert "1 row has no value of 'y': it is left out" in notes
    with pytest.raises(HoldoutError, match="line 62: found 1 field, expected 3"):
        read(tmp_path, lines("x,same,y", *rows, "1.5"))


@pytest.mark.parametrize(
    ("form", "sign"), [("1.{:03},56 €", "€"), ("$1,{:03}.50", "$"), ("{},5 %", "%"), ("no {}", "")]
)
def test_numbers_with_a_sign_beside_them_are_named(tmp_path: Path, form: str, sign: str) -> None:
    rows = [f"{form.format(100 + i)};{NOISE[i]};{CLASS[i]}" for i in range(ROWS)]
    (note,) = [note for note in read(tmp_path, lines("c;noise;y", *rows)).notes if "'c' is left out" in note]
    assert (f"looks like numbers with {sign!r}: remove the sign from the file" in note) == bool(sign)
