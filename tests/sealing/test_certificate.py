from pathlib import Path

import pytest

from pipeline.errors import HoldoutError
from pipeline.sealing import certificate
from pipeline.stages import select
from pipeline.storage import documents
from pipeline.storage.places import SELECTED
from tests.reporting import published


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOLDOUT_CONFINE", "off")
    published.complete(tmp_path)
    select.main()
    return tmp_path / SELECTED


def test_an_untouched_selection_passes(folder: Path) -> None:
    assert certificate.check(folder)["chosen"] == "a2"


def test_a_better_candidate_slipped_in_is_found(folder: Path) -> None:
    paper = documents.read_json(folder / "certificate.json")
    paper["candidates"][1]["score"] = 0.0
    documents.write_json(folder / "certificate.json", paper)
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
