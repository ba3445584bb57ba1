"""python -m pipeline.predict: rows as they come in, answers out, in files and on the terminal."""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline import predict
from pipeline.errors import HoldoutError
from pipeline.storage.models import write_model
from pipeline.training.model import Model
from tests.tracking import fake_store

ROWS = """\
id;when;wet;color;x
7;2026-11-26T12:30:00;true;red;0,5
8;;;;
9;2026-11-26 12:30:00;True;1;?
10;2026-11-26;false;violet;1,5
"""
MOMENT, MIDNIGHT = 1795696200.0, 1795651200.0
CODES = [[0.5, 2, 1, MOMENT], [np.nan] * 4, [np.nan, 0, 1, MOMENT], [1.5, -1, 0, MIDNIGHT]]
Ask = Callable[..., pd.DataFrame]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """A function that asks the model ``models/selected/model.npz`` of a project by command line."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dvc.yaml").write_text("stages: {}")
    (tmp_path / "params.yaml").write_text("data: {source: iris}\nsplit: {}\nexperiments: [baseline]\n")
    (tmp_path / "rows.csv").write_text(ROWS)
    write_model(tmp_path / "models/selected/model.npz", fake_store.table_model())

    def run(*words: str, to: str = "answers.csv") -> pd.DataFrame:
        monkeypatch.setattr(sys, "argv", ["predict", *words, "--to", to])
        predict.main()
        return pd.read_parquet(to) if to.endswith("parquet") else pd.read_csv(to) if to != "-" else pd.DataFrame()

    return run


def holds(table: pd.DataFrame, model: Model, codes: list[list[float]]) -> None:
    """Whether the table is what the model says of rows of numbers and codes."""
    scores = model.scores(np.array(codes, float))
    assert list(table.columns) == ["row", "label", *(f"probability_{name}" for name in model.classes)]
    assert list(table["row"]) == list(range(1, len(codes) + 1))
    assert list(table["label"]) == [model.classes[index] for index in scores.argmax(axis=1)]
    np.testing.assert_allclose(table.iloc[:, 2:], scores, rtol=1e-5)


@pytest.mark.parametrize("to", ["answers.csv", "answers.parquet"])
def test_rows_as_they_come_are_answered_by_name_gaps_and_new_levels_too(
    ask: Ask, to: str, capsys: pytest.CaptureFixture[str]
) -> None:
    holds(ask("rows.csv", to=to), fake_store.table_model(), CODES)
    said = capsys.readouterr()
    assert said.out == ""
    assert "note: not used: id" in said.err
    assert "note: no value in x (2), color (1), wet (1), when (1)" in said.err
    assert "note: a level that training never saw in color (1)" in said.err
    assert said.err.endswith(f"4 rows answered: {to}\n")


def test_the_terminal_gets_the_same_bytes_as_a_file(ask: Ask, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    ask("rows.csv")
    ask("rows.csv", to="-")
    assert capfdbinary.readouterr().out == Path("answers.csv").read_bytes()


def test_many_rows_are_answered_as_few_are(ask: Ask, rng: np.random.Generator) -> None:
    X = np.column_stack([rng.normal(size=20_000), rng.integers(0, 3, 20_000)])
    table = pd.DataFrame({"x": X[:, 0], "color": np.array(["1", "2", "red"])[X[:, 1].astype(int)]})
    table.assign(wet=True, when="2026-11-26T12:30:00").to_parquet("many.parquet")
    codes = np.column_stack([X, np.ones(len(X)), np.full(len(X), MOMENT)])
    holds(ask("many.parquet", to="a.parquet"), fake_store.table_model(), codes.tolist())


def test_files_and_folders_are_answered_one_below_the_other(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.csv").write_text(ROWS)
    holds(ask("rows.csv", "more"), fake_store.table_model(), CODES * 2)


def test_arrays_are_answered_by_position(ask: Ask, tmp_path: Path) -> None:
    X = np.arange(9).reshape(3, 3)
    np.save("x.npy", X)
    np.savez("x.npz", X=X, y=X)
    write_model(tmp_path / "plain.npz", fake_store.model())
    for name in ("x.npy", "x.npz"):
        holds(ask(name, "--model", "plain.npz"), fake_store.model(), X.tolist())
    with pytest.raises(HoldoutError, match=r"x.npy: is an array, but the model takes columns by name"):
        ask("x.npy")


def test_the_command_line_changes_how_params_yaml_says_files_are_read(ask: Ask, tmp_path: Path) -> None:
    wanted = [[1500.0, 2, 1, MOMENT]]
    (tmp_path / "rows.csv").write_text("x,when,wet,color\n1.500,2026-11-26T12:30:00,true,red\n")
    holds(ask("rows.csv", "--read", "thousands=.", "--read", "decimal=,"), fake_store.table_model(), wanted)
    (tmp_path / "params.yaml").write_text(
        "data: {source: iris, read: {thousands: '.', decimal: ','}}\nsplit: {}\nexperiments: [baseline]\n"
    )
    holds(ask("rows.csv"), fake_store.table_model(), wanted)


@pytest.mark.parametrize(
    ("old", "new", "words", "message"),
    [
        (
            "1,5",
            "tall1",
            ["--read", "decimal=,"],
            r"rows.csv: line 5, column x: found 'tall1', allowed: finite numbers; .* --read 'missing=",
        ),
        ("2026-11-26T12:30:00", "at noon 12", [], r"rows.csv: line 2, column when: found 'at noon 12', allowed: dates"),
        (";x\n", ";y\n", [], r"rows.csv: column x is missing: found id, when, wet, color, y; the model takes 4"),
        ("", "", ["--read", "separator"], r"--read separator: expected KEY=VALUE"),
        ("", "", ["--read", "separater=;"], r"command line: unknown key data.read.separater, did you mean separator"),
        ("", "", ["--to", "answers.json"], r"--to answers.json: allowed are names that end in .csv or .parquet"),
        ("", "", ["--model", "nowhere.npz"], r"nowhere.npz is missing"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_file(
    ask: Ask, tmp_path: Path, old: str, new: str, words: list[str], message: str
) -> None:
    (tmp_path / "rows.csv").write_text(ROWS.replace(old, new) if old else ROWS)
    to = words[1] if words[:1] == ["--to"] else "answers.csv"
    with pytest.raises(HoldoutError, match=message) as caught:
        ask("rows.csv", *(words if words[:1] != ["--to"] else []), to=to)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir() if "answers" in path.name] == []


def test_what_is_read_is_never_written_over(ask: Ask) -> None:
    with pytest.raises(HoldoutError, match=r"--to rows.csv: is one of the files to read"):
        ask("rows.csv", to="rows.csv")
