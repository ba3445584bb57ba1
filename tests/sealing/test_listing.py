import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from pipeline.sealing import ledger
from pipeline.sealing.listing import table_of
from tests.sealing.openers import begin, git, look


@pytest.fixture
def _looked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(begin(tmp_path / "project"))
    look("a")
    look("a")
    look("b", score=0.5)


def listed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    monkeypatch.setattr("sys.argv", ["ledger", *words])
    ledger.main()
    return capsys.readouterr().out.splitlines()


@pytest.mark.usefixtures("_looked")
def test_people_read_what_was_new_in_each_opening(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = listed(capsys, monkeypatch)
    assert [name for name in ("opened", "model", "rows of", "score", "what was new", "commit") if name in lines[1]]
    rows = [line for line in lines if "alpha/" in line]
    for row, new in zip(rows, ("first look", "scored again", "model 2 on"), strict=True):
        assert new in row
    assert "error 25.00 %" in rows[0]
    assert "toy" in rows[0]
    assert git("rev-parse", "HEAD")[:8] in rows[0]
    assert lines[-1] == "3 openings of test sets known here"


def test_long_names_leave_room_for_what_was_new() -> None:
    entry: Any = {
        **{"time": "2026-11-27T06:34:00", "experiment": "baseline", "key": "97a5d0aca4e52515", "test_sha256": "f317fb"},
        **{"source": "measurements-of-the-north-station.csv", "n": 143, "metric": "test/error", "score": 0.02797},
        **{"commit": "b293eab1-changed", "model_sha256": "m"},
    }
    text = StringIO()
    Console(width=100, file=text).print(table_of([entry], {}))
    assert "first look" in text.getvalue()
    assert "2.80 %" in text.getvalue()


@pytest.mark.usefixtures("_looked")
def test_programs_read_lines_of_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert [json.loads(line)["key"] for line in listed(capsys, monkeypatch, "--json")] == ["a", "a", "b"]


@pytest.mark.usefixtures("_looked")
def test_what_is_missing_is_said_and_put_back(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("reports/ledger.jsonl").unlink()
    assert listed(capsys, monkeypatch)[-1] == (
        "note: reports/ledger.jsonl lacks 3 openings, which the next opening or report puts back"
    )
    assert listed(capsys, monkeypatch, "--join")[-1] == "3 openings of test sets known here"


def test_nothing_was_opened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert listed(capsys, monkeypatch) == ["no test set was opened yet"]
