"""check and baselines as a person runs them: what is found stands in their files, and reasons go with it."""

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline.data.card import Card
from pipeline.errors import HoldoutError
from pipeline.feed.rows import Rows
from pipeline.stages import baselines, check, select, split
from pipeline.storage.audits import BASELINES, DATA_CHECKS
from pipeline.storage.places import PARAMS, PARTS
from pipeline.storage.prepared import write_prepared
from tests.reporting import published

TEXT = "data: {source: iris}\nsplit: {ratio: [5, 1, 1], seed: 1, stratify: true}\nexperiments: [baseline]\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """700 rows of 3 columns; the last is the target."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    PARAMS.write_text(TEXT)
    rng = np.random.default_rng(1)
    X, y = rng.normal(size=(700, 3)), rng.integers(0, 2, 700)
    X[:, 2] = y
    card = Card("classification", ("a", "b", "paid"), ("no", "yes"), source="t", targets=("y",), rows=700, hashes={})
    write_prepared(Rows(X, y, origin=np.arange(700)), card)
    return tmp_path


def found() -> dict[str, list[str]]:
    facts = json.loads(DATA_CHECKS.read_text())
    return {one["code"]: [one["severity"], one["accepted"], *one["about"]] for one in facts["findings"]}


def test_a_leak_stands_in_the_file_and_is_said_in_one_line(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    split.main()
    check.main()
    assert found()["HD06"] == ["alarm", "", "paid"]
    lines = capsys.readouterr().out.splitlines()
    assert [line[:24] for line in lines if "paid" in line] == ["alarm HD06: column paid "]
    assert lines[-1].startswith("checked the data: 1 alarm, 0 warnings")


def test_a_reason_goes_with_it_and_an_idle_one_is_named(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    PARAMS.write_text(f"{TEXT}checks: {{accept: {{HD06: {{paid: in advance}}, HD08: none}}}}")
    split.main()
    check.main()
    assert found()["HD06"] == ["alarm", "in advance", "paid"]
    said = capsys.readouterr().out
    assert "(accepted: in advance)" in said and "names HD08, of which nothing is found" in said
    assert "0 alarms" in said


def test_an_unknown_code_is_refused_and_nothing_is_written(project: Path) -> None:
    split.main()
    PARAMS.write_text(f"{TEXT}checks: {{accept: {{HD77: why}}}}")
    with pytest.raises(HoldoutError, match=r"unknown key checks\.accept\.HD77"):
        check.main()
    assert not DATA_CHECKS.exists()


def test_without_counts_it_says_what_to_run(project: Path) -> None:
    split.main()
    PARTS.write_text("{}")
    with pytest.raises(HoldoutError, match=r"parts\.json holds no counts of split .*dvc repro"):
        check.main()


@pytest.mark.parametrize("task", published.TASKS)
def test_rules_of_every_task_stand_beside_the_network(
    task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    published.complete(tmp_path, task=task)
    select.main()
    BASELINES.unlink()
    baselines.main()
    facts = json.loads(BASELINES.read_text())
    assert [rule["kind"] for rule in facts["rules"]] == ["constant", "linear", "boosting"]
    assert all(isinstance(rule["score"], float) and rule["paired"] for rule in facts["rules"])
    written = BASELINES.read_bytes()
    baselines.main()
    assert BASELINES.read_bytes() == written
