"""What the columns of a table are taken for, and which of them become inputs."""

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.configuration.reading import columns_of
from pipeline.data import dates
from pipeline.data.dataset import Table
from pipeline.data.identifiers import named_like_one
from pipeline.data.matrix import describe
from pipeline.data.opening import open_files
from pipeline.data.roles import Wishes
from pipeline.data.source import Read
from pipeline.data.tabular import read_table
from pipeline.errors import HoldoutError
from pipeline.feed.schema import CATEGORY, DATE, FLAG, NUMBER
from pipeline.serving.incoming import Incoming
from tests.data.made import Memory, lines, read

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


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("id", [*range(1, ROWS), ROWS - 1]),  # one twice
        ("id", ["", *RNG.permutation(1000)[1:ROWS]]),
        ("__index_level_0__", RNG.permutation(1000)[:ROWS]),
        ("c", ["", *range(1, ROWS)]),
        ("c", [0, *range(0, 3 * ROWS - 3, 3)]),  # in order, with a tie
        ("c", [*range(0, 90, 3), 4, *range(93, 180, 3)]),  # one out of order
        ("index", [*range(ROWS // 2), *range(ROWS // 2)]),  # of two files
    ],
)
def test_a_slip_makes_no_input_of_an_identifier(tmp_path: Path, name: str, values: list[object]) -> None:
    data, found = column(tmp_path, values, name)
    assert (found.kind, found.use, len(data.rows)) == ("identifier", "left out", ROWS)
    assert any(f"{name!r} is left out" in note for note in data.notes)


@pytest.mark.parametrize("values", [[i // 3 for i in range(ROWS)], [f"p{i // 3}" for i in range(ROWS)]])
def test_an_identifier_that_repeats_is_an_input_with_a_note_on_groups(tmp_path: Path, values: list[object]) -> None:
    data, found = column(tmp_path, values, "patient_id")
    assert found.use == "input"
    assert any("'patient_id' is named like an identifier and repeats" in n and "group" in n for n in data.notes)


def test_months_that_count_anew_are_numbers(tmp_path: Path) -> None:
    assert column(tmp_path, [i % 12 + 1 for i in range(ROWS)], "month")[1].use == "input"


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("%d.%m.%Y", "29.02.2020", "31.02.2020"),
        ("%m/%d/%y %H:%M", "4/30/21 10:00", "4/31/21 10:00"),
        ("%d%b%Y", "30Jun2020", "31Jun2020"),
        ("%a %b %d %Y", "Sat Feb 29 2020", "Fri Feb 30 2020"),
        ("%d. %B %Y", "1. March 2021", "29. February 2021"),
        ("%Y%m%d", "20240229", "20230229"),
    ],
)
def test_a_day_that_a_month_has_not_is_no_date(form: str, good: str, bad: str) -> None:
    found = dates.seconds(pa.array([good, bad, None]), form)
    assert np.isnan(found).tolist() == [False, True, True]
    assert found[0] == dt.datetime.strptime(good + "+0000", form + "%z").timestamp()


def test_an_impossible_day_makes_no_column_of_dates(tmp_path: Path) -> None:
    assert column(tmp_path, ["31.02.2020", "01.03.2020", "02.03.2020"] * 20)[1].kind != DATE


@pytest.mark.parametrize("word", ["?", "unknown", "n/a", "-", "Not available"])
def test_a_word_for_no_value_among_dates(tmp_path: Path, word: str) -> None:
    data, found = column(tmp_path, [word, *(f"2026-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(1, ROWS))])
    assert found.kind == DATE
    assert np.isnan(data.rows.X[:, data.schema.features.index("c")]).sum() == 1
    assert word == "n/a" or any(f"{word!r} taken for a missing value" in note for note in data.notes)


@pytest.mark.parametrize(
    ("values", "form"),
    [
        ([f"{month}-{year}" for month in ("Jan", "Apr", "Dec") for year in range(10, 30)], "%b-%y"),
        ([f"{i % 28 + 1:02}.0{i // 28 + 2}.2020" for i in range(ROWS - 1)] + ["31.02.2020"], "%d.%m.%Y"),
    ],
)
def test_text_that_looks_like_dates_has_a_note(tmp_path: Path, values: list[object], form: str) -> None:
    data, found = column(tmp_path, values)
    assert found.use == "left out"
    assert any(f"'c' looks like dates: set data.columns: {{'c': 'date {form}'}}" in note for note in data.notes)


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
    assert any("2 rows have no value of 'y': they are left out" in note for note in data.notes)


def test_several_targets(tmp_path: Path) -> None:
    rows = [f"{NOISE[i]},{i / 7},{i * 2.5}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,a,b", *rows), "a", "b")
    assert (data.schema.task, data.schema.targets, data.rows.y.shape) == ("regression", ("a", "b"), (ROWS, 2))
    rows = [f"{NOISE[i]},{i % 2},{('no', 'yes')[i % 3 == 0]}" for i in range(ROWS)]
    data = read(tmp_path, lines("x,a,b", *rows), "a", "b")
    assert (data.schema.task, data.schema.classes) == ("multilabel", ("a", "b"))
    assert data.rows.y[:4].tolist() == [[0, 1], [1, 0], [0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{yes},{true},x", ["target 'v' holds 'x'", "multilabel needs 0 and 1", "false and true"]),
        ("{yes},{true},2.5", ["target 'v' holds '2.5'", "regression needs numbers"]),
    ],
)
def test_the_one_of_several_targets_that_is_no_label_is_named(tmp_path: Path, row: str, words: list[str]) -> None:
    rows = [f"{NOISE[i]}," + row.format(yes=CLASS[i], true=i % 3 == 0) for i in range(ROWS)]
    with pytest.raises(HoldoutError) as refusal:
        read(tmp_path, lines("x,h,w,v", *rows), "h", "w", "v")
    assert all(word in str(refusal.value) for word in words), refusal.value


def test_text_among_the_amounts_of_a_target(tmp_path: Path) -> None:
    rows = [f"{NOISE[i]},{'1O' if i == 7 else i / 7}" for i in range(ROWS)]
    with pytest.raises(HoldoutError, match=r"line 9, column 'y': found '1O'.*data\.task: classification") as refusal:
        read(tmp_path, lines("x,y", *rows), task="regression")
    assert "category" not in str(refusal.value)


@pytest.mark.parametrize("task", [None, "classification", "regression"])
def test_a_target_without_values(tmp_path: Path, task: str | None) -> None:
    with pytest.raises(HoldoutError, match="no row has a value of 'y'"):
        read(tmp_path, lines("x,y", *(f"{x}," for x in NOISE)), task=task)


def test_a_unique_whole_number_of_an_array_has_a_note(tmp_path: Path) -> None:
    X = np.column_stack([RNG.permutation(1000)[:ROWS], NOISE])
    data = describe(Table("a.npz", X, np.array(CLASS), ("x0", "x1"), "y"), None)
    assert len(data.schema.features) == 2
    assert any("'x0' differs in every row" in note for note in data.notes)


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


@pytest.mark.parametrize(
    ("values", "said", "words"),
    [
        (["Jan-20", "Feb-20"] * 30, "time", ["line 2", "'c'", "'Jan-20'", "dates or numbers", "{'c': 'time %b-%y'}"]),
        (["early", "late"] * 30, "time", ["line 2", "'early'", "dates or numbers", "time %d.%m.%Y"]),
        (["1.5", "2.5"] * 29 + ["x1", "2"], "time", ["line 60", "'x1'", "numbers"]),
        (["20200401", "20200501"] * 30, "date", ["line 2", "'20200401'", "allowed: dates", "'date %Y%m%d'"]),
        ([1585699200, 1585699201] * 30, "date", ["line 2", "'1585699200'", "allowed: dates"]),
        (["2020-04-01", "2020-05-01"] * 29 + ["soon", ""], "date", ["line 60", "'soon'", "data.read.missing"]),
        (["01.02.2020", "31.02.2020"] * 30, "date %d.%m.%Y", ["line 3", "'31.02.2020'", "dates of the form %d.%m.%Y"]),
        (["heavy", 1] * 30, "weight", ["line 2", "'heavy'", "weight is a number"]),
    ],
)
def test_what_is_no_moment_or_weight_is_refused(
    tmp_path: Path, values: list[object], said: str, words: list[str]
) -> None:
    with pytest.raises(HoldoutError) as refusal:
        column(tmp_path, values, c=said)
    assert all(word in str(refusal.value) for word in words), refusal.value


def test_a_form_after_time_or_date_is_obeyed(tmp_path: Path) -> None:
    data, found = column(tmp_path, ["Apr-20", "Jan-20", "Feb-21"] * 20, c="time %b-%y")
    assert found.use == "time"
    assert np.argsort(data.rows.moments[:3]).tolist() == [1, 0, 2]
    data, found = column(tmp_path, ["20200401", "20200501"] * 30, c="date %Y%m%d")
    place = data.schema.features.index("c")
    assert (found.kind, data.rows.X[1, place] - data.rows.X[0, place]) == (DATE, 30 * 86400)


def test_whole_numbers_of_a_typed_file_are_dates_by_their_digits(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    table = pa.table({"when": [20200401, 20200501] * 30, "noise": NOISE, "y": CLASS})
    pq.write_table(table, path)
    with pytest.raises(HoldoutError, match="'20200401', allowed: dates"):
        read_table(open_files([path], Read()), Wishes(("y",), columns={"when": "date"}), Memory)
    data = read_table(open_files([path], Read()), Wishes(("y",), columns={"when": "date %Y%m%d"}), Memory)
    assert data.rows.X[0, 0] == dt.datetime(2020, 4, 1, tzinfo=dt.UTC).timestamp()


def test_day_and_month_of_the_time_may_be_changed_over(tmp_path: Path) -> None:
    data, _ = column(tmp_path, ["01/02/2020", "03/04/2020"] * 30, c="time")
    assert any("'c'" in note and "`time %m/%d/%Y`" in note for note in data.notes)


@pytest.mark.parametrize("said", ["category", "flag", "date", "number"])
def test_an_empty_column_is_left_out_whatever_is_said(tmp_path: Path, said: str) -> None:
    _, found = column(tmp_path, [""] * ROWS, c=said)
    assert (found.kind, found.use) == ("constant", "left out")


def test_levels_and_classes_that_differ_in_spelling_only_have_a_note(tmp_path: Path) -> None:
    data, _ = column(tmp_path, ["Male", "male", "female"] * 20)
    assert any("column 'c': 'Male', 'male' differ in spelling only" in note for note in data.notes)
    rows = [f"{NOISE[i]},{('True', 'TRUE', 'False')[i % 3]}" for i in range(ROWS)]
    assert any("classes 'TRUE', 'True' differ in spelling" in n for n in read(tmp_path, lines("x,y", *rows)).notes)
    assert not any("spelling" in note for note in column(tmp_path, ["1-2", "12", "a"] * 20)[0].notes)


@pytest.mark.parametrize(("gaps", "words"), [(1, "has no value here; allowed"), (2, "nor in 1 other row; allowed")])
def test_a_time_without_a_value(tmp_path: Path, gaps: int, words: str) -> None:
    with pytest.raises(HoldoutError, match=words):
        column(tmp_path, [*[""] * gaps, *range(gaps, ROWS)], c="time")


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


def test_the_form_of_dates_may_follow_date_and_time_only() -> None:
    said = {"a": "date %d.%m.%Y", "b": "time %b-%y", "c": "time"}
    assert columns_of(said, "params.yaml") == said
    with pytest.raises(HoldoutError, match="'time %d.%m.%Y'"):
        columns_of({"a": "group %d"}, "params.yaml")


def test_words_among_dates_are_gaps_in_rows_to_answer_too(tmp_path: Path) -> None:
    days = [f"2026-{1 + i % 12:02}-{1 + i % 28:02}" for i in range(ROWS)]
    data, _ = column(tmp_path, days)
    path = tmp_path / "new.csv"
    path.write_text(lines("c,noise", "?,0.5", "unknown,0.5", *(f"{day},0.5" for day in days)), encoding="utf-8")
    X = np.concatenate(list(Incoming([path], Read(), data.schema).batches()))
    assert np.isnan(X[:, data.schema.features.index("c")]).tolist() == [True, True, *[False] * ROWS]


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
