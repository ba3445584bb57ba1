from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing import ledger


def test_lines_are_added_and_never_rewritten(tmp_path: Path) -> None:
    path = tmp_path / "reports" / "ledger.jsonl"
    ledger.append("m1", "t1", 0.5, 10, path)
    first = path.read_bytes()
    ledger.append("m2", "t1", 0.4, 10, path)
    assert path.read_bytes().startswith(first)
    assert [line["model_sha256"] for line in ledger.read(path)] == ["m1", "m2"]
    assert set(ledger.read(path)[0]) == {"time", "model_sha256", "test_sha256", "score", "n", "commit"}


def test_different_models_on_one_test_set_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    for model, test in (("m1", "t1"), ("m1", "t1"), ("m2", "t1"), ("m3", "t2")):
        ledger.append(model, test, 0.5, 10, path)
    assert [ledger.models_tested(test, path) for test in ("t1", "t2", "t3")] == [2, 1, 0]


def test_a_damaged_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger.append("m1", "t1", 0.5, 10, path)
    path.write_text(path.read_text(encoding="utf-8") + "{half", encoding="utf-8")
    with pytest.raises(HoldoutError, match="line 2"):
        ledger.read(path)


def test_outside_a_repository_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert ledger.git_commit() is None
