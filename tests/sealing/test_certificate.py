from pathlib import Path

import pytest

import pipeline
from pipeline import files
from pipeline.errors import HoldoutError
from pipeline.sealing import certificate
from pipeline.stages import select
from tests.reporting import published


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    published.complete(tmp_path)
    select.main()
    return tmp_path / files.SELECTED


def test_an_untouched_selection_passes(folder: Path) -> None:
    assert certificate.check(folder)["chosen"] == "a2"


def test_a_better_candidate_slipped_in_is_found(folder: Path) -> None:
    paper = files.read_json(folder / "certificate.json")
    paper["candidates"][1]["score"] = 0.0
    files.write_json(folder / "certificate.json", paper)
    with pytest.raises(HoldoutError, match="certified was"):
        certificate.check(folder)


@pytest.mark.parametrize("name", ["model.npz", "summary.json", "certificate.json"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(HoldoutError, match=f"{name} is missing"):
        certificate.check(folder)


@pytest.mark.parametrize("text", ["{}", "[]", '{"candidates": []}', "3"])
def test_a_damaged_certificate_is_an_error(folder: Path, text: str) -> None:
    (folder / "certificate.json").write_text(text, encoding="utf-8")
    with pytest.raises(HoldoutError, match=r"certificate\.json is incomplete"):
        certificate.check(folder)


def test_the_code_hash_changes_with_code_that_trains_and_not_with_a_report(tmp_path: Path) -> None:
    package = Path(pipeline.__file__).parent
    for place in [path for name in certificate.CODE for path in certificate._sources(package / name)]:
        copy = tmp_path / place.relative_to(package)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(place.read_bytes())
    before = certificate.code_hash(tmp_path)
    assert before == certificate.code_hash()
    (tmp_path / "reporting.py").write_text("x = 1", encoding="utf-8")
    assert certificate.code_hash(tmp_path) == before
    (tmp_path / "nn" / "losses.py").write_text("x = 1", encoding="utf-8")
    assert certificate.code_hash(tmp_path) != before
