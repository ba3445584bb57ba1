"""What was edited after the fact is named for what it is; an untouched project has nothing to name."""

import subprocess
from pathlib import Path

import pytest

from pipeline.sealing import certificate, released
from pipeline.sealing.edits import edits
from pipeline.stages import select
from pipeline.storage import documents
from pipeline.storage.models import write_model
from pipeline.storage.places import SELECTED
from pipeline.trials.results import read_results
from tests.reporting import published


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    published.complete(tmp_path)
    select.main()
    return tmp_path


def named(score: float = 0.25, **opening: object) -> list[str]:
    paper = certificate.read()
    facts = {"model_sha256": paper["model_sha256"], "test_sha256": paper["deal"]["test_sha256"], "metric": "test/error"}
    trials = [*read_results("alpha"), *read_results("beta")]
    openings = [{**facts, "score": 0.25, **opening}]
    return edits(paper, {**facts, "test/error": score}, trials, openings, paper["split"], paper["code"])


def test_an_untouched_project_has_nothing_to_name(folder: Path) -> None:
    assert named() == []


def test_a_score_that_the_ledger_does_not_have_is_named(folder: Path) -> None:
    assert named(0.01) == ["reports/metrics.json: test/error is 0.01, in the ledger of openings it is 0.25"]
    assert named(0.01, model_sha256="another") == []  # nothing is known of this one


def test_other_weights_are_named(folder: Path) -> None:
    write_model(SELECTED / "model.npz", published.model(99))
    assert "the weights in model.npz" in named()[0]


def test_a_candidate_that_disappeared_from_the_certificate_is_named(folder: Path) -> None:
    paper = documents.read_json(SELECTED / certificate.NAME)
    paper["candidates"] = [one for one in paper["candidates"] if one["key"] != "a1"]
    documents.write_json(SELECTED / certificate.NAME, paper)
    assert named() == ["certified were 2 candidates, of which the experiments now have 2, and 1 others"]


def test_a_candidates_score_that_was_edited_is_named(folder: Path) -> None:
    paper = documents.read_json(SELECTED / certificate.NAME)
    next(one for one in paper["candidates"] if one["key"] == "a1")["score"] = 0.5
    documents.write_json(SELECTED / certificate.NAME, paper)
    assert named() == ["a1/summary.json: score is 0.25, certified was 0.5"]


def test_code_that_is_not_the_committed_one_is_named_by_its_files(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("a.py", "b.py")]
    for file in files:
        file.write_text("x = 0\n")
    git = ("git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init", "-q"), ("add", "a.py", "b.py"), ("commit", "-qm", "start")):
        subprocess.run([*git, *words], check=True)
    found = released.origin(files, tmp_path)
    assert found.known and found.known.startswith("commit ")
    assert found.changed == ()
    files[1].write_text("x = 1\n")
    assert released.origin(files, tmp_path).changed == ("b.py",)
    assert released.origin([tmp_path / "c.py"], tmp_path).known is None
